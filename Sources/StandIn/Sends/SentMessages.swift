import DequeModule
import FoundationEssentials

/// The latest sends, at most `capacity`, and what of their callback data was seen more than once.
struct SentMessages: Sendable {
  let capacity: Int
  private(set) var kept: Deque<SentMessage> = []
  /// The number of the latest send, 0 before the first.
  private(set) var last = 0
  private var countsByCallbackData: [String: Int] = [:]
  /// How many of the kept repeat callback data of another.
  private(set) var repeats = 0
  private let instance: UUID

  init(capacity: Int, instance: UUID = UUID()) {
    self.capacity = capacity
    self.instance = instance
  }

  mutating func record(_ taken: TakenMessage, at time: Date) -> SentMessage {
    last += 1
    let message = SentMessage(
      number: last,
      id: id(last, of: taken),
      platform: taken.platform,
      account: taken.account,
      recipient: taken.recipient,
      text: taken.text,
      type: taken.type,
      object: taken.object,
      quoted: taken.quoted,
      callbackData: taken.callbackData,
      time: time
    )
    if kept.count == capacity { forgetOldest() }
    kept.append(message)
    if let data = message.callbackData {
      let count = countsByCallbackData[data, default: 0]
      if count > 0 { repeats += 1 }
      countsByCallbackData[data] = count + 1
    }
    return message
  }

  /// Forgets everything; numbers go on.
  mutating func removeAll() {
    kept.removeAll()
    countsByCallbackData.removeAll()
    repeats = 0
  }

  func hasRepeated(_ callbackData: String) -> Bool { countsByCallbackData[callbackData, default: 0] > 1 }

  private mutating func forgetOldest() {
    guard let data = kept.removeFirst().callbackData, let count = countsByCallbackData[data] else { return }
    countsByCallbackData[data] = count == 1 ? nil : count - 1
    if count > 1 { repeats -= 1 }
  }

  /// As Meta's ids, it holds the recipient's number. Telegram's are numbers.
  private func id(_ number: Int, of taken: TakenMessage) -> String {
    if taken.platform == "telegram" { return "\(number)" }
    let content = "\(taken.recipient)-\(instance.uuidString)-\(number)"
    return (taken.platform == "whatsapp" ? "wamid." : "m_") + Data(content.utf8).base64EncodedString()
  }
}
