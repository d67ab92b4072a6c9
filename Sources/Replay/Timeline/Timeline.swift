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
    package internal(set) var status: String
    package let at: Date
    package internal(set) var edits = 0
    package internal(set) var isDeleted = false

    enum CodingKeys: String, CodingKey {
      case id, direction, by, text, status, at, edits
      case isDeleted = "deleted"
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
  }

  package struct Passage: Sendable, Encodable {
    package let document: DocumentID?
    package let title: String
    package let text: String
    package let score: Double
  }

  package struct Turn: Sendable, Encodable {
    package let role: String
    package let text: String
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
    package let indexVersion: Int64
    package let passages: [Passage]
    package let citations: [Int]
    /// What had been said, as the model was shown it: the part of the prompt beside instructions and passages.
    package let summary: String?
    package let turns: [Turn]
    package let tools: [RecordedCall]
    package let text: String?
    package let isHandedOver: Bool
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
      case passages, citations, summary, turns, tools, text
      case isHandedOver = "handed_over"
      case known
    }
  }

  package let conversation: ConversationID
  package let tenant: TenantID
  /// The moment; nil for now.
  package let at: Date?
  /// `open`, `handed-over`, `resolved`.
  package internal(set) var state = "open"
  package internal(set) var messages: [Message] = []
  package internal(set) var answers: [Answer] = []
  package internal(set) var events: [Entry] = []

  /// - Parameters:
  ///   - records: of the conversation, all of them, in order.
  ///   - opened: their private parts by event, as far as keys exist.
  package init(
    _ records: [Record], opened: [EventID: JSONValue], agents: AgentVersions, conversation: ConversationID,
    at moment: Date?
  ) throws {
    let then = records.filter { record in moment.map { record.event.time <= $0 } ?? true }
    guard let first = then.first else {
      throw ReplayError(
        .unknown, "there is nothing of conversation \(conversation)\(moment == nil ? "" : " yet")")
    }
    self.conversation = conversation
    tenant = first.event.tenant
    at = moment
    var fold = ConversationFold()
    for record in then {
      let event = record.event
      try fold.apply(event, opened: opened[event.id])
      try apply(event, opened[event.id])
      events.append(
        Entry(
          event: event.id, type: event.type.rawValue, at: event.time, source: event.source,
          position: "\(record.position)",
          facts: try JSONValue(parsing: event.value, maximumDepth: JSON.maximumDepth)["facts"],
          private: opened[event.id]))
    }
    answers = fold.exchanges.map { Answer($0, agents) }
  }

  private mutating func apply(_ event: Event, _ opened: JSONValue?) throws {
    let id = try JSONValue(parsing: event.value, maximumDepth: JSON.maximumDepth)["facts"]?["message"]?.string
    func index(_ id: String?) -> Int? { id.flatMap { id in messages.lastIndex { $0.id == id } } }
    switch event.type {
    case MessageReceived.type:
      add(id, "inbound", by: "contact", opened, "received", event)
    case ReplyGenerated.type: add(id, "outbound", by: "agent", opened, "generated", event)
    case MessageComposed.type: add(id, "outbound", by: "person", opened, "generated", event)
    case MessageEchoed.type: add(id, "outbound", by: "person", opened, "sent", event)
    case MessageEdited.type:
      guard let index = index(id) else { return }
      messages[index].text = opened?["text"]?.string
      messages[index].edits += 1
    case MessageDeleted.type:
      let gone = try MessageDeleted.read(event).facts.providerHMAC
      if let index = index("\(MessageID(UUID.version5(of: gone, in: event.tenant.uuid)))") {
        messages[index].isDeleted = true
      }
    case DeliverySucceeded.type: if let index = index(id) { messages[index].status = "sent" }
    case DeliveryFailed.type: if let index = index(id) { messages[index].status = "failed" }
    case DeliveryUncertain.type: if let index = index(id) { messages[index].status = "uncertain" }
    case ConversationHandedOver.type: state = "handed-over"
    case ConversationReleased.type, ConversationReopened.type: state = "open"
    case ConversationResolved.type: state = "resolved"
    default: break
    }
  }

  private mutating func add(
    _ id: String?, _ direction: String, by: String, _ opened: JSONValue?, _ status: String, _ event: Event
  ) {
    messages.append(
      Message(
        id: id ?? event.id.description, direction: direction, by: by, text: opened?["text"]?.string,
        status: status, at: event.time))
  }
}

extension Timeline.Answer {
  init(_ exchange: Exchange, _ agents: AgentVersions) {
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
    passages = exchange.passages.enumerated().map { index, passage in
      Timeline.Passage(
        document: exchange.documents.indices.contains(index) ? exchange.documents[index] : nil,
        title: passage.title, text: passage.text, score: passage.score)
    }
    citations = exchange.answer.citations
    summary = exchange.summary
    turns = exchange.turns.map { Timeline.Turn(role: $0.role.rawValue, text: $0.content) }
    tools = exchange.tools
    text = exchange.answer.text
    isHandedOver = exchange.answer.isHandedOver
    known = exchange.known
  }
}
