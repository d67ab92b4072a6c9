import Contracts
import Synchronization

/// Reads the store by offset; holds no records between calls.
final class MemoryLogReader: LogReader {
  private let store: MemoryLogStore
  private let types: Set<EventType>?
  private let grown = WakeUp()
  /// nil once closed. The partition that was read last goes to the end, so that none is starved.
  private let cursors: Mutex<[Cursor]?>

  init(store: MemoryLogStore, cursors: [Cursor], types: Set<EventType>?) {
    self.store = store
    self.types = types
    self.cursors = Mutex(cursors)
    store.register(grown)
  }

  deinit { store.remove(grown) }

  func next(limit: Int) async throws -> LogBatch {
    precondition(limit > 0, "a batch holds at least one record")
    while true {
      try Task.checkCancellation()
      guard let from = cursors.withLock({ $0 }) else {
        throw EventLogError(.closed, "the reader was closed")
      }
      let batch = store.read(from: from, limit: limit, types: types)
      if !batch.cursors.isEmpty {
        advance(to: batch.cursors)
        return batch
      }
      await grown.wait()
    }
  }

  private func advance(to moved: [Cursor]) {
    let partitions = Set(moved.map(\.partition))
    cursors.withLock { cursors in
      guard let standing = cursors else { return }
      cursors = standing.filter { !partitions.contains($0.partition) } + moved
    }
  }

  func close() async {
    cursors.withLock { $0 = nil }
    store.remove(grown)
    grown.wake()
  }
}
