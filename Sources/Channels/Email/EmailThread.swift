import Contracts
import Crypto
import Mail

/// A thread of mail: everything that answers one first message, known by a digest of that message's id.
///
/// Our own ids carry it, as mail programs keep the id that they answer but not always those before it.
struct EmailThread: Equatable {
  /// 32 hexadecimal digits.
  let key: String

  private static let mark = "aig"

  /// - Parameter id: of the message, which is the first when it answers none.
  init(of message: MIMEMessage, id: String) {
    let ancestors = message.references + message.inReplyTo
    key =
      ancestors.lazy.compactMap(Self.keyOfOurs).first ?? Self.keyOfOurs(id)
      ?? Self.digest(ancestors.first ?? id)
  }

  /// The thread that a message goes out in; of one that begins a thread, its own.
  init(of message: OutboundMessage) {
    let named = message.thread?.prefix { $0 != "/" }
    if let named, Self.isKey(named) {
      key = String(named)
    } else if let answered = message.replyTo {
      key = Self.keyOfOurs(answered) ?? Self.digest(answered)
    } else {
      key = Self.digest(message.id.description)
    }
  }

  /// The thread that a message of ours went out in; nil where the id is none that we made.
  init?(ofOurs id: String) {
    guard let key = Self.keyOfOurs(id) else { return nil }
    self.key = key
  }

  /// What the conversation is known by. It is a contact's own: who knows the id of another one's mail, which
  /// a forwarded mail shows, gets no part in their conversation.
  func name(for address: String) -> String? { Bounded.identifier("\(key)/\(address)") }

  /// The id of our message: the same however often it is written.
  func messageID(of id: MessageID, domain: String) -> String {
    "\(Self.mark).\(id.description.lowercased()).\(key)@\(domain)"
  }

  /// What an answer's `References` are to hold before the id of what it answers (RFC 5322, section 3.6.4).
  static func references(of message: MIMEMessage) -> [String] {
    // Of several ids in In-Reply-To none is the parent.
    let ids =
      message.references.isEmpty && message.inReplyTo.count == 1 ? message.inReplyTo : message.references
    return bounded(ids.compactMap { Bounded.identifier($0) })
  }

  /// The first id, which begins the thread, and the last ones: a field of all would grow with every answer.
  static func bounded(_ ids: [String]) -> [String] {
    var unique: [String] = []
    for id in ids where !unique.contains(id) { unique.append(id) }
    guard unique.count > maximumReferences else { return unique }
    return [unique[0]] + unique.suffix(maximumReferences - 1)
  }

  private static let maximumReferences = 20

  private static func keyOfOurs(_ id: String) -> String? {
    // Nearly no id is.
    guard id.hasPrefix(mark) else { return nil }
    let parts = id.prefix { $0 != "@" }.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0] == mark, MessageID(String(parts[1])) != nil, isKey(parts[2]) else {
      return nil
    }
    return String(parts[2])
  }

  private static func isKey(_ text: Substring) -> Bool {
    text.utf8.count == 32 && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
  }

  private static func digest(_ id: String) -> String {
    hexadecimal(SHA256.hash(data: Array(id.utf8)).prefix(16))
  }
}
