import EventLog
import Foundation
import Postgres

/// The right to move one build on, as of an epoch. Every transaction names the epoch, so that an owner who
/// was overtaken without noticing cannot write.
struct Lease: Sendable {
  /// How long a lease lasts without being renewed: what a crash costs in time.
  static let seconds = 15.0

  let schema: String
  let epoch: Int64
  let pool: PostgresPool

  /// nil while someone else holds it.
  static func acquire(_ schema: String, owner: UUID, pool: PostgresPool) async throws -> Lease? {
    try await take("select projection.acquire($1, $2, $3)", schema, owner, pool)
  }

  /// Takes it from whoever holds it.
  static func seize(_ schema: String, owner: UUID, pool: PostgresPool) async throws -> Lease? {
    try await take("select projection.seize($1, $2, $3)", schema, owner, pool)
  }

  private static func take(
    _ call: String,
    _ schema: String,
    _ owner: UUID,
    _ pool: PostgresPool
  ) async throws -> Lease? {
    let epoch = try await pool.withConnection { connection in
      try connection.execute(call, [.text(schema), .uuid(owner), .double(seconds)])
        .first?.optional(0, PostgresRow.int8)
    }
    return epoch.map { Lease(schema: schema, epoch: $0, pool: pool) }
  }

  func renew() async throws {
    let isHeld = try await pool.withConnection { [schema, epoch] connection in
      try connection.execute(
        "select projection.renew($1, $2, $3)",
        [.text(schema), .int8(epoch), .double(Lease.seconds)]
      )[0].bool(0)
    }
    guard isHeld else { throw lost }
  }

  var lost: ProjectionError { ProjectionError(.leaseLost, "the lease on \(schema) was lost") }

  /// Runs a statement that is fenced; Postgres refuses it with PL001 once the lease is lost.
  @discardableResult
  func check<R>(_ body: () throws -> R) throws -> R {
    do { return try body() } catch let error as PostgresError where error.sqlState == "PL001" { throw lost }
  }

  /// Runs `body` while renewing, and gives the lease up at the end.
  func hold<R: Sendable>(_ body: @escaping @Sendable () async throws -> R) async throws -> R {
    let result: Result<R, any Error>
    do { result = .success(try await renewing(body)) } catch { result = .failure(error) }
    await release()
    return try result.get()
  }

  /// Runs `body` while renewing; a lease that is lost cancels it.
  func renewing<R: Sendable>(_ body: @escaping @Sendable () async throws -> R) async throws -> R {
    try await withThrowingTaskGroup(of: R?.self) { group in
      group.addTask { try await body() }
      group.addTask {
        while true {
          // A lease is held over time: this clock is the work, not a wait for some.
          do { try await Surroundings.sleep(for: .seconds(Lease.seconds / 3)) } catch { return nil }
          // While Postgres is away, the fence of the next batch decides.
          do { try await renew() } catch let error as PostgresError where error.isRetriable { continue }
        }
      }
      defer { group.cancelAll() }
      while let finished = try await group.next() {
        if let finished { return finished }
      }
      throw CancellationError()
    }
  }

  /// A failure to tell anyone only makes the next owner wait for the lease to run out.
  func release() async {
    // Not cancelled with its caller: a lease that is kept holds others up.
    let (pool, schema, epoch) = (pool, schema, epoch)
    await Task(executorPreference: Surroundings.executor) {
      try? await pool.withConnection { connection in
        _ = try connection.execute("select projection.release($1, $2)", [.text(schema), .int8(epoch)])
      }
    }.value
  }
}
