/// Where messages are exchanged: a chat, of a connected business account or the bot's own, and a topic of it.
///
/// Written as `42`, `-1001234` or, for a chat of a business account, `42@` and the id of the bot's
/// connection to it; a topic follows after `/`. A message in it is the chat's name, `/` and the message's
/// number, which counts within the chat alone.
struct TelegramPlace: Equatable {
  var chat: Int64
  var business: String?
  var topic: Int64?

  init(chat: Int64, business: String? = nil, topic: Int64? = nil) {
    self.chat = chat
    self.business = business
    self.topic = topic
  }

  /// nil for a text that `thread` never gives.
  init?(_ thread: String) {
    let parts = thread.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count <= 2, let place = Self(key: parts[0]) else { return nil }
    self = place
    if parts.count == 2 {
      guard let topic = Int64(parts[1]) else { return nil }
      self.topic = topic
    }
  }

  private init?(key: Substring) {
    let parts = key.split(separator: "@", omittingEmptySubsequences: false)
    guard parts.count <= 2, let chat = Int64(parts[0]), chat != 0 else { return nil }
    self.init(chat: chat)
    if parts.count == 2 {
      guard let business = Self.businessID(String(parts[1])) else { return nil }
      self.business = business
    }
  }

  var key: String { business.map { "\(chat)@\($0)" } ?? "\(chat)" }

  var thread: String { topic.map { "\(key)/\($0)" } ?? key }

  func message(_ number: Int64) -> String { "\(key)/\(number)" }

  /// The number of a message of this chat; nil for one of another chat, and for a button that was chosen.
  func number(of providerID: String) -> Int64? {
    guard providerID.hasPrefix(key + "/") else { return nil }
    return Int64(providerID.dropFirst(key.count + 1))
  }

  /// An id of letters, digits, `_` and `-`.
  static func businessID(_ text: String?) -> String? {
    guard let text, (1...128).contains(text.utf8.count), text.utf8.allSatisfy(\.isTokenCharacter) else {
      return nil
    }
    return text
  }
}

extension UInt8 {
  /// `A-Z`, `a-z`, `0-9`, `_` and `-`, of which Telegram makes tokens.
  var isTokenCharacter: Bool {
    switch self {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
      true
    default: false
    }
  }
}
