import ArgumentParser
import Contracts
import Foundation
import JSON
import Models
import Postgres
import PostgresLog
import Replay

struct BenchWhatIf: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "what-if",
    abstract: "Run a candidate over past conversations, as replay what-if does.",
    discussion: """
      The model is a scripted one that takes the same time for every answer. The ceiling is what that allows: the \
      concurrency by that time.
      """)

  @Option(help: "Conversations in the log, each with an answer.") var conversations = 1_000
  @Option(help: "How many are asked at once.") var concurrency = 16
  @Option(help: "How long the model takes, in milliseconds.") var delay = 300
  @Flag(help: "Print one JSON object.") var json = false

  func run() async throws {
    let result = try await BenchDatabase.with(connections: 6) { database in
      var traffic = try await BenchTrafficLog(database)
      var source = BenchTraffic(detail: .everything, keyring: traffic.keyring)
      // About eight events make one conversation; what is over is not chosen.
      try await traffic.fill(&source, conversations * 12)
      let result = try await measure(traffic)
      await traffic.log.close()
      return result
    }
    try result.print(asJSON: json)
  }

  private func measure(_ traffic: BenchTrafficLog) async throws -> BenchResult {
    let agents = try await authors(traffic)
    guard let agent = agents.max(by: { $0.value < $1.value })?.key else {
      throw BenchError("nobody answered")
    }
    let chat = ScriptedChatModel(pieces: ["Within 30 ", "days [1]."]) { [delay] _ in .milliseconds(delay) }
    let whatIf = WhatIf(
      log: traffic.log, pool: traffic.database.pool, keyring: traffic.keyring, chat: chat, model: "scripted")
    let reading = ContinuousClock.now
    let exchanges = try await whatIf.exchanges(
      WhatIfSample(agent: agent, from: .distantPast, to: nil, size: conversations))
    let read = (ContinuousClock.now - reading) / .seconds(1)
    let candidate = Candidate(
      agent: agent, name: "bench", version: 1,
      definition: AgentDefinition(instructions: "You answer.", fallback: "I do not know."))
    let cpu = processorSeconds()
    let start = ContinuousClock.now
    let comparisons = try await whatIf.run(candidate, over: exchanges, concurrency: concurrency)
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    let used = processorSeconds() - cpu
    guard comparisons.count == exchanges.count, comparisons.allSatisfy({ $0.answer != nil }) else {
      throw BenchError("\(comparisons.count) of \(exchanges.count) were compared")
    }
    let report = WhatIfReport(
      candidate: candidate,
      sample: WhatIfSample(agent: agent, from: .distantPast, to: nil, size: conversations),
      comparisons: comparisons, made: Date(), seconds: seconds)
    let writing = ContinuousClock.now
    let bytes = report.html.utf8.count + report.csv.utf8.count
    let times = comparisons.compactMap { $0.answer?.milliseconds }.sorted()
    func percentile(_ share: Double) -> Double {
      times.isEmpty ? 0 : times[min(times.count - 1, Int(Double(times.count) * share))]
    }
    return BenchResult(
      name: "what-if", rate: Double(exchanges.count) / seconds,
      ceiling: Double(concurrency) * 1_000 / Double(delay), p50: percentile(0.5), p95: percentile(0.95),
      p99: percentile(0.99), cpuSecondsPerMillion: used / Double(max(1, exchanges.count)) * 1e6,
      more: [
        "seconds to choose and read the conversations": read, "seconds": seconds,
        "seconds to write the report": (ContinuousClock.now - writing) / .seconds(1),
        "megabytes of report": Double(bytes) / 1e6,
      ], notes: "\(exchanges.count) answers, \(concurrency) at once, a model that takes \(delay) ms")
  }

  /// How many answers each agent gave.
  private func authors(_ traffic: BenchTrafficLog) async throws -> [AgentID: Int] {
    try await traffic.database.pool.withConnection { connection in
      var counts: [AgentID: Int] = [:]
      let rows = try connection.execute("select value from log.record where type = 'reply.generated'")
      for row in rows {
        let value = try JSONValue(parsing: row.bytes(0))
        if let agent = value["facts"]?["agent"]?.string.flatMap({ AgentID($0) }) {
          counts[agent, default: 0] += 1
        }
      }
      return counts
    }
  }
}
