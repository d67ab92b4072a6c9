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

  /// A fresh dump of all that the database holds, as text.
  func dump() async throws -> Data {
    let file = folder.appendingPathComponent("dump-\(UUID().uuidString).sql")
    _ = try await Self.script(
      "postgres_choose_user \"$1\"; postgres_run pg_dump '\(url)' >'\(file.path)'", folder)
    return try Data(contentsOf: file)
  }

  /// The files of the data directory that hold one of these words.
  func files(holding words: [String]) async throws -> [String] {
    try await grep(["-F"] + words.flatMap { ["-e", $0] })
  }

  func files(holding bytes: [UInt8]) async throws -> [String] {
    let pattern = bytes.map { "\\x" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    return try await grep(["-P", "-e", pattern])
  }

  private func grep(_ arguments: [String]) async throws -> [String] {
    let data = folder.appendingPathComponent("data").path
    let program = try Program(
      URL(fileURLWithPath: "/usr/bin/grep"), ["-r", "-l", "-a"] + arguments + [data],
      environment: ["LC_ALL": "C"], output: folder.appendingPathComponent("grep-\(UUID().uuidString).log"))
    let status = await program.ended()
    guard status <= 1 || program.printed.contains("No such file") else {
      throw TestSetupError("grep: \(program.printed.suffix(2_000))")
    }
    return program.printed.split(separator: "\n").filter {
      !$0.hasPrefix("grep:") && !$0.hasPrefix("/usr/bin/grep:")
    }
    .map { String($0.dropFirst(data.count + 1)) }
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
