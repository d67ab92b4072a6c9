import ArgumentParser
import Contracts
import Foundation
import HTTPClient
import JSON
import Models
import Replay

struct ReplayWhatIf: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "what-if",
    abstract:
      "Run a candidate version, model or index over past questions, and compare its answers with those of then.",
    discussion: """
      Nothing is sent and no tool is called: tools answer from the recording, and a call that was not recorded is shown. \
      The report is one HTML file, with a CSV file beside it. Both hold what customers wrote.
      """)

  @Option(help: "The id of the agent whose past answers are taken.") var agent: String
  @Option(help: "The published version to try; the last one by default.") var version: Int?
  @Option(help: "A definition to try that is not published: a JSON file as agent.published has it.")
  var definition: String?
  @Option(help: "Another model to try, as its server calls it.") var model: String?
  @Option(help: "Passages: recorded, those that were found then, or current, those that today's index finds.")
  var index = Candidate.Index.recorded
  @Option(help: "Answers given from then on: 2026-03-01T10:00:00Z or 2026-03-01.") var from: String
  @Option(help: "Answers given before then.") var to: String?
  @Option(help: "How many answers to take at most.") var sample = 100
  @Option(help: "Another seed takes others.") var seed: UInt64 = 0
  @Option(help: "How many are asked at once.") var concurrency = 8
  @Option(help: "A model that scores both answers, as its server calls it.") var judge: String?
  @Option(help: "The folder for report.html and report.csv.") var report = "what-if"

  func validate() throws {
    guard (1...100_000).contains(sample) else { throw ValidationError("--sample is 1 to 100000") }
    guard (1...256).contains(concurrency) else { throw ValidationError("--concurrency is 1 to 256") }
    guard version == nil || definition == nil else {
      throw ValidationError("--version and --definition exclude each other")
    }
  }

  func run() async throws {
    guard let id = AgentID(agent) else { throw ValidationError("'\(agent)' is not the id of an agent") }
    let chosen = WhatIfSample(
      agent: id, from: try CommandTime.parse(from, "--from"),
      to: try to.map { try CommandTime.parse($0, "--to") },
      size: sample, seed: seed)
    try await Foundations.with(connections: 6) { foundations in
      guard let settings = try foundations.configuration.model else {
        throw ValidationError("no model is configured: set AIGENTABLE_MODEL_URL and AIGENTABLE_MODEL")
      }
      let candidate = try await candidate(id, foundations)
      let client = HTTPClient(maximumConcurrentRequests: concurrency * 2)
      let chat = OpenAIChatModel(base: settings.url, key: settings.key, client: client)
      let whatIf = WhatIf(
        log: foundations.log, pool: foundations.pool, keyring: foundations.keyring, chat: chat,
        model: settings.name, judge: judge.map { Judge(chat: chat, model: $0) })
      let exchanges = try await whatIf.exchanges(chosen)
      guard !exchanges.isEmpty else { throw ValidationError("the agent gave no answer in that time") }
      let start = ContinuousClock.now
      let comparisons = try await whatIf.run(candidate, over: exchanges, concurrency: concurrency) {
        progress in
        FileHandle.standardError.write(Data("\r\(progress.done) of \(progress.total)   ".utf8))
      }
      FileHandle.standardError.write(Data("\n".utf8))
      try write(
        WhatIfReport(
          candidate: candidate, sample: chosen, comparisons: comparisons, made: Date(),
          seconds: (ContinuousClock.now - start) / .seconds(1)))
    }
  }

  private func candidate(_ id: AgentID, _ foundations: Foundations) async throws -> Candidate {
    guard let agent = try await AgentVersions.read(foundations.log).agents[id] else {
      throw ValidationError("there is no agent \(id)")
    }
    if let definition {
      let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: definition)))
      return Candidate(
        agent: id, name: agent.name, version: nil,
        definition: try JSON.decode(AgentDefinition.self, from: bytes),
        model: model, index: index)
    }
    guard let number = version ?? agent.versions.keys.max(), let found = agent.versions[number] else {
      throw ValidationError("the agent has no version \(version.map { "\($0)" } ?? "yet")")
    }
    return Candidate(
      agent: id, name: agent.name, version: number, definition: found, model: model, index: index)
  }

  private func write(_ report: WhatIfReport) throws {
    let folder = URL(fileURLWithPath: self.report)
    try FileManager.default.createDirectory(
      at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    for (name, text) in [("report.html", report.html), ("report.csv", report.csv)] {
      try Data(text.utf8).write(to: folder.appendingPathComponent(name), options: .atomic)
    }
    let sum = report.summary
    print(
      "\(sum.count) answers compared in \(String(format: "%.1f s", report.seconds)): \(sum.same) say the same, "
        + "\(sum.handoverChanges) hand-overs and \(sum.citationChanges) citations change, "
        + "\(sum.missingCalls) calls were not recorded, \(sum.failed) failed")
    if let old = sum.old.score, let new = sum.new.score {
      print(
        String(format: "judge: %.2f then, %.2f now; ", old, new) + "\(sum.better) better, \(sum.worse) worse")
    }
    print(folder.appendingPathComponent("report.html").path)
  }
}

extension Candidate.Index: ExpressibleByArgument {}
