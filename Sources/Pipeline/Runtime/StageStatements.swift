import Contracts
import EventLog
import Foundation
import Postgres

/// The calls into `schemas/stage` of one stage's transactions.
struct StageStatements {
  let stage: StageName
  let transaction: Transaction

  private var name: PostgresParameter { .text(stage.rawValue) }

  /// What a transaction begins with.
  struct Standing {
    /// How far the partitions have come.
    let reached: [Partition: Reached]
    /// The ends of `agents` and `tenants`; nil where they have to be asked elsewhere.
    let known: KnownOffsets?
    /// What waits under the keys that are looked at again.
    let queues: [StreamKey: [QueuedInput]]
    /// The other keys that have something waiting.
    let busy: Set<StreamID>
    let states: [StreamID: [UInt8]]
  }

  /// Locks the leases; nil when one of them is not ours any more.
  func fence(_ leases: Leases, owner: UUID) throws -> [Partition: Reached]? {
    reached(try transaction.executeBatch([fencing(leases, owner)])[0], leases)
  }

  /// Locks the leases, and reads what is stored of these keys, in one round trip.
  func fence(
    _ leases: Leases, owner: UUID, woken: [StreamKey], heads: [StreamKey: Record], others: [StreamKey],
    topic: Topic, limit: Int, withStates: Bool, log: any EventLog
  ) throws -> Standing? {
    let ends = [Topic.agents, .tenants].compactMap(log.endsQuery(of:))
    var statements = [fencing(leases, owner)] + ends
    if !woken.isEmpty { statements.append(queueing(woken, heads, limit)) }
    if !others.isEmpty { statements.append(busying(others)) }
    let keys = woken + others
    if withStates, !keys.isEmpty { statements.append(stating(keys)) }
    var rows = try transaction.executeBatch(statements)[...]
    guard let reached = reached(rows.removeFirst(), leases) else { return nil }
    let known = ends.map { _ in Offset(rows.removeFirst()[0].int8(0)) }
    return Standing(
      reached: reached, known: known.count == 2 ? KnownOffsets(agents: known[0], tenants: known[1]) : nil,
      queues: woken.isEmpty ? [:] : queues(rows.removeFirst(), heads, topic),
      busy: others.isEmpty ? [] : Set(rows.removeFirst().map { StreamID($0.text(0)) }),
      states: withStates && !keys.isEmpty
        ? Dictionary(uniqueKeysWithValues: rows.removeFirst().map { (StreamID($0.text(0)), $0.bytes(1)) })
        : [:])
  }

  private func fencing(_ leases: Leases, _ owner: UUID) -> PostgresStatement {
    let partitions = leases.partitions
    return PostgresStatement(
      "select partition, next_offset, sequence from stage.fence($1, $2, $3, $4)",
      [
        name, .uuid(owner), .int4s(partitions.map(\.rawValue)),
        .int8s(partitions.map { leases.epochs[$0] ?? 0 }),
      ])
  }

  private func reached(_ rows: PostgresRows, _ leases: Leases) -> [Partition: Reached]? {
    guard rows.count == leases.partitions.count else { return nil }
    return Dictionary(
      uniqueKeysWithValues: rows.map {
        (
          Partition($0.int4(0)),
          Reached(offset: Offset($0.int8(1)), sequence: $0.optional(2, PostgresRow.int8))
        )
      })
  }

  func move(_ next: [Partition: Reached]) throws {
    guard !next.isEmpty else { return }
    let items = next.sorted { $0.key < $1.key }
    // A bigint array with nulls is not among the parameters; sequences below zero stand for none.
    transaction.executeLater(
      "select stage.move($1, $2, $3, $4)",
      [
        name, .int4s(items.map(\.key.rawValue)), .int8s(items.map(\.value.offset.rawValue)),
        .int8s(items.map { $0.value.sequence ?? -1 }),
      ])
  }

  private func busying(_ keys: [StreamKey]) -> PostgresStatement {
    PostgresStatement(
      "select key from stage.busy($1, $2, $3)",
      [name, .int4s(keys.map(\.partition.rawValue)), .texts(keys.map(\.key.rawValue))])
  }

  private func queueing(
    _ keys: [StreamKey], _ heads: [StreamKey: Record], _ limit: Int
  ) -> PostgresStatement {
    PostgresStatement(
      """
      select partition, key, "offset", id, type, tenant, time, source, causation, correlation, traceparent,
        value, attempt, intent_at, is_parked
      from stage.queue($1, $2, $3, $4, $5)
      """,
      [
        name, .int4s(keys.map(\.partition.rawValue)), .texts(keys.map(\.key.rawValue)),
        .int8s(keys.map { heads[$0]?.position.offset.rawValue ?? -1 }), .int4(Int32(limit)),
      ])
  }

  private func queues(
    _ rows: PostgresRows, _ heads: [StreamKey: Record], _ topic: Topic
  ) -> [StreamKey: [QueuedInput]] {
    var queues: [StreamKey: [QueuedInput]] = [:]
    for row in rows {
      let key = StreamKey(partition: Partition(row.int4(0)), key: StreamID(row.text(1)))
      let record: Record
      if let head = heads[key], row.isNull(11) {
        record = head
      } else {
        let event = Event(
          id: EventID(row.uuid(3)), type: EventType(row.text(4)), topic: topic, key: key.key,
          tenant: TenantID(row.uuid(5)), time: row.date(6), source: row.text(7),
          causation: row.optional(8, PostgresRow.uuid).map { EventID($0) },
          correlation: row.optional(9, PostgresRow.uuid).map { EventID($0) },
          traceparent: row.optional(10, PostgresRow.text), value: row.bytes(11))
        record = Record(position: Position(topic, key.partition, Offset(row.int8(2))), event: event)
      }
      queues[key, default: []].append(
        QueuedInput(
          record: record, isStored: true, attempt: Int(row.int4(12)),
          intentAt: row.optional(13, PostgresRow.date),
          isParked: row.bool(14)))
    }
    return queues
  }

  func enqueue(_ inputs: [Held]) throws {
    guard !inputs.isEmpty else { return }
    let events = inputs.map(\.record.event)
    transaction.executeLater(
      """
      select stage.enqueue($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
      """,
      [
        name, .int4s(inputs.map(\.record.position.partition.rawValue)),
        .texts(events.map(\.key.rawValue)), .int8s(inputs.map(\.record.position.offset.rawValue)),
        .uuids(events.map(\.id.uuid)), .texts(events.map(\.type.rawValue)),
        .uuids(events.map(\.tenant.uuid)), .timestamps(events.map(\.time)), .texts(events.map(\.source)),
        .uuids(events.map(\.causation?.uuid)), .uuids(events.map(\.correlation?.uuid)),
        .texts(events.map(\.traceparent)), .byteStrings(events.map(\.value)),
        .int4s(inputs.map { Int32($0.attempt) }), .timestamps(inputs.map(\.dueAt)),
        .timestamps(inputs.map(\.intentAt)), .texts(inputs.map(\.reason)), .bools(inputs.map(\.isAlone)),
      ])
  }

  func hold(_ inputs: [Held]) throws {
    guard !inputs.isEmpty else { return }
    transaction.executeLater(
      "select stage.hold($1, $2, $3, $4, $5, $6, $7, $8, $9)",
      [
        name, .int4s(inputs.map(\.record.position.partition.rawValue)),
        .texts(inputs.map(\.record.event.key.rawValue)),
        .int8s(inputs.map(\.record.position.offset.rawValue)),
        .int4s(inputs.map { Int32($0.attempt) }), .timestamps(inputs.map(\.dueAt)),
        .timestamps(inputs.map(\.intentAt)), .texts(inputs.map(\.reason)), .bools(inputs.map(\.isAlone)),
      ])
  }

  func dequeue(_ records: [Record]) throws {
    guard !records.isEmpty else { return }
    transaction.executeLater(
      "select stage.dequeue($1, $2, $3, $4)",
      [
        name, .int4s(records.map(\.position.partition.rawValue)),
        .texts(records.map(\.event.key.rawValue)), .int8s(records.map(\.position.offset.rawValue)),
      ])
  }

  func intend(_ intents: [LedgerEntry], at time: Date) throws {
    guard !intents.isEmpty else { return }
    transaction.executeLater(
      "select stage.intend($1, $2, $3, $4, $5)",
      [
        name, .uuids(intents.map(\.input.uuid)), .int4s(intents.map { Int32($0.step) }),
        .uuids(intents.map(\.tenant.uuid)), .timestamp(time),
      ])
  }

  func record(_ outcomes: [(entry: LedgerEntry, outcome: [UInt8])]) throws {
    guard !outcomes.isEmpty else { return }
    transaction.executeLater(
      "select stage.record_outcomes($1, $2, $3, $4, $5)",
      [
        name, .uuids(outcomes.map(\.entry.input.uuid)), .int4s(outcomes.map { Int32($0.entry.step) }),
        .uuids(outcomes.map(\.entry.tenant.uuid)),
        .texts(outcomes.map { String(decoding: $0.outcome, as: UTF8.self) }),
      ])
  }

  /// Outcomes that whoever has no lease any more learnt, and what the ledger keeps of them in the end.
  func recordOrphans(_ outcomes: [(entry: LedgerEntry, outcome: [UInt8], settled: [UInt8])]) throws {
    try transaction.execute(
      "select stage.record_orphans($1, $2, $3, $4, $5, $6)",
      [
        name, .uuids(outcomes.map(\.entry.input.uuid)), .int4s(outcomes.map { Int32($0.entry.step) }),
        .uuids(outcomes.map(\.entry.tenant.uuid)),
        .texts(outcomes.map { String(decoding: $0.outcome, as: UTF8.self) }),
        .texts(outcomes.map { String(decoding: $0.settled, as: UTF8.self) }),
      ])
  }

  /// Leaves of recorded outcomes what the ledger keeps.
  func settle(_ outcomes: [(entry: LedgerEntry, outcome: [UInt8])]) throws {
    guard !outcomes.isEmpty else { return }
    try transaction.execute(
      "select stage.settle_outcomes($1, $2, $3, $4)",
      [
        name, .uuids(outcomes.map(\.entry.input.uuid)), .int4s(outcomes.map { Int32($0.entry.step) }),
        .texts(outcomes.map { String(decoding: $0.outcome, as: UTF8.self) }),
      ])
  }

  func outcomes(_ entries: [LedgerEntry]) throws -> [EventID: [UInt8]] {
    guard !entries.isEmpty else { return [:] }
    let rows = try transaction.execute(
      "select input, outcome from stage.outcomes($1, $2, $3)",
      [name, .uuids(entries.map(\.input.uuid)), .int4s(entries.map { Int32($0.step) })])
    return Dictionary(rows.map { (EventID($0.uuid(0)), $0.bytes(1)) }) { first, _ in first }
  }

  private func stating(_ keys: [StreamKey]) -> PostgresStatement {
    PostgresStatement(
      "select key, value from stage.states($1, $2)", [name, .texts(keys.map(\.key.rawValue))])
  }

  func save(_ states: [(StreamID, [UInt8])]) throws {
    guard !states.isEmpty else { return }
    transaction.executeLater(
      "select stage.save_state($1, $2, $3)",
      [name, .texts(states.map(\.0.rawValue)), .byteStrings(states.map(\.1))])
  }
}

/// One input in the queue of its key.
struct QueuedInput {
  let record: Record
  /// Whether it has a row in `stage.waiting`.
  let isStored: Bool
  let attempt: Int
  let intentAt: Date?
  let isParked: Bool
}

/// An input that stays, and what it waits for.
struct Held {
  let record: Record
  var attempt = 0
  var dueAt: Date?
  var intentAt: Date?
  var reason: String?
  var isAlone = false
}

/// Names an effect: (stage, input, step); the step is the number of the attempt.
struct LedgerEntry: Hashable {
  let input: EventID
  let step: Int
  let tenant: TenantID
}
