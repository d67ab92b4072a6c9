import Contracts
import Synchronization

/// What a memory log and its readers share.
final class MemoryLogStore: Sendable {
  private struct State {
    var records: [TopicPartition: [Record]] = [:]
    var positions: [EventID: Position] = [:]
    var readers: [ObjectIdentifier: WakeUp] = [:]
  }

  private let state = Mutex(State())

  func append(_ events: [(TopicPartition, Event)]) -> [Position] {
    let (positions, readers) = state.withLock { state in
      let positions = events.map { place, event in
        if let known = state.positions[event.id] { return known }
        let offset = Offset(Int64(state.records[place, default: []].count))
        let position = Position(place.topic, place.partition, offset)
        state.records[place, default: []].append(Record(position: position, event: event))
        state.positions[event.id] = position
        return position
      }
      return (positions, Array(state.readers.values))
    }
    for reader in readers { reader.wake() }
    return positions
  }

  func ends(_ partitions: [TopicPartition]) -> [Offset] {
    state.withLock { state in partitions.map { Offset(Int64(state.records[$0]?.count ?? 0)) } }
  }

  /// At most `limit` records of wanted types; the cursors of partitions that moved.
  func read(from cursors: [Cursor], limit: Int, types: Set<EventType>?) -> LogBatch {
    state.withLock { state in
      var found: [Record] = []
      var moved: [Cursor] = []
      for cursor in cursors {
        let records = state.records[cursor.partition] ?? []
        var next = Int(cursor.offset.rawValue)
        while next < records.count, found.count < limit {
          let record = records[next]
          if types?.contains(record.event.type) ?? true { found.append(record) }
          next += 1
        }
        guard next > cursor.offset.rawValue else { continue }
        moved.append(Cursor(cursor.partition, Offset(Int64(next)), sequence: cursor.sequence))
      }
      return LogBatch(records: found, cursors: moved)
    }
  }

  func register(_ reader: WakeUp) {
    state.withLock { $0.readers[ObjectIdentifier(reader)] = reader }
  }

  func remove(_ reader: WakeUp) {
    _ = state.withLock { $0.readers.removeValue(forKey: ObjectIdentifier(reader)) }
  }
}
