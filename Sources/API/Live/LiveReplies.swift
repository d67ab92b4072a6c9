import Contracts
import Markdown

/// The replies that are being written, as far as they are known here, so that what is told of them looks as the whole
/// will. Plain state, changed under the hub's lock.
struct LiveReplies {
  /// Of all texts together; what is beyond is told as text alone.
  static let maximumBytes = 16 << 20
  /// How long a reply is remembered that does not grow: its end was not told here, or never came.
  static let maximumRest = Duration.seconds(120)

  private struct Reply {
    let conversation: ConversationID
    var text = ""
    /// Bytes of the text of which HTML was told last; 0 while it looks as it is written.
    var told = 0
    var grown: ContinuousClock.Instant
  }

  private var replies: [MessageID: Reply] = [:]
  private var bytes = 0

  /// The part, with what the whole up to here means where that is not as it looks. Of a long reply that is told only
  /// once it has grown by a 32nd, so that what is sent grows with the reply and not with its square.
  mutating func extended(
    by delta: ChatDelta, of conversation: ConversationID, at now: ContinuousClock.Instant
  ) -> ChatDelta {
    guard bytes + delta.text.utf8.count <= Self.maximumBytes else { return delta }
    bytes += delta.text.utf8.count
    var reply = replies.removeValue(forKey: delta.reply) ?? Reply(conversation: conversation, grown: now)
    defer { replies[delta.reply] = reply }
    reply.text += delta.text
    reply.grown = now
    let size = reply.text.utf8.count
    guard reply.told == 0 || size - reply.told >= size / 32 else { return delta }
    guard reply.told > 0 || !Self.isPlain(reply.text) else { return delta }
    let html = Markdown.html(unfinished: reply.text)
    let end = reply.text.lastIndex { !$0.isWhitespace }.map(reply.text.index(after:))
    let plain = reply.text[..<(end ?? reply.text.startIndex)]
    guard reply.told > 0 || html != (plain.isEmpty ? "" : "<p>\(plain)</p>\n") else { return delta }
    reply.told = size
    return ChatDelta(reply: delta.reply, text: delta.text, html: html)
  }

  /// Whether a text is of letters and such only as mark nothing up, as most replies are for most of their time. A point
  /// behind a `w` may make an address.
  private static func isPlain(_ text: String) -> Bool {
    var before: UInt8 = 0
    return text.utf8.allSatisfy { byte in
      defer { before = byte | 0x20 }
      return byte >= 0x80 || UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20
        || " ,?'".utf8.contains(byte)
        || byte == UInt8(ascii: ".") && before != UInt8(ascii: "w")
    }
  }

  /// The reply is whole.
  mutating func end(_ reply: MessageID) {
    if let ended = replies.removeValue(forKey: reply) { bytes -= ended.text.utf8.count }
  }

  /// Forgets what is written in these conversations; nil: in all.
  mutating func forget(_ conversations: Set<ConversationID>?) {
    for (id, reply) in replies where conversations?.contains(reply.conversation) ?? true { end(id) }
  }

  mutating func sweep(at now: ContinuousClock.Instant) {
    for (id, reply) in replies where now - reply.grown > Self.maximumRest { end(id) }
  }
}
