import Contracts
import EventLog
import Postgres

/// Proves that events are covered by a checkpoint.
package struct Prover: Sendable {
  private let log: any EventLog
  private let store: AuditStore

  package init(log: any EventLog, pool: PostgresPool) {
    self.log = log
    store = AuditStore(pool: pool)
  }

  /// - Parameter number: the checkpoint; the last one when nil.
  package func prove(_ event: EventID, at number: Int64? = nil) async throws -> Proof {
    guard let signed = try await store.checkpoint(number),
      let key = try await store.pool.withConnection({ try SigningKey.loadPublic(on: $0) })
    else { throw AuditError(.noCheckpoint, "there is no checkpoint \(number.map { "\($0)" } ?? "yet")") }
    guard signed.isSigned(by: key) else {
      throw AuditError(.inconsistent, "the checkpoint was not signed with the signing key; run: audit verify")
    }
    let checkpoint = try signed.opened()
    guard let (place, leaf) = try await store.find(event),
      let head = checkpoint.trees.first(where: { $0.topicPartition == place }), leaf < head.size
    else { throw AuditError(.unknownEvent, "checkpoint \(checkpoint.number) does not cover event \(event)") }

    let paths = TreePaths(head, store)
    let record = try await read(paths.leaf(leaf), in: place)
    var hasher = LeafHasher()
    let path = try await paths.path(of: record, leaf, &hasher)
    return Proof(record, in: place, leaf: leaf, path: path, checkpoint: signed, key: key)
  }

  private func read(_ leaf: Leaf, in place: TopicPartition) async throws -> Event {
    let ends = try await log.ends(of: place.topic)
    if Int(place.partition.rawValue) < ends.count, leaf.offset < ends[Int(place.partition.rawValue)] {
      let reader = try await log.reader(from: [Cursor(place, leaf.offset)], types: nil)
      let found = try await reader.next(limit: 1).records.first?.event
      await reader.close()
      if let found, found.id == leaf.event { return found }
    }
    throw AuditError(
      .unknownEvent, "event \(leaf.event) is not at \(place)@\(leaf.offset) any more; run: audit verify")
  }
}
