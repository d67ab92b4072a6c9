import Foundation
import Postgres
import Synchronization
import TestKit

/// A Postgres of the test's own, made with the scripts of `ops/lib`, that can be stopped as in a crash.
struct PostgresServer: Sendable {
  private let folder: URL
  let url: String

  static func with<R>(_ body: (PostgresServer) async throws -> R) async throws -> R {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "postgres-\(UUID().uuidString)")
    try FileManager.default.createDirectory(
      at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
    let server = PostgresServer(folder: folder, url: try await start(folder))
    let result: Result<R, any Error>
    do { result = .success(try await body(server)) } catch { result = .failure(error) }
    try await server.stop(mode: "immediate")
    try FileManager.default.removeItem(at: folder)
    return try result.get()
  }

  /// Starts it again, on the same port, with what it had committed.
  func start() async throws { _ = try await Self.start(folder) }

  /// - Parameter mode: one of `pg_ctl stop`; `immediate` is as a crash, and takes recovery at the next start.
  func stop(mode: String) async throws {
    _ = try await Self.script(
      "postgres_choose_user \"$1\"; ! postgres_pid \"$1\" >/dev/null || "
        + "postgres_run pg_ctl stop -s -w -t 60 -m \(mode) -D \"$1/data\"", folder)
  }

  private static func start(_ folder: URL) async throws -> String {
    let printed = try await script("postgres_start \"$1\" >&2; printf '%s' \"url=$postgres_url\"", folder)
    guard let start = printed.range(of: "url=postgresql://") else {
      throw TestSetupError("no Postgres: \(printed.suffix(2_000))")
    }
    return String(printed[start.lowerBound...].dropFirst("url=".count))
  }

  private static func script(_ text: String, _ folder: URL) async throws -> String {
    let libraries = ["say", "ports", "postgres"].map {
      ". '\(TestDatabase.home.folder("ops/lib/\($0).sh").path)'"
    }
    let program = try Program(
      URL(fileURLWithPath: "/bin/bash"),
      ["-c", "set -euo pipefail; \(libraries.joined(separator: "; ")); \(text)", "postgres", folder.path],
      environment: [:], output: folder.appendingPathComponent("script-\(UUID().uuidString).log"))
    let status = await program.ended()
    guard status == 0 else { throw TestSetupError("Postgres: \(program.printed.suffix(2_000))") }
    return program.printed
  }
}
