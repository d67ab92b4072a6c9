import Postgres

/// A command of which an installation has one run at a time.
enum SoleRun {
  /// Runs `body`, unless another process is at the same command: then this fails at once.
  ///
  /// A session of its own holds an advisory lock meanwhile. Postgres lets go of it when the process ends, however it does.
  static func of<R>(_ command: String, _ body: () async throws -> R) async throws -> R {
    let holder = try PostgresConnection(
      url: try Configuration().databaseURL, applicationName: "aigentable-\(command)")
    try holder.executeScript("\(PostgresConnection.endsWithItsClient); set idle_session_timeout = 0")
    let isAlone = try holder.execute(
      "select pg_try_advisory_lock(hashtextextended($1, 0))", [.text("aigentable \(command)")])[0].bool(0)
    guard isAlone else { throw ConfigurationError("another run of \(command) is under way") }
    defer { withExtendedLifetime(holder) {} }
    return try await body()
  }
}
