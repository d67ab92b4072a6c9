import ArgumentParser
import Contracts
import Foundation
import HTTPClient
import JSON
import Knowledge
import Models
import Postgres
import Replay

struct ReplayWhatIf: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "what-if",
    abstract:
      "Run a candidate version, model or index over past questions, and compare its answers with those of then.",
    discussion: """
      The candidate decides as the running engine does: its rules of escalation, opening hours, tools, models and \
      fallbacks, citations. Nothing is sent and no tool is called: tools answer from the recording, and an answer ends at \
      a call that was not recorded. The report is one HTML file, with a CSV file beside it. Both hold what customers wrote.
      """)

  @Option(help: "The id of the agent whose past answers are taken.") var agent: String
  @Option(help: "The version to try: a number, or draft; the last one that was published by default.")
  var version: Version?
  @Option(help: "A definition to try that is not published: a JSON file as agent.published has it.")
  var definition: String?
  @Option(help: "Another model to try, by its name in the settings.") var model: String?
  @Option(
    help:
      "Passages: recorded, those of then; current, those that today's index finds; or the number of an index."
  )
  var index = Candidate.Index.recorded
  @Option(help: "Answers given from then on: 2026-03-01T10:00:00Z or 2026-03-01.") var from: String
  @Option(help: "Answers given before then.") var to: String?
  @Option(help: "How many answers to take at most.") var sample = 100
  @Option(help: "Another seed takes others.") var seed: UInt64 = 0
  @Option(help: "How many are asked at once.") var concurrency = 8
  @Option(help: "A model that scores both answers, by its name in the settings.") var judge: String?
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
      let settings = try ModelSettings(foundations.configuration)
      for name in [model, judge].compactMap({ $0 }) where settings.catalogue[name] == nil {
        throw ValidationError("no model is configured as \(name)")
      }
      let client = HTTPClient(maximumConcurrentRequests: concurrency * 2)
      guard index != .recorded, let embedding = try foundations.configuration.embedding else {
        return try await run(chosen, foundations, settings, client, embedder: nil)
      }
      try await embedding.with(home: foundations.home, client: client, logger: foundations.logger) {
        try await run(chosen, foundations, settings, client, embedder: $0)
      }
    }
  }

  private func run(
    _ chosen: WhatIfSample, _ foundations: Foundations, _ settings: ModelSettings, _ client: HTTPClient,
    embedder: (any Embedder)?
  ) async throws {
    let candidate = try await candidate(chosen.agent, foundations)
    let chat = settings.gateway(client)
    let judge = judge.flatMap { settings.catalogue[$0] }.flatMap { model in
      chat.map { Judge(chat: $0, model: model) }
    }
    let reading = ReadOnlyPool(url: foundations.pool.url, connections: 4)
    defer { reading.shutdown() }
    let whatIf = WhatIf(
      log: foundations.log, pool: reading, keyring: foundations.keyring, models: settings.catalogue,
      chat: chat, embedder: embedder, store: try foundations.configuration.vectorStore.store(client),
      reranker: try foundations.configuration.reranker(client), judge: judge)
    let traffic = try await whatIf.traffic(chosen)
    let exchanges = traffic.exchanges
    guard !exchanges.isEmpty else { throw ValidationError("the agent gave no answer in that time") }
    let start = ContinuousClock.now
    let comparisons = try await whatIf.run(candidate, over: exchanges, concurrency: concurrency) { progress in
      FileHandle.standardError.write(Data("\r\(progress.done) of \(progress.total)   ".utf8))
    }
    FileHandle.standardError.write(Data("\n".utf8))
    try write(
      WhatIfReport(
        candidate: candidate, sample: chosen, comparisons: comparisons, leftOut: traffic.leftOut,
        made: Date(),
        seconds: (ContinuousClock.now - start) / .seconds(1)))
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
    if version == .draft {
      guard let draft = agent.draft else { throw ValidationError("the agent has no draft") }
      return Candidate(
        agent: id, name: agent.name, version: nil, definition: draft, model: model, index: index)
    }
    let number = version?.number ?? agent.versions.keys.max()
    guard let number, let found = agent.versions[number] else {
      throw ValidationError("the agent has no version \(number.map { "\($0)" } ?? "yet")")
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
        + "\(sum.replayedCalls) calls were answered from the recording, \(sum.missingCalls) were not recorded, "
        + "\(sum.silent) say nothing")
    for sentence in report.remarks { print(sentence) }
    if let old = sum.old.score, let new = sum.new.score {
      print(
        String(format: "judge: %.2f then, %.2f now; ", old, new) + "\(sum.better) better, \(sum.worse) worse")
    }
    print(folder.appendingPathComponent("report.html").path)
  }
}

extension ReplayWhatIf {
  enum Version: ExpressibleByArgument, Equatable {
    case number(Int)
    case draft

    init?(argument: String) {
      if argument == "draft" {
        self = .draft
      } else if let number = Int(argument) {
        self = .number(number)
      } else {
        return nil
      }
    }

    var number: Int? {
      if case .number(let number) = self { return number }
      return nil
    }
  }
}

extension Candidate.Index: ExpressibleByArgument {
  package init?(argument: String) {
    switch argument {
    case "recorded": self = .recorded
    case "current": self = .current
    default:
      guard let number = Int(argument) else { return nil }
      self = .version(number)
    }
  }

  package var defaultValueDescription: String { "recorded" }
}
