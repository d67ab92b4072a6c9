import Logging
import Postgres

/// Drops the keys of inbound events once they are 30 days old: what came in raw can then be read by nobody.
package struct InboundRetention: Sendable {
  package static let days: Int32 = 30
  /// Keys that one transaction drops.
  private static let part: Int32 = 10_000

  private let pool: PostgresPool
  private let logger: Logger

  package init(pool: PostgresPool, logger: Logger) {
    self.pool = pool
    self.logger = logger
  }

  /// Returns once its task is cancelled.
  package func run() async throws {
    while !Task.isCancelled {
      do { try await drop() } catch {
        if Task.isCancelled { return }
        logger.warning("inbound keys cannot be dropped now", metadata: ["why": "\(error)"])
      }
      try? await Task.sleep(for: .seconds(600))
    }
  }

  /// Returns how many were dropped.
  @discardableResult
  package func drop() async throws -> Int {
    var count = 0
    while true {
      let dropped = try await pool.withConnection { connection in
        try connection.execute(
          "select privacy.drop_inbound_keys($1, $2)", [.int4(Self.days), .int4(Self.part)])[0].int8(0)
      }
      count += Int(dropped)
      guard dropped == Int64(Self.part) else { return count }
    }
  }
}
