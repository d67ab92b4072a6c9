import ArgumentParser
import Foundation
import HTTPClient
import JSON
import Keyring
import Pipeline
import Postgres
import PostgresLog

struct BenchFirstToken: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "first-token",
    abstract: "From a model's own first token to the first token on a web page, with a real model server.",
    discussion: """
      Starts the engine in a process of its own with the demo shop, between a browser's event stream and a relay \
      before the model server. The relay notes when the first token leaves the server; the difference to when the \
      stream hands it to the page is the engine's part, and is the latency that is printed.

      Of an answer that must cite, nothing is shown before it does; the prompt asks for the numbers of passages first. \
      Small models do not do as they are asked: where the agent is not free, the relay has llama.cpp begin each answer \
      with [1].
      """)

  @Option(help: "An OpenAI-compatible model server, as http://127.0.0.1:8080.") var modelURL: String
  @Option(help: "The model's name.") var model = "smollm2"
  @Option(help: "What the server reads and writes at most, in tokens.") var contextTokens = 1_024
  @Option(help: "What the agent may say: supported, cited or free.") var grounding = "supported"
  @Option(help: "How many questions are asked, one after the other.") var questions = 20
  @Option(help: "The most milliseconds that the 95th percentile may take.") var limit = 300.0
  @Flag(help: "Print one JSON object.") var json = false

  func validate() throws {
    guard ["supported", "cited", "free"].contains(grounding) else {
      throw ValidationError("--grounding is supported, cited or free")
    }
  }

  func run() async throws {
    let measured = try await BenchDatabase.with(connections: 2) { database in
      try await database.makeLog().close()
      return try await measure(database)
    }
    let result = BenchResult(
      name: "first-token", rate: 0, ceiling: 0, p50: measured.delays.percentile(50),
      p95: measured.delays.percentile(95), p99: measured.delays.percentile(99), cpuSecondsPerMillion: 0,
      more: [
        "questions": Double(questions), "model's own first token, p50 ms": measured.model.percentile(50),
        "question to first token on the page, p50 ms": measured.whole.percentile(50),
        "question to first token on the page, p95 ms": measured.whole.percentile(95),
      ],
      notes:
        "\(model) at \(modelURL), a \(grounding) agent; the latency is from the model's first token to the page's"
    )
    try result.print(asJSON: json)
    if result.p95 > limit { throw ExitCode(1) }
  }

  /// What the relay sends on.
  static func forwarded(_ body: [UInt8], grammar: String?, to server: String) throws -> HTTPRequest {
    var body = body
    if let grammar {
      var request = try JSON.decode([String: JSONValue].self, from: body)
      request["grammar"] = try JSONValue(parsing: JSON.encode(grammar))
      body = try JSON.encode(request)
    }
    return HTTPRequest(
      method: "POST", url: "\(server)/v1/chat/completions", headers: [("Content-Type", "application/json")],
      body: body, timeout: .seconds(120))
  }

  private struct Measured: Sendable {
    let delays = Latencies()
    let model = Latencies()
    let whole = Latencies()
  }

  private func measure(_ database: BenchDatabase) async throws -> Measured {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("aigentable-token-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let client = HTTPClient()
    defer { client.shutdown() }
    let grammar = grounding == "free" ? nil : #"root ::= "[1]\n" [A-Z] [^\x00]*"#
    let relay = BenchTokenRelay(target: modelURL, grammar: grammar, client: client)
    let (ports, running) = AsyncStream.makeStream(of: Int.self)
    let measured = try await withThrowingTaskGroup(of: Measured?.self) { group in
      group.addTask {
        try await relay.run { running.yield($0) }
        return nil
      }
      group.addTask {
        guard let port = await ports.first(where: { _ in true }) else { throw CancellationError() }
        return try await ask(through: relay, at: port, database, folder, client)
      }
      defer { group.cancelAll() }
      for try await measured in group { if let measured { return measured } }
      throw ConfigurationError("the relay ended before the run")
    }
    try FileManager.default.removeItem(at: folder)
    return measured
  }

  private func ask(
    through relay: BenchTokenRelay, at relayPort: Int, _ database: BenchDatabase, _ folder: URL,
    _ client: HTTPClient
  ) async throws -> Measured {
    let port = try freePort()
    let models = folder.appendingPathComponent("models.yaml")
    try """
    models:
      - name: bench
        url: "http://127.0.0.1:\(relayPort)"
        model: "\(model)"
        context_tokens: \(contextTokens)
        tools: false
    """.write(to: models, atomically: true, encoding: .utf8)
    let settings = [
      "AIGENTABLE_DATABASE_URL": database.url, "AIGENTABLE_HOME": try Home.located().url.path,
      "AIGENTABLE_MASTER_KEY": BenchKillRun.master,
      "AIGENTABLE_MODELS": models.path,
    ]
    let demo = folder.appendingPathComponent("demo.env")
    try await BenchKillEngine.run(
      BenchKill.ownProgram, ["seed", "--demo-env", demo.path, "--port", "\(port)"], settings: settings,
      output: folder.appendingPathComponent("seed.log"))
    let shop = try Demo.load(demo)
    try await publish(shop, in: database)
    let log = folder.appendingPathComponent("serve.log")
    let engine = try BenchKillEngine(
      BenchKill.ownProgram, ["serve", "--port", "\(port)"], settings: settings, output: log)
    let result: Result<Measured, any Error>
    do {
      let base = "http://127.0.0.1:\(port)"
      while (try? await client.send(HTTPRequest(url: "\(base)/readyz")))?.status != 200 {
        guard engine.isRunning else { throw ConfigurationError("the engine did not start, see \(log.path)") }
        try await Task.sleep(for: .milliseconds(50))
      }
      // What is not indexed yet cannot be cited.
      while try await !isIndexed(shop, at: base, client) { try await Task.sleep(for: .milliseconds(50)) }
      let measured = Measured()
      for number in 0..<questions {
        try await ask(number, of: "\(base)/chat/\(shop.chat)", relay, client, measured)
      }
      result = .success(measured)
    } catch { result = .failure(error) }
    await engine.crash()
    return try result.get()
  }

  private func publish(_ shop: Demo, in database: BenchDatabase) async throws {
    let log = try await database.makeLog()
    let provisioning = Provisioning(
      log: log, keyring: Keyring(master: try MasterKey(hexadecimal: BenchKillRun.master, from: "bench")),
      source: "/bench", now: Date())
    try await database.pool.withTransaction { [grounding] in
      try provisioning.publish(
        shop.agent, version: 2, definition: Demo.definition(grounding: grounding), tenant: shop.tenant, in: $0
      )
    }
    await log.close()
  }

  private func isIndexed(_ shop: Demo, at base: String, _ client: HTTPClient) async throws -> Bool {
    let listed = try await client.send(
      HTTPRequest(
        url: "\(base)/v1/documents?limit=100", headers: [("Authorization", "Bearer \(shop.apiKey)")]))
    guard listed.status == 200, let documents = try JSONValue(parsing: listed.body)["items"]?.array else {
      throw ConfigurationError("the documents cannot be listed: status \(listed.status)")
    }
    let states = documents.map { $0["state"]?.string ?? "" }
    guard !states.contains("failed") else { throw ConfigurationError("a document cannot be indexed") }
    return !states.isEmpty && states.allSatisfy { $0 == "indexed" }
  }

  /// One visitor with one question.
  private func ask(
    _ number: Int, of chat: String, _ relay: BenchTokenRelay, _ client: HTTPClient, _ measured: Measured
  ) async throws {
    let made = try await client.send(
      HTTPRequest(method: "POST", url: "\(chat)/session", headers: [("Content-Type", "application/json")]))
    guard let visitor = try JSONValue(parsing: made.body)["visitor"]?.string else {
      throw ConfigurationError("no session was made: status \(made.status)")
    }
    let authorization = ("Authorization", "Bearer \(visitor)")
    let text = "Question \(number): what is your return policy, in one short sentence?"
    let body = #"{"id":"\#(UUID().uuidString.lowercased())","text":"\#(text)"}"#
    let stream = HTTPRequest(url: "\(chat)/stream", headers: [authorization], timeout: .seconds(120))
    let begun = try await client.stream(stream) { head, chunks in
      guard head.status == 200 else { throw ConfigurationError("no stream: status \(head.status)") }
      // The stream is open: now the visitor asks.
      relay.expect()
      let asked = ContinuousClock.now
      let posted = try await client.send(
        HTTPRequest(
          method: "POST", url: "\(chat)/messages",
          headers: [authorization, ("Content-Type", "application/json")], body: Array(body.utf8)))
      guard posted.status == 202 else { throw ConfigurationError("not taken: status \(posted.status)") }
      var received: [UInt8] = []
      var whole: ContinuousClock.Instant?
      for try await chunk in chunks {
        received += chunk
        if received.firstRange(of: Array("event: delta".utf8)) != nil { return asked }
        // A hint may come just behind the whole; later comes but the heartbeat.
        if received.firstRange(of: Array(#""direction":"outbound""#.utf8)) != nil {
          whole = whole ?? .now
        }
        if let whole, ContinuousClock.now - whole > .seconds(2) {
          throw ConfigurationError(
            "the answer came whole: the model cited nothing, so nothing was shown before")
        }
      }
      throw ConfigurationError("the stream ended without a token")
    }
    let shown = ContinuousClock.now
    guard let times = relay.times else {
      throw ConfigurationError("the model was not asked through the relay")
    }
    measured.delays.record(shown - times.firstToken)
    measured.model.record(times.firstToken - times.asked)
    measured.whole.record(shown - begun)
    // Until the model has written on, the next question would wait for it.
    try await relay.ended()
  }
}
