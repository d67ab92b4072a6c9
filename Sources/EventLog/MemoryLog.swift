import Contracts
import Postgres
import Synchronization

/// The log in memory, for tests: it keeps every clause of the contract but durability, and
/// `append(_:in:)` becomes visible just after the commit rather than with it.
package final class MemoryLog: EventLog {
  package let layout: LogLayout
  private let store: MemoryLogStore

  package init(layout: LogLayout) {
    self.layout = layout
    store = MemoryLogStore()
  }

  package func append(_ events: [Event]) async throws(EventLogError) -> [Position] {
    for event in events { try event.checkBounds() }
    return store.append(events.map { (layout.partition(of: $0), $0) })
  }

  package func append(_ events: [Event], in transaction: Transaction) throws {
    for event in events { try event.checkBounds() }
    let placed = events.map { (layout.partition(of: $0), $0) }
    transaction.afterCommit { [store] in _ = store.append(placed) }
  }

  package func ends(of topic: Topic) async throws(EventLogError) -> [Offset] {
    store.ends(layout.partitions(topic))
  }

  package func reader(
    from cursors: [Cursor], types: Set<EventType>?
  ) async throws(EventLogError) -> any LogReader {
    MemoryLogReader(store: store, cursors: cursors, types: types)
  }
}
