import Contracts
import EventLog
import Foundation
import JSON
import Models
import Pipeline

/// A conversation as it was at a moment: what each message said then, what had happened, and what each answer was
/// made from.
package struct Timeline: Sendable, Encodable {
  package struct Message: Sendable, Encodable {
    package let id: String
    /// `inbound`, `outbound`.
    package let direction: String
    /// `contact`, `agent`, `person`.
    package let by: String
    package internal(set) var text: String?
    /// `received`; of those that go out how far they had come: `generated`, `sent`, `delivered`, `read`, `failed`,
    /// `uncertain`.
    package internal(set) var status: String
    package let at: Date
    package internal(set) var edits = 0
    package internal(set) var isDeleted = false
    /// What it says was sealed, and the key is gone.
    package internal(set) var isErased: Bool

    enum CodingKeys: String, CodingKey {
      case id, direction, by, text, status, at, edits
      case isDeleted = "deleted"
      case isErased = "erased"
    }
  }

  package struct Entry: Sendable, Encodable {
    package let event: EventID
    package let type: String
    package let at: Date
    package let source: String
    /// `topic/partition@offset`.
    package let position: String
    package let facts: JSONValue?
    /// What was sealed; nil when nothing was, or its key is gone.
    package let `private`: JSONValue?
    /// Something was sealed, and its key is gone.
    package let isErased: Bool

    enum CodingKeys: String, CodingKey {
      case event, type, at, source, position, facts, `private`
      case isErased = "erased"
    }
  }

  package struct Passage: Sendable, Encodable {
    package let document: DocumentID
    package let chunk: ChunkID
    package let score: Double
    /// Nil when it was shown to someone who was erased since: it is sealed with what was asked.
    package let title: String?
    package let text: String?
  }

  package struct Turn: Sendable, Encodable {
    package struct Call: Sendable, Encodable, Equatable {
      package let tool: String
      package let arguments: String
    }

    package let role: String
    package let text: String
    /// The tools that the model called with it.
    package let calls: [Call]?

    init(_ message: ChatMessage) {
      role = message.role.rawValue
      text = message.content
      calls = message.toolCalls?.map { Call(tool: $0.name, arguments: $0.arguments) }
    }
  }

  /// Who knew what.
  package struct Answer: Sendable, Encodable {
    package let event: EventID
    package let reply: MessageID?
    package let at: Date
    package let answers: [MessageID]
    package let agent: AgentID
    package let agentName: String?
    package let agentVersion: Int
    /// What that version says; nil when it is not in the log.
    package let definition: AgentDefinition?
    package let kind: String
    package let model: String?
    package let promptTokens: Int?
    package let completionTokens: Int?
    package let milliseconds: Double?
    package let costMicros: Int64?
    package let currency: String?
    /// The next offset of `documents` that the index had folded.
    package let indexVersion: Int64
    /// Which index the passages were looked for in, counted from 1; nil: not known.
    package let index: Int?
    package let passages: [Passage]
    package let citations: [Int]
    /// What the model was last asked, with what it had called and was told by then, assembled again; nil when none was,
    /// or the contact's key is gone.
    package let prompt: [Turn]?
    /// Whether that is what it was asked: `RecalledPrompt`.
    package let isPromptExact: Bool?
    /// What had been said until then.
    package let summary: String?
    package let turns: [Turn]
    package let tools: [RecordedCall]
    package let text: String?
    package let isHandedOver: Bool
    /// Whom it answered was erased since: what was asked, found and said is gone.
    package let isErased: Bool
    package let known: KnownOffsets

    enum CodingKeys: String, CodingKey {
      case event, reply, at, answers, agent
      case agentName = "agent_name"
      case agentVersion = "agent_version"
      case definition, kind, model
      case promptTokens = "prompt_tokens"
      case completionTokens = "completion_tokens"
      case milliseconds
      case costMicros = "cost_micros"
      case currency
      case indexVersion = "index_version"
      case index, passages, citations, prompt
      case isPromptExact = "prompt_exact"
      case summary, turns, tools, text
      case isHandedOver = "handed_over"
      case isErased = "erased"
      case known
    }
  }

  package let conversation: ConversationID
  package let tenant: TenantID
  /// The moment; nil for now.
  package let at: Date?
  /// `open`, `handed-over`, `resolved`.
  package let state: String
  package let messages: [Message]
  package let answers: [Answer]
  package private(set) var events: [Entry] = []

  /// - Parameters:
  ///   - records: of the conversation, all of them, in order.
  ///   - opened: their private parts by event, as far as keys exist.
  ///   - keys: those that exist of the contacts who were answered.
  package init(
    _ records: [Record], opened: [EventID: JSONValue], keys: [KeyID: SealingKey], agents: AgentVersions,
    conversation: ConversationID, at moment: Date?
  ) throws {
    // A moment is a whole millisecond, as times are shown: who gives one back that was shown sees what came at it.
    let then = records.filter { record in
      moment.map { record.event.time.timeIntervalSince($0) < 0.001 } ?? true
    }
    guard let first = then.first else {
      throw ReplayError(
        .unknown, "there is nothing of conversation \(conversation)\(moment == nil ? "" : " yet")")
    }
    self.conversation = conversation
    tenant = first.event.tenant
    at = moment
    var folds = (answers: ConversationFold(), messages: TimelineMessages())
    for record in then {
      let (event, content) = (record.event, opened[record.event.id])
      let value = try JSONValue(parsing: event.value, maximumDepth: JSON.maximumDepth)
      let isErased = content == nil && value["private"] != nil
      try folds.answers.apply(event, opened: content)
      try folds.messages.apply(event, value["facts"], content, isErased: isErased)
      events.append(
        Entry(
          event: event.id, type: event.type.rawValue, at: event.time, source: event.source,
          position: "\(record.position)", facts: value["facts"], private: content, isErased: isErased))
    }
    (state, messages) = (folds.messages.state, folds.messages.messages)
    let erased = Set(events.lazy.filter(\.isErased).map(\.event))
    answers = folds.answers.exchanges.map {
      Answer(
        $0, agents, prompt: $0.prompt(agents, keys), isErased: $0.isErased || erased.contains($0.event))
    }
  }
}

extension Timeline.Answer {
  init(_ exchange: Exchange, _ agents: AgentVersions, prompt: RecalledPrompt?, isErased: Bool) {
    let agent = agents.agents[exchange.agent]
    event = exchange.event
    reply = exchange.reply
    at = exchange.time
    answers = exchange.questions
    self.agent = exchange.agent
    agentName = agent?.name
    agentVersion = exchange.version
    definition = agent?.versions[exchange.version]
    kind = exchange.answer.kind
    model = exchange.answer.model
    promptTokens = exchange.answer.promptTokens
    completionTokens = exchange.answer.completionTokens
    milliseconds = exchange.answer.milliseconds
    costMicros = exchange.answer.costMicros
    currency = exchange.answer.currency
    indexVersion = exchange.indexVersion
    index = exchange.index
    passages = exchange.retrieved.enumerated().map { index, found in
      let shown = exchange.passages.indices.contains(index) ? exchange.passages[index] : nil
      return Timeline.Passage(
        document: found.document, chunk: found.chunk, score: found.score, title: shown?.title,
        text: shown?.text)
    }
    citations = exchange.answer.citations
    self.prompt = prompt?.messages.map(Timeline.Turn.init)
    isPromptExact = prompt?.isExact
    summary = exchange.summary
    turns = exchange.turns.map(Timeline.Turn.init)
    tools = exchange.tools
    text = exchange.answer.text
    isHandedOver = exchange.answer.isHandedOver
    self.isErased = isErased
    known = exchange.known
  }
}

extension Exchange {
  /// Nil when no model was asked, or what it was asked cannot be read any more.
  fileprivate func prompt(_ agents: AgentVersions, _ keys: [KeyID: SealingKey]) -> RecalledPrompt? {
    // Of before replies told it: an answer that was given again has the model of the first one.
    let wasAsked =
      answer.promptHMAC != nil || answer.model != nil && answer.kind != ReplyKind.cached.rawValue
    guard wasAsked, !turns.isEmpty, let key = key.flatMap({ keys[$0] }),
      let definition = agents.agents[agent]?.versions[version]
    else { return nil }
    // Where nothing was asked after the calls, the first prompt was the last.
    let last = answer.lastPromptHMAC
    return RecalledPrompt(
      of: definition, in: conversation, turns: turns, summary: summary, passages: passages,
      transcript: last == nil ? [] : transcript, languages: languages, contextTokens: answer.contextTokens,
      hmac: last ?? answer.promptHMAC, key: key)
  }
}
