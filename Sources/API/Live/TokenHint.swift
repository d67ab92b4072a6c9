import Contracts
import JSON

/// Parts of replies that are being written, and that someone writes, on their way between processes through NOTIFY.
///
/// A notification holds lines of `<conversation> <compact JWE>`, sealed under the contact's key: what a person
/// will read stands nowhere in clear, and who does not stream the conversation need not open anything.
enum TokenHint {
  static let channel = "aigentable_tokens"
  /// Postgres takes payloads below 8,000 bytes (NOTIFY, "payload").
  static let maximumPayload = 7_999

  private struct Content: Codable {
    /// Said again inside the seal, so that no line can be moved to another conversation.
    let conversation: ConversationID
    let delta: ChatDelta?
    /// Who writes: `contact` or `person`.
    let typing: String?
  }

  static func seal(_ delta: ChatDelta, of conversation: ConversationID, with key: SealingKey) throws -> String
  {
    try seal(Content(conversation: conversation, delta: delta, typing: nil), with: key)
  }

  static func seal(typing author: String, in conversation: ConversationID, with key: SealingKey) throws
    -> String
  {
    try seal(Content(conversation: conversation, delta: nil, typing: author), with: key)
  }

  private static func seal(_ hint: Content, with key: SealingKey) throws -> String {
    let content = try JSON.encode(hint)
    let conversation = hint.conversation
    return "\(conversation) \(String(decoding: try JWE.seal(content, with: key), as: UTF8.self))"
  }

  /// As many lines in each payload as it takes. A line that no payload takes is dropped.
  static func payloads(_ lines: [String]) -> [String] {
    var payloads: [String] = []
    for line in lines where line.utf8.count <= maximumPayload {
      if let last = payloads.last, last.utf8.count + 1 + line.utf8.count <= maximumPayload {
        payloads[payloads.count - 1] += "\n" + line
      } else {
        payloads.append(line)
      }
    }
    return payloads
  }

  struct Sealed {
    let conversation: ConversationID
    let keyID: KeyID
    private let text: String

    /// nil for what is not a line of this kind.
    init?(_ line: Substring) {
      let parts = line.split(separator: " ", maxSplits: 1)
      guard parts.count == 2, let conversation = ConversationID(parts[0]),
        let keyID = try? JWE.keyID(of: parts[1])
      else { return nil }
      self.conversation = conversation
      self.keyID = keyID
      text = String(parts[1])
    }

    func opened(with key: SealingKey) -> LiveItem? {
      guard let bytes = try? JWE.open(text, with: key),
        let content = try? JSON.decode(Content.self, from: bytes), content.conversation == conversation
      else { return nil }
      return content.delta.map { LiveItem.delta($0) }
        ?? content.typing.map { LiveItem.typing(ChatTyping(author: $0)) }
    }
  }
}
