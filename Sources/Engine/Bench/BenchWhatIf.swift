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
      The model is a scripted one that takes the same time for every answer. The ceiling is the same number of bare calls \
      of it, before and after, as many at once.
      """)

  @Option(help: "Conversations in the log, each with an answer.") var conversations = 1_000
  @Option(help: "How many are asked at once.") var concurrency = 16
  @Option(help: "How long the model takes, in milliseconds.") var delay = 300
  @Flag(help: "Print one JSON object.") var json = false

  func run() async throws {
    let result = try await BenchDatabase.with(connections: 6) { database in
      let traffic = try await BenchTrafficLog(database)
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
    let models = ModelCatalogue(
      models: [ConfiguredModel(name: "scripted", price: ModelPrice(input: 1, output: 4))])
    let pool = ReadOnlyPool(url: traffic.database.url, connections: 4)
    defer { pool.shutdown() }
    let whatIf = WhatIf(
      log: traffic.log, pool: pool, keyring: traffic.keyring, models: models, chat: chat)
    let reading = ContinuousClock.now
    let sample = WhatIfSample(agent: agent, from: .distantPast, to: nil, size: conversations)
    let traffic = try await whatIf.traffic(sample)
    let exchanges = traffic.exchanges
    let read = (ContinuousClock.now - reading) / .seconds(1)
    let candidate = Candidate(
      agent: agent, name: "bench", version: 1,
      definition: AgentDefinition(
        instructions: "You answer.", fallback: "I do not know.", escalation: [], grounding: "free"))
    let before = try await bare(chat, exchanges.count)
    let cpu = processorSeconds()
    let start = ContinuousClock.now
    let comparisons = try await whatIf.run(candidate, over: exchanges, concurrency: concurrency)
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    let used = processorSeconds() - cpu
    let bare = (before + (try await bare(chat, exchanges.count))) / 2
    let count = Double(max(1, exchanges.count))
    guard comparisons.count == exchanges.count, comparisons.allSatisfy({ $0.answer != nil }) else {
      throw BenchError("\(comparisons.count) of \(exchanges.count) were compared")
    }
    let report = WhatIfReport(
      candidate: candidate, sample: sample, comparisons: comparisons, leftOut: traffic.leftOut, made: Date(),
      seconds: seconds)
    let writing = ContinuousClock.now
    let bytes = report.html.utf8.count + report.csv.utf8.count
    let times = comparisons.compactMap { $0.answer?.milliseconds }.sorted()
    func percentile(_ share: Double) -> Double {
      times.isEmpty ? 0 : times[min(times.count - 1, Int(Double(times.count) * share))]
    }
    return BenchResult(
      name: "what-if", rate: Double(exchanges.count) / seconds,
      ceiling: count / bare, p50: percentile(0.5), p95: percentile(0.95),
      p99: percentile(0.99), cpuSecondsPerMillion: used / count * 1e6,
      more: [
        "seconds to choose and read the conversations": read, "seconds": seconds,
        "seconds of the bare calls": bare,
        // Of so many that run at once, each waits this much longer than for the model alone.
        "milliseconds over the model, an answer": (seconds - bare) / count * Double(concurrency) * 1_000,
        "milliseconds of processor, an answer": used / count * 1_000,
        "seconds to write the report": (ContinuousClock.now - writing) / .seconds(1),
        "megabytes of report": Double(bytes) / 1e6,
      ], notes: "\(exchanges.count) answers, \(concurrency) at once, a model that takes \(delay) ms",
      goals: [
        BenchGoal(
          "share of what the model alone does", bare / seconds, .atLeast, 0.9,
          isFullSize: exchanges.count >= 1_000)
      ])
  }

  /// How long so many calls of the model take, as many at once.
  private func bare(_ chat: ScriptedChatModel, _ count: Int) async throws -> Double {
    let request = ChatRequest(
      model: "scripted", messages: [ChatMessage(role: .user, content: "?")], maximumTokens: 1, temperature: 0)
    let start = ContinuousClock.now
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<count {
        if number >= concurrency { try await group.next() }
        group.addTask { _ = try await chat.answer(request) { _ in } }
      }
      try await group.waitForAll()
    }
    return (ContinuousClock.now - start) / .seconds(1)
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
