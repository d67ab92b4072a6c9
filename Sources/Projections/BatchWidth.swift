import Synchronization

/// Whether the table `batch` of a connection takes rows that are larger than a page. One that does makes each commit wait
/// for the disk; see `projection.begin_batch`.
///
/// Large batches have such a table from the beginning: they notice least of it, and to apply one again because of one row
/// is dear. Others have it for a while once a row did not fit, since making the table anew costs as much as some commits.
final class BatchWidth: Sendable {
  /// For how many batches the table stays as it was made.
  static let lasting = 64
  private let left = Mutex(0)

  /// Whether the table is wide at present.
  var isWide: Bool { left.withLock { $0 > 0 } }

  /// Whether the next batch has a wide table.
  func next(isLarge: Bool) -> Bool {
    left.withLock { left in
      left = isLarge ? Self.lasting : max(left - 1, 0)
      return left > 0
    }
  }

  /// A row did not fit.
  func widen() { left.withLock { $0 = Self.lasting } }
}
