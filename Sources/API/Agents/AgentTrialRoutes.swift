import Contracts
import Foundation
import Hummingbird
import JSON
import Keyring
import Knowledge
import Models
import Pipeline
import Postgres
import Synchronization
import Understanding

/// Trying an agent out: the answer that it would give, with nothing coming of it.
struct AgentTrialRoutes: APIRoutes {
  /// How many trials of one tenant run at once: each may ask a model several times.
  static let maximumRunning = 4

  let parts: RouteParts
  private let running = Running()

  var routes: [Route] { [door.route(.post, "/v1/agents/{id}/try", attempt)] }

  private func attempt(_ request: Request, _ context: APIContext, _ caller: Caller) async throws -> Response {
    let id = try context.id("id", of: "agent", as: AgentID.self)
    let body = try await bytes.read(request, atMost: 1 << 20)
    _ = try RequestMediaType.of(request, among: ["application/json"])
    let input = try JSONBody.decode(TrialInput.self, from: body)
    guard let known = try await dependencies.directory.catchUp().agents[id], known.tenant == caller.tenant
    else {
      throw Problem.notFound("agent")
    }
    let definition = try await definition(input, known, caller)
    let turns = try input.turns()
    let question = turns.reversed().prefix { $0.role == .user }.reversed().map(\.content).joined(
      separator: "\n")
    guard running.begin(caller.tenant) else {
      throw Problem(.overloaded, "\(Self.maximumRunning) trials run already; try again later")
    }
    defer { running.end(caller.tenant) }
    let found = try await passages(question, definition, caller)
    let matches = found.matches
    let rehearsal = Rehearsal(
      agent: id, tenant: caller.tenant, definition: definition, models: dependencies.models,
      model: dependencies.chat, retries: false)
    // As messages are before an agent sees them: rules go by what they want and how their writers feel.
    let intents = try await parts.understanding.model(of: caller.tenant)
    func understood(_ turn: Models.ChatMessage) -> Rehearsal.Question.Asked {
      Rehearsal.Question.Asked(
        text: turn.content, as: Classification(of: turn.content, with: intents?.model),
        modelRevision: intents?.revision)
    }
    let asked = turns.reversed().prefix { $0.role == .user }.reversed().map(understood)
    let labels = input.labels ?? []
    let result = try await rehearsal.answer(
      Rehearsal.Question(
        at: Date(), asked: asked, turns: turns,
        passages: matches.map { Passage(title: $0.source, text: $0.text, score: $0.score) },
        hasDocuments: found.hasDocuments,
        labels: labels,
        earlier: turns.dropLast(asked.count).filter { $0.role == .user }
          .map { .asked(understood($0), labels: labels) }),
      recorded: RecordedTools(
        (input.toolResults ?? []).map { RecordedCall(tool: $0.tool, arguments: nil, result: $0.result) }))
    return try .json(TrialOutput(result, matches))
  }

  private func definition(
    _ input: TrialInput, _ known: KnownAgent, _ caller: Caller
  ) async throws -> AgentDefinition {
    if let candidate = input.definition {
      let definition = try candidate.definition(after: known.definition)
      try AgentCheck(models: dependencies.models, hosts: dependencies.toolHosts).check(
        definition,
        secrets: candidate.secrets.map { AgentSecrets(secrets: $0) } ?? known.draft?.secrets ?? known.secrets)
      return definition
    }
    if let version = input.version {
      return try await AgentReads(dependencies, door).definition(of: known.id, version, caller)
    }
    guard let definition = known.draft?.definition ?? known.definition else {
      throw Problem.notFound("version")
    }
    return definition
  }

  private func passages(
    _ question: String, _ definition: AgentDefinition, _ caller: Caller
  ) async throws -> FoundPassages {
    let isKnown = try await dependencies.pool.withTransaction {
      try KnowledgeIndex.hasLanguage(definition.language, in: $0)
    }
    guard isKnown else {
      throw Problem(
        .invalidContent, "$.language: the database has no text search configuration of that name")
    }
    return try await dependencies.finder.find(
      KnowledgeIndex.Question(
        tenant: caller.tenant, language: definition.language, text: question,
        filter: definition.filter, limit: definition.passages))
  }

  private final class Running: Sendable {
    private let counts = Mutex<[TenantID: Int]>([:])

    func begin(_ tenant: TenantID) -> Bool {
      counts.withLock { counts in
        guard counts[tenant, default: 0] < AgentTrialRoutes.maximumRunning else { return false }
        counts[tenant, default: 0] += 1
        return true
      }
    }

    func end(_ tenant: TenantID) {
      counts.withLock { counts in
        let left = counts[tenant, default: 1] - 1
        counts[tenant] = left > 0 ? left : nil
      }
    }
  }
}

/// What is to be answered, and by what.
private struct TrialInput: Decodable {
  struct Turn: Decodable {
    let role: Models.ChatMessage.Role
    let text: String
  }
  struct ToolResult: Decodable {
    let tool: String
    let result: String
  }
  let text: String?
  let messages: [Turn]?
  let version: Int?
  let definition: AgentInput?
  let labels: [String]?
  let toolResults: [ToolResult]?

  enum CodingKeys: String, CodingKey {
    case text, messages, version, definition, labels
    case toolResults = "tool_results"
  }

  func turns() throws(Problem) -> [Models.ChatMessage] {
    let turns = messages ?? text.map { [Turn(role: .user, text: $0)] } ?? []
    guard (1...100).contains(turns.count), turns.last?.role == .user else {
      throw Problem(
        .invalidContent, "text or messages, 1 to 100 of them and the last by the user, are needed")
    }
    for turn in turns {
      guard turn.role == .user || turn.role == .assistant else {
        throw Problem(.invalidContent, "$.messages: a role is user or assistant")
      }
      try CommandBounds.check(turn.text, "$.messages.text", atMost: CommandBounds.message)
    }
    return turns.map { Models.ChatMessage(role: $0.role, content: $0.text) }
  }
}

private struct TrialOutput: Encodable {
  struct Found: Encodable {
    let document: DocumentID
    let title: String
    let score: Double
  }
  struct Call: Encodable {
    let tool: String
    let arguments: String
    let result: String?
  }
  /// As of a reply; `failed` when no model answered and the documents say nothing either.
  let kind: String
  let text: String
  let model: String?
  let tried: [TriedModel]
  let promptTokens: Int?
  let completionTokens: Int?
  let costMicros: Int64?
  let currency: String?
  let milliseconds: Double
  let citations: [Int]
  let citationsRemoved: Int
  let passages: [Found]
  let toolCalls: [Call]
  /// Why what the model wrote would not be said.
  let withheld: String?
  let handover: String?
  let rule: String?

  enum CodingKeys: String, CodingKey {
    case kind, text, model, tried
    case promptTokens = "prompt_tokens"
    case completionTokens = "completion_tokens"
    case costMicros = "cost_micros"
    case currency, milliseconds, citations
    case citationsRemoved = "citations_removed"
    case passages
    case toolCalls = "tool_calls"
    case withheld, handover, rule
  }

  init(_ answer: RehearsedAnswer, _ matches: [KnowledgeIndex.Match]) {
    kind = answer.kind?.rawValue ?? "failed"
    text = answer.text
    model = answer.model
    tried = answer.tried
    promptTokens = answer.promptTokens
    completionTokens = answer.completionTokens
    costMicros = answer.costMicros
    currency = answer.currency
    milliseconds = answer.milliseconds
    citations = answer.citations
    citationsRemoved = answer.citationsRemoved
    passages = matches.map { Found(document: $0.document, title: $0.source, score: $0.score) }
    toolCalls =
      answer.calls.map { Call(tool: $0.tool, arguments: $0.arguments ?? "", result: $0.result) }
      + (answer.unrecorded.map { [Call(tool: $0.name, arguments: $0.arguments, result: nil)] } ?? [])
    withheld = answer.withheld
    handover = answer.handOver
    rule = answer.rule
  }
}
