import Contracts
import EventLog
import JSON
import Keyring
import Postgres

/// Finds the keys among these ids that exist; a destroyed one is absent.
package typealias KeySource =
  @Sendable (Set<KeyID>, PostgresConnection) throws -> [KeyID: SealingKey]

extension Keyring {
  /// The keys as projections ask for them.
  package var source: KeySource { { ids, connection in try self.keys(ids, on: connection) } }
}

/// Turns records into rows of the table `batch`: splits each value into facts and private part, and opens the
/// latter. Runs on a thread of the pool, since that is where keys are looked up and nothing else waits for
/// it.
struct BatchDecoder: Sendable {
  let pool: PostgresPool
  /// nil leaves every private part closed.
  let keys: KeySource?

  func decode(_ records: [Record], cursors: [Cursor]) async throws -> DecodedBatch {
    guard !records.isEmpty else { return DecodedBatch(cursors: cursors) }
    return try await pool.withConnection { connection in
      try decode(records, cursors: cursors, on: connection)
    }
  }

  private func decode(
    _ records: [Record],
    cursors: [Cursor],
    on connection: PostgresConnection
  ) throws -> DecodedBatch {
    let values = records.map { record in
      Result { () throws(UnreadableValue) in try SplitValue.of(record.event, wantsPrivate: keys != nil) }
    }
    var known: [KeyID: SealingKey] = [:]
    if let keys { known = try keys(Set(values.compactMap { try? $0.get().sealed?.key }), connection) }

    var batch = DecodedBatch(cursors: cursors)
    batch.rows.reserveCapacity(records.count)
    var buffer = BinaryBuffer(reserving: records.reduce(0) { $0 + $1.event.value.count + 200 })
    for (record, value) in zip(records, values) {
      let event = record.event
      do throws(UnreadableValue) {
        let value = try value.get()
        let opened = try value.sealed.flatMap { sealed throws(UnreadableValue) in
          try known[sealed.key].map { key throws(UnreadableValue) in try sealed.opened(with: key) }
        }
        buffer.putRow(record, facts: value.facts, opened: opened, sealedBy: value.sealed?.key)
        batch.rows.append(
          DecodedBatch.Row(
            position: record.position,
            sequence: record.sequence,
            event: event.id,
            type: event.type,
            tenant: event.tenant,
            end: buffer.bytes.count
          )
        )
      } catch {
        batch.unreadable.append(
          DecodedBatch.Parked(
            position: record.position,
            event: event.id,
            type: event.type,
            tenant: event.tenant,
            reason: error.reason
          )
        )
      }
    }
    batch.bytes = buffer.bytes
    return batch
  }
}

extension BinaryBuffer {
  /// The columns of `batch`, in their order.
  fileprivate mutating func putRow(
    _ record: Record, facts: [UInt8], opened: [UInt8]?, sealedBy key: KeyID?
  ) {
    put(Int16(11))
    putField(record.position.topic.number)
    putField(record.position.partition.rawValue)
    putField(record.position.offset.rawValue)
    putField(record.event.id.uuid)
    putField(record.event.type.rawValue)
    putField(record.event.tenant.uuid)
    putField(record.event.key.rawValue)
    putField(record.event.time)
    putJSONField(facts)
    putJSONField(opened)
    putField(key?.uuid)
  }
}
