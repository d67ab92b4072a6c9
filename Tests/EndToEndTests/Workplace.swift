import Foundation
import HTTPClient
import Postgres
import Synchronization
import TestKit
import TestServers

/// A folder, settings and ports in which one test runs the engine's binary; its processes end with it.
final class Workplace: Sendable {
  let folder: URL
  let binary: URL
  let port: Int
  let standInPort: Int
  let client = HTTPClient(maximumConcurrentRequests: 256)
  private let added = Mutex<[String: String]>([:])
  private let fixed: [String: String]
  private let programs = Mutex<[Program]>([])

  static func with<R>(
    database: String, _ settings: [String: String] = [:], _ body: (Workplace) async throws -> R
  ) async throws -> R {
    let place = try Workplace(database: database, settings)
    let result: Result<R, any Error>
    do { result = .success(try await body(place)) } catch { result = .failure(error) }
    for program in place.programs.withLock({ $0 }).reversed() where !program.hasEnded {
      await program.crash()
    }
    place.client.shutdown()
    if case .failure = result {
      print("what the programs printed is in \(place.folder.path)")
    } else {
      try FileManager.default.removeItem(at: place.folder)
    }
    return try result.get()
  }

  private init(database: String, _ more: [String: String]) throws {
    binary = try Program.binary()
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("aigentable-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    port = try SocketServer.unusedPort()
    standInPort = try SocketServer.unusedPort()
    fixed = [
      "AIGENTABLE_DATABASE_URL": database,
      "AIGENTABLE_HOME": TestDatabase.home.url.path,
      "AIGENTABLE_MASTER_KEY_FILE": folder.appendingPathComponent("master.key").path,
      "AIGENTABLE_WHATSAPP_BASE_URL": "http://127.0.0.1:\(standInPort)",
    ].merging(more) { $1 }
  }

  var settings: [String: String] { fixed.merging(added.withLock { $0 }) { $1 } }

  /// More settings, for the programs that are started from now on.
  func add(_ settings: [String: String]) { added.withLock { $0.merge(settings) { $1 } } }

  var engine: String { "http://127.0.0.1:\(port)" }
  var standIn: String { "http://127.0.0.1:\(standInPort)" }

  /// Starts the binary; `more` changes settings for this process alone, `wrapper` are the words of a command that runs it.
  func start(
    _ arguments: [String], _ more: [String: String] = [:], under wrapper: [String] = []
  ) throws -> Program {
    let number = programs.withLock { $0.count }
    let words = wrapper + [binary.path] + arguments
    let program = try Program(
      URL(fileURLWithPath: words[0]), Array(words.dropFirst()), environment: settings.merging(more) { $1 },
      output: folder.appendingPathComponent("\(number)-\(arguments[0]).log"))
    programs.withLock { $0.append(program) }
    return program
  }

  /// Runs the binary to its end and returns what it printed; throws when its status is not 0.
  @discardableResult
  func run(_ arguments: [String], _ more: [String: String] = [:]) async throws -> String {
    let program = try start(arguments, more)
    let status = await program.ended()
    guard status == 0 else {
      throw TestSetupError("\(program.name) ended with status \(status): \(program.printed.suffix(2_000))")
    }
    return program.printed
  }

  /// Waits until `url` answers 200; throws when the program that should answer ends before.
  func await(_ url: String, of program: Program) async throws {
    try await eventually("\(url) answers 200") {
      if program.hasEnded {
        throw TestSetupError("\(program.name) ended: \(program.printed.suffix(2_000))")
      }
      let response = try? await client.send(HTTPRequest(url: url, timeout: .seconds(5)))
      return response?.status == 200 ? true : nil
    }
  }

  func postJSON(_ text: String, to url: String) async throws {
    let response = try await client.send(
      HTTPRequest(
        method: "POST", url: url, headers: [("Content-Type", "application/json")], body: Array(text.utf8)))
    guard response.status == 200 else { throw TestSetupError("\(url) answered \(response.status)") }
  }
}
