import Contracts
import EventLog
import Logging
import Postgres

/// Applies batches to one build on a connection of its own: COPY into `batch`, `apply.sql`, and progress, in
/// one transaction that fails once the lease is lost.
///
/// An event that Postgres refuses is found by halving its batch and parked with the reason. An error that no
/// event can be blamed for is thrown.
struct BatchWriter: Sendable {
  let build: ProjectionBuild
  let lease: Lease
  /// One connection: the table `batch` is made there once.
  let pool: PostgresPool
  let logger: Logger

  private let width = BatchWidth()

  /// Rows from which on it pays to show the planner what a batch holds, and to plan for it.
  private static let largeBatch = 500

  /// Returns how many events were applied and how many parked.
  func write(_ batch: DecodedBatch) async throws -> WriteResult {
    var result = WriteResult(applied: batch.rows.count, parked: batch.unreadable.count)
    try await write(batch, 0..<batch.rows.count, &result)
    return result
  }

  private func write(_ batch: DecodedBatch, _ range: Range<Int>, _ result: inout WriteResult) async throws {
    let isWide = width.next(isLarge: range.count >= Self.largeBatch)
    do {
      try await pool.withTransaction { transaction in
        try begin(batch, range, isWide: isWide, transaction)
        if !range.isEmpty { try apply(batch, range, transaction) }
        try advance(batch.cursors(after: range), transaction)
      }
    } catch let error as PostgresError where error.sqlState == "PL001" {
      throw lease.lost
    } catch let error as PostgresError where error.sqlState == "54000" && !isWide {
      // A row is larger than a page, most likely.
      width.widen()
      try await write(batch, range, &result)
    } catch let error as PostgresError where error.blamesAnEvent && range.count > 1 {
      let middle = range.lowerBound + range.count / 2
      try await write(batch, range.lowerBound..<middle, &result)
      try await write(batch, middle..<range.upperBound, &result)
    } catch let error as PostgresError where error.blamesAnEvent && range.count == 1 {
      try await park(batch, range, because: Self.reason(of: error))
      result.applied -= 1
      result.parked += 1
    } catch let error as PostgresError where !error.isRetriable && error.code != .closed {
      // A build that was replaced may have been dropped in the middle of a batch: no fault of its SQL.
      try await lease.renew()
      throw ProjectionError(.brokenSQL, "\(build.name)/apply.sql: \(error.description)")
    }
  }

  private func apply(
    _ batch: DecodedBatch,
    _ range: Range<Int>,
    _ transaction: Transaction
  ) throws(PostgresError) {
    try transaction.connection.copyIn(Self.copy, rows: batch.copy(of: range))
    guard range.count >= Self.largeBatch else {
      return transaction.executeLater(
        "select projection.apply_planned($1, $2)", [.text(build.schema), .text(build.apply)])
    }
    try transaction.execute("select projection.analyze_batch()")
    try transaction.connection.executeScript(build.apply)
  }

  /// Without the value that Postgres quotes, in whatever language, of what it could not read (class 22): it may be what a
  /// person said, and erasing does not find it in a reason.
  private static func reason(of error: PostgresError) -> String {
    guard let state = error.sqlState, state.hasPrefix("22"),
      let quote = error.message.firstIndex(where: { "\"»«„“”'".contains($0) })
    else { return error.message }
    return "\(error.message[..<quote])… (\(state))"
  }

  /// Passes over the one event of `range`.
  private func park(_ batch: DecodedBatch, _ range: Range<Int>, because reason: String) async throws {
    let row = batch.rows[range.lowerBound]
    logger.error(
      "event parked",
      metadata: [
        "projection": "\(build.name)", "position": "\(row.position)", "event": "\(row.event)",
        "reason": "\(reason)",
      ]
    )
    let parked = DecodedBatch.Parked(
      position: row.position,
      event: row.event,
      type: row.type,
      tenant: row.tenant,
      reason: reason
    )
    // Whoever took the lease meanwhile may be why the event was refused: it has applied it.
    try await pool.withTransaction { transaction in
      try lease.check {
        try begin(batch, range, isWide: width.isWide, transaction)
        try park([parked], transaction)
        try advance(batch.cursors(after: range), transaction)
      }
    }
  }

  /// What could not be read is parked with the first part of its batch, before any progress passes it.
  private func begin(
    _ batch: DecodedBatch, _ range: Range<Int>, isWide: Bool, _ transaction: Transaction
  ) throws {
    transaction.executeLater(
      "select projection.begin_batch($1, $2, $3, $4)",
      [.text(build.schema), .int8(lease.epoch), .bool(build.state == .building), .bool(isWide)]
    )
    if range.lowerBound == 0, !batch.unreadable.isEmpty { try park(batch.unreadable, transaction) }
  }

  private func park(_ parked: [DecodedBatch.Parked], _ transaction: Transaction) throws {
    try transaction.execute(
      "select projection.park($1, $2, $3, $4, $5, $6, $7, $8)",
      [
        .text(build.schema), .int2s(parked.map(\.position.topic.number)),
        .int4s(parked.map(\.position.partition.rawValue)), .int8s(parked.map(\.position.offset.rawValue)),
        .uuids(parked.map(\.event.uuid)), .texts(parked.map(\.type.rawValue)),
        .uuids(parked.map(\.tenant.uuid)), .texts(parked.map { String($0.reason.prefix(500)) }),
      ]
    )
  }

  private func advance(_ cursors: [Cursor], _ transaction: Transaction) throws {
    try transaction.execute(
      "select projection.advance($1, $2, $3, $4, $5, $6)",
      [
        .text(build.schema), .int8(lease.epoch), .int2s(cursors.map(\.partition.topic.number)),
        .int4s(cursors.map(\.partition.partition.rawValue)), .int8s(cursors.map(\.offset.rawValue)),
        .texts(cursors.map { $0.sequence.map(String.init) }),
      ]
    )
  }

  func trim() async throws {
    try await pool.withConnection { [schema = build.schema] connection in
      _ = try connection.execute("select projection.trim($1)", [.text(schema)])
    }
  }

  /// The next small batch is planned for tables as they are then.
  func forgetPlans() async throws {
    try await pool.withConnection { connection in try connection.executeScript("discard plans") }
  }

  private static let copy = """
    copy pg_temp.batch (topic, partition, "offset", event_id, type, tenant, stream, time, facts, private, \
    sealed_by) from stdin (format binary)
    """
}

/// What became of the events of a batch.
package struct WriteResult: Sendable, Equatable {
  package var applied: Int
  package var parked: Int
}

extension PostgresError {
  /// Whether data can have caused this: class 21 cardinality violation, 22 data exception, 23 integrity
  /// constraint violation, 54 program limit exceeded, P0001 raised by the SQL itself (PostgreSQL, appendix
  /// A).
  fileprivate var blamesAnEvent: Bool {
    guard let state = sqlState else { return false }
    return ["21", "22", "23", "54"].contains(state.prefix(2)) || state == "P0001"
  }
}
