import ArgumentParser
import Foundation
import HTTPClient
import Postgres
import PostgresLog

struct BenchUsers: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "users",
    abstract:
      "Visitors of a web chat, all connected at once, over real sockets to an engine in its own process.",
    discussion: """
      Every visitor holds an event stream open and writes a message each interval, at a moment of its own. The \
      model takes 0.5 to 2 s and streams. Printed is what the engine adds to the model's own time, until the first \
      token and until the whole reply are on the visitor's stream, and what a visitor costs in memory. Fails when a \
      message that was taken is not answered, or answers and messages come out of order.
      """)

  @Option(help: "Visitors.") var users = 10_000
  @Option(help: "How long they write.") var minutes = 10.0
  @Option(help: "Seconds from a visitor's message to the next.") var interval = 30.0
  @Option(help: "The same seed gives the same moments and the same times of the model.") var seed =
    UInt64.random(in: 0...9_999_999)
  @Option(help: "The engine to measure, by default this program.") var engine: String?
  @Flag(help: "Print one JSON object.") var json = false

  func validate() throws {
    guard (1...50_000).contains(users), minutes > 0, interval >= 2.5 else {
      throw ValidationError("--users is 1 to 50000, --minutes above 0, --interval at least 2.5")
    }
  }

  func run() async throws {
    FileHandle.standardError.write(Data("--seed \(seed)\n".utf8))
    FileLimit.raise()
    let report = try await BenchDatabase.with(connections: 2) { database in
      try await database.makeLog().close()
      return try await measure(database)
    }
    try report.result(users: users, interval: interval).print(asJSON: json)
    for problem in report.problems.prefix(20) { print(problem) }
    if !report.problems.isEmpty { throw ExitCode(1) }
  }

  private func measure(_ database: BenchDatabase) async throws -> BenchUsersReport {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("aigentable-users-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let model = try BenchUsersModel(seed: seed)
    defer { model.stop() }
    let report = try await serve(database, model, folder)
    try FileManager.default.removeItem(at: folder)
    return report
  }

  private func serve(
    _ database: BenchDatabase, _ model: BenchUsersModel, _ folder: URL
  ) async throws -> BenchUsersReport {
    let binary = engine.map { URL(fileURLWithPath: $0) } ?? BenchKill.ownProgram
    let port = try freePort()
    let settings = [
      "AIGENTABLE_DATABASE_URL": database.url, "AIGENTABLE_HOME": try Home.located().url.path,
      "AIGENTABLE_MASTER_KEY": String(repeating: "5a", count: 32),
      "AIGENTABLE_MODEL_URL": "http://127.0.0.1:\(model.port)", "AIGENTABLE_MODEL": "bench",
    ]
    let demo = folder.appendingPathComponent("demo.env")
    try await BenchKillEngine.run(
      binary, ["seed", "--demo-env", demo.path, "--port", "\(port)"], settings: settings,
      output: folder.appendingPathComponent("seed.log"))
    let name = "AIGENTABLE_CHAT_CONNECTION="
    let lines = try String(contentsOf: demo, encoding: .utf8).split(separator: "\n")
    guard let chat = lines.first(where: { $0.hasPrefix(name) })?.dropFirst(name.count) else {
      throw BenchError("seed made no web chat")
    }
    let log = folder.appendingPathComponent("serve.log")
    let engine = try BenchKillEngine(binary, ["serve", "--port", "\(port)"], settings: settings, output: log)
    let client = HTTPClient(maximumConcurrentRequests: 128)
    defer { client.shutdown() }
    let result: Result<BenchUsersReport, any Error>
    do {
      while (try? await client.send(HTTPRequest(url: "http://127.0.0.1:\(port)/readyz")))?.status != 200 {
        guard engine.isRunning else { throw BenchError("the engine did not start, see \(log.path)") }
        try await Task.sleep(for: .milliseconds(50))
      }
      result = .success(
        try await BenchUsersRun(
          users: users, seconds: minutes * 60, interval: interval, seed: seed, chat: "/chat/\(chat)",
          port: port,
          client: client, model: model, engine: engine, database: database
        ).run())
    } catch { result = .failure(error) }
    await engine.crash()
    return try result.get()
  }
}
