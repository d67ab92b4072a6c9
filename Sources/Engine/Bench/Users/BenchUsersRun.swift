import Foundation
import HTTPClient
import JSON
import Synchronization

/// One run: visitors connect, write, and wait for what they asked.
struct BenchUsersRun: Sendable {
  let users: Int
  let seconds: Double
  let interval: Double
  let seed: UInt64
  let chat: String
  let port: Int
  let client: HTTPClient
  let model: BenchUsersModel
  let engine: BenchKillEngine
  let database: BenchDatabase

  /// How many visitors connect at once.
  private static let arriving = 64
  /// Without any answer for this long, what is missing is lost.
  private static let patience = Duration.seconds(60)

  func run() async throws -> BenchUsersReport {
    let visitors = (0..<users).map(BenchVisitor.init)
    let report = BenchUsersReport.Latencies()
    let loop = try SocketLoop()
    let streams = BenchStreams(on: loop) { [model] visitor, event in
      for measured in visitors[visitor].receive(event, at: .now) {
        report.record(measured, model.take(measured.message))
      }
    }
    loop.start("visitors")
    defer { loop.stop() }
    let before = engine.memory
    let tokens = try await connect(streams)
    let idle = engine.memory
    let processor = engine.processorSeconds
    let begun = ContinuousClock.now
    let (refused, profile) = try await ProcessorProfile.during(database) {
      await write(visitors, tokens, on: loop)
    }
    let wrote = ContinuousClock.now - begun
    try await settle(visitors, report)
    guard engine.isRunning else { throw BenchError("the engine ended by itself, see \(engine.output.path)") }
    var problems = visitors.flatMap(\.problems)
    let lost = visitors.reduce(0) { $0 + $1.unanswered }
    if lost > 0 { problems.append("\(lost) messages were taken and not answered") }
    let broken = streams.ended
    if broken > 0 { problems.append("the engine ended \(broken) streams") }
    return BenchUsersReport(
      latencies: report, lost: lost, refused: refused, problems: problems,
      seconds: wrote / .seconds(1), engineSeconds: engine.processorSeconds - processor,
      idleBytes: Double(idle.now - before.now) / Double(users),
      peakBytes: Double(engine.memory.peak - before.now) / Double(users), profile: profile)
  }

  /// Sessions and streams for all; the visitors' tokens.
  private func connect(_ streams: BenchStreams) async throws -> [String] {
    try await withThrowingTaskGroup(of: (Int, String).self) { group in
      var tokens = [String](repeating: "", count: users)
      for visitor in 0..<users {
        if visitor >= Self.arriving, let (number, token) = try await group.next() { tokens[number] = token }
        group.addTask {
          let made = try await client.send(
            HTTPRequest(
              method: "POST", url: "http://127.0.0.1:\(port)\(chat)/session",
              headers: [("Content-Type", "application/json")]))
          guard let token = try JSONValue(parsing: made.body)["visitor"]?.string else {
            throw BenchError("no session was made: status \(made.status)")
          }
          try await streams.open(visitor, port: port, path: "\(chat)/stream", token: token)
          return (visitor, token)
        }
      }
      for try await (number, token) in group { tokens[number] = token }
      return tokens
    }
  }

  /// Every visitor writes once in each interval. Returns how often a post had to be tried again.
  private func write(_ visitors: [BenchVisitor], _ tokens: [String], on loop: SocketLoop) async -> Int {
    await withCheckedContinuation { done in
      loop.enter {
        let writers = BenchWriters(
          visitors: visitors, tokens: tokens, path: "\(chat)/messages", interval: .seconds(interval),
          length: .seconds(seconds), seed: seed, isRunning: { engine.isRunning },
          posts: BenchPosts(on: loop, port: port), loop: loop)
        writers.begin { done.resume(returning: $0) }
      }
    }
  }

  /// Waits until everything is answered, or nothing is any more.
  private func settle(_ visitors: [BenchVisitor], _ latencies: BenchUsersReport.Latencies) async throws {
    var last = -1
    var moved = ContinuousClock.now
    while ContinuousClock.now - moved < Self.patience {
      if visitors.allSatisfy({ $0.unanswered == 0 }) { return }
      if latencies.replies.count != last {
        last = latencies.replies.count
        moved = .now
      }
      try await Task.sleep(for: .milliseconds(100))
    }
  }
}

extension BenchKillEngine {
  /// What the process holds in memory, and held at most, in bytes (proc(5), `/proc/pid/status`).
  var memory: (now: Int, peak: Int) {
    let text = (try? String(contentsOfFile: "/proc/\(processIdentifier)/status", encoding: .utf8)) ?? ""
    func kilobytes(_ name: String) -> Int {
      text.split(separator: "\n").first { $0.hasPrefix(name) }
        .flatMap { Int($0.dropFirst(name.count).filter(\.isNumber)) } ?? 0
    }
    return (kilobytes("VmRSS:") << 10, kilobytes("VmHWM:") << 10)
  }

  /// CPU seconds so far (proc(5), `/proc/pid/stat`: the 14th and 15th field, behind a name in parentheses).
  var processorSeconds: Double {
    let text = (try? String(contentsOfFile: "/proc/\(processIdentifier)/stat", encoding: .utf8)) ?? ""
    guard let end = text.lastIndex(of: ")") else { return 0 }
    let times = text[end...].split(separator: " ").dropFirst(12).prefix(2).compactMap { Double($0) }
    return times.reduce(0, +) / Double(sysconf(Int32(_SC_CLK_TCK)))
  }
}
