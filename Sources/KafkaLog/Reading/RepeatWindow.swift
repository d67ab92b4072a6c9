import Contracts

/// The event ids among the preceding `span` offsets of a partition.
///
/// Whether an id counts as repeated depends only on what stands in those offsets, dropped or not, so a reader
/// that has read them decides as one that read everything.
package struct RepeatWindow: Sendable {
  package static let defaultSpan: Int64 = 4_096

  private let span: Int64
  private var latest: [EventID: Int64] = [:]
  /// In order of offset; those before `head` have left.
  private var entries: [(id: EventID, offset: Int64)] = []
  private var head = 0

  init(span: Int64 = defaultSpan) { self.span = span }

  /// Takes the id at the next offset, and tells whether it stands in the window already.
  mutating func isRepeated(_ id: EventID, at offset: Int64) -> Bool {
    evict(below: offset - span)
    entries.append((id, offset))
    return latest.updateValue(offset, forKey: id) != nil
  }

  private mutating func evict(below bound: Int64) {
    while head < entries.count, entries[head].offset < bound {
      let (id, offset) = entries[head]
      if latest[id] == offset { latest[id] = nil }
      head += 1
    }
    if head == entries.count || head > 1_024 && head * 2 > entries.count {
      entries.removeFirst(head)
      head = 0
    }
  }
}
