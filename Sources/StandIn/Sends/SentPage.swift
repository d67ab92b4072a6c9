import DequeModule

/// A part of the sends, oldest first.
struct SentPage: Encodable, Sendable {
  /// Number of the latest send of all, also of those forgotten.
  let last: Int
  let kept: Int
  /// How many of the kept repeat callback data that an earlier one had.
  let repeats: Int
  let items: [SentMessage]
  /// Ask with `since` of this for what follows; absent at the end.
  let next: Int?

  struct Query: Sendable {
    var recipient: String?
    /// Only sends with a greater number.
    var since = 0
    var limit = SentPage.defaultLimit
  }

  static let defaultLimit = 1_000
  static let maximumLimit = 100_000
  /// A page ends before its messages take more than this, so that its JSON stays below what is written at once.
  static let maximumBytes = 8 << 20

  init(of sends: SentMessages, _ query: Query) {
    var items: [SentMessage] = []
    var bytes = 0
    var next: Int?
    // Numbers have no gaps among the kept, so the first that is asked for is found by counting.
    let first = sends.kept.first?.number ?? 0
    for message in sends.kept.dropFirst(max(0, min(query.since, sends.last) + 1 - first)) {
      if let recipient = query.recipient, message.recipient != recipient { continue }
      if items.count == query.limit || (bytes > 0 && bytes + message.size > Self.maximumBytes) {
        next = items.last?.number
        break
      }
      bytes += message.size
      items.append(message)
    }
    self.last = sends.last
    self.kept = sends.kept.count
    self.repeats = sends.repeats
    self.items = items
    self.next = next
  }
}
