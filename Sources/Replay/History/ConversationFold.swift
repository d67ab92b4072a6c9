import Contracts
import Foundation
import JSON
import Models
import Pipeline

/// Folds the events of one conversation, in order, into what was said and how each answer came about. Pure.
///
/// Events are read by their JSON rather than by their Swift types, so that what later versions of the engine add is
/// passed over and what they name alike is found.
package struct ConversationFold {
  private struct Turn {
    let role: ChatMessage.Role
    var text: String
    let message: String?
  }

  /// The part of the summary that stands for the first so many turns.
  private struct Summary {
    let turns: Int
    let text: String?
  }

  package private(set) var exchanges: [Exchange] = []
  private var turns: [Turn] = []
  private var summary: Summary?
  private var context: (facts: ContextRetrieved.Facts, opened: ContextRetrieved.Private?, key: KeyID?)?
  /// Called since the last answer.
  private var tools: [RecordedCall] = []
  private var transcript: (messages: [ChatMessage], turn: Int64) = ([], 0)
  private var classifications: [MessageID: MessageClassified.Facts] = [:]
  /// The latest first.
  private var languages: [String] = []
  private var labels: [String] = []
  /// Messages of several files that were sent one by one.
  private var albums: [String] = []
  private var earlier: [Rehearsal.Question.Occasion] = []
  private var toldClosedAt: Date?

  package init() {}

  /// - Parameter opened: the private part; nil when there is none or its key is gone.
  package mutating func apply(_ event: Event, opened: JSONValue?) throws {
    let value = try JSONValue(parsing: event.value, maximumDepth: JSON.maximumDepth)
    guard let facts = value["facts"] else { return }
    let text = opened?["text"]?.string
    switch event.type {
    case MessageReceived.type:
      noteAlbum(facts)
      if let text, !text.isEmpty { say(.user, text, facts["message"]?.string) }
    case MessageEdited.type:
      guard let message = facts["message"]?.string else { return }
      // Of one file of an album, join says what all of them say now.
      if text?.isEmpty ?? true, albums.contains(message), !event.isJoined { return }
      if let index = turns.firstIndex(where: { $0.message == message }) {
        if let text, !text.isEmpty { turns[index].text = text } else { turns.remove(at: index) }
      }
    case MessageDeleted.type:
      let gone = try MessageDeleted.read(event).facts
      let message = "\(MessageID(providerHMAC: gone.providerHMAC, in: event.tenant))"
      if !albums.contains(message) { turns.removeAll { $0.message == message } }
    case MessageEchoed.type, MessageComposed.type:
      noteAlbum(facts)
      if let text, !text.isEmpty { say(.assistant, text, facts["message"]?.string) }
    case "conversation.summarised":
      summary = Summary(turns: Int(facts["turns"]?.int ?? 0), text: text)
    case ContextRetrieved.type:
      context = (
        try ContextRetrieved.read(event).facts,
        try opened.map { try JSON.decode(ContextRetrieved.Private.self, from: $0.serialized()) },
        value["private"]?.string.flatMap { try? JWE.keyID(of: $0) }
      )
    case "tool.called":
      // Without what was said it answers nothing.
      guard let opened else { return }
      tools.append(
        RecordedCall(
          tool: facts["tool"]?.string ?? "", arguments: opened["arguments"]?.string ?? "",
          result: opened["result"]?.string ?? "", outcome: facts["outcome"]?.string ?? "",
          reason: facts["reason"]?.string, status: facts["status"]?.int.map { Int($0) }))
      // What was called for an answer that was given up was not shown again.
      if facts["ordinal"]?.int == 1 { transcript = ([], 0) }
      if let turn = facts["turn"]?.int { call(facts["tool"]?.string ?? "", in: turn, opened) }
    case MessageClassified.type:
      let classified = try MessageClassified.read(event).facts
      classifications[classified.message] = classified
      languages.removeAll { $0 == classified.language }
      languages.insert(classified.language, at: 0)
    case ConversationLabelled.type:
      // What was written before labels were sealed holds them among the facts.
      let said = value["private"] == nil ? facts["labels"] : opened?["labels"]
      labels = LabelBounds.kept(of: said?.array?.compactMap(\.string) ?? [])
    case ReplyGenerated.type:
      try answer(event, facts, text)
      // A greeting is no turn of its own, and neither is a template.
      if let text, !text.isEmpty, facts["kind"]?.string != ReplyKind.greeting.rawValue {
        say(.assistant, text, nil)
      }
    case ReplyFailed.type: try answer(event, facts, nil)
    case ConversationHandedOver.type:
      settle()
      guard event.source.hasPrefix("/stages/generate"), let last = exchanges.indices.last else { return }
      exchanges[last].answer.handOver = facts["reason"]?.string ?? ""
    case ConversationResolved.type:
      settle()
      guard event.source.hasPrefix("/stages/generate"), let last = exchanges.indices.last else { return }
      exchanges[last].answer.isResolved = true
    default: break
    }
  }

  /// As generate remembers them.
  private mutating func noteAlbum(_ facts: JSONValue) {
    guard facts["album"] != nil, let message = facts["message"]?.string else { return }
    albums = (albums + [message]).suffix(GenerateState.maximumAlbums)
  }

  private mutating func say(_ role: ChatMessage.Role, _ text: String, _ message: String?) {
    turns.append(Turn(role: role, text: text, message: message))
  }

  private mutating func call(_ tool: String, in turn: Int64, _ opened: JSONValue) {
    if turn != transcript.turn {
      transcript.messages.append(
        ChatMessage(role: .assistant, content: opened["said"]?.string ?? "", toolCalls: []))
      transcript.turn = turn
    }
    let id = opened["call_id"]?.string ?? ""
    if let index = transcript.messages.lastIndex(where: { $0.role == .assistant }) {
      transcript.messages[index].toolCalls?.append(
        ToolCall(id: id, name: tool, arguments: opened["arguments"]?.string ?? ""))
    }
    transcript.messages.append(
      ChatMessage(role: .tool, content: opened["result"]?.string ?? "", toolCallID: id))
  }

  /// A person has it, or nobody needs to: what led there counts no more.
  private mutating func settle() {
    earlier = []
    toldClosedAt = nil
  }

  private mutating func answer(_ event: Event, _ facts: JSONValue, _ text: String?) throws {
    guard let agent = facts["agent"]?.string.flatMap({ AgentID($0) }) else { return }
    let answer = Exchange.Answer(facts, event.type, text)
    let questions = facts["answers"]?.array?.compactMap { $0.string.flatMap { MessageID($0) } } ?? []
    let asked = questions.compactMap { id in
      turns.last { $0.message == "\(id)" }.map {
        Rehearsal.Question.Asked(text: $0.text, classification: classifications[id])
      }
    }
    let passages = context?.opened?.passages ?? []
    // What came while the model wrote, it did not know.
    let last = turns.lastIndex { turn in questions.contains { "\($0)" == turn.message } }
    let until = turns.prefix(last.map { $0 + 1 } ?? turns.count)
    let said = until.dropFirst(min(summary?.turns ?? 0, max(0, until.count - 1)))
    exchanges.append(
      Exchange(
        conversation: ConversationID(event.key.rawValue) ?? ConversationID(UUID()), tenant: event.tenant,
        event: event.id, time: event.time, agent: agent, version: Int(facts["agent_version"]?.int ?? 0),
        reply: facts["message"]?.string.flatMap { MessageID($0) }, questions: questions, asked: asked,
        isErased: context?.opened == nil && context != nil,
        before: until.dropLast(said.count).suffix(max(0, GenerateWorkspace.turnsInPrompt - said.count)).map {
          ChatMessage(role: $0.role, content: $0.text)
        }, turns: said.map { ChatMessage(role: $0.role, content: $0.text) }, summary: summary?.text,
        languages: languages, labels: labels, earlier: earlier, toldClosedAt: toldClosedAt,
        query: context?.opened?.query ?? "",
        key: context?.key,
        passages: zip(passages, context?.facts.passages ?? []).map {
          Passage(title: $0.title, text: $0.text, score: $1.score)
        },
        retrieved: context?.facts.passages ?? [],
        indexVersion: facts["index_version"]?.int ?? context?.facts.indexVersion ?? 0,
        index: context?.facts.index,
        hasDocuments: context?.facts.hasDocuments,
        known: KnownOffsets(
          agents: Offset(facts["known"]?["agents"]?.int ?? 0),
          tenants: Offset(facts["known"]?["tenants"]?.int ?? 0)),
        tools: tools, transcript: transcript.messages, answer: answer))
    tools = []
    transcript = ([], 0)
    count(answer, asked, isFailure: Self.isFailure(answer, facts))
    if answer.kind == ReplyKind.outsideHours.rawValue { toldClosedAt = event.time }
  }

  /// Whether every model failed: nothing was said, or the agent's words for that (`texts.failure`), which are told as a fallback.
  /// No model that failed is named where none was asked, and what one said is named as withheld where it was not good enough.
  private static func isFailure(_ answer: Exchange.Answer, _ facts: JSONValue) -> Bool {
    answer.kind == Exchange.Answer.failed
      || answer.kind == ReplyKind.fallback.rawValue && answer.withheld == nil
        && facts["tried"]?.array?.isEmpty == false
  }

  /// What later rules of escalation count.
  private mutating func count(
    _ answer: Exchange.Answer, _ asked: [Rehearsal.Question.Asked], isFailure: Bool
  ) {
    earlier += asked.map { .asked($0, labels: labels) }
    if isFailure {
      earlier.append(.modelFailed(asked.last?.classification, labels: labels))
    } else if answer.kind == ReplyKind.fallback.rawValue {
      guard !Rehearsal.Question.isSmallTalk(asked) else { return }
      earlier.append(.noAnswer(asked.last?.classification, labels: labels))
    }
  }
}

extension Exchange.Answer {
  /// The kind of an answer that every model failed to give.
  static let failed = "failed"

  fileprivate init(_ facts: JSONValue, _ type: EventType, _ text: String?) {
    kind = type == ReplyFailed.type ? Self.failed : facts["kind"]?.string ?? "model"
    self.text = text
    model = facts["model"]?.string
    promptTokens = facts["prompt_tokens"]?.int.map { Int($0) }
    completionTokens = facts["completion_tokens"]?.int.map { Int($0) }
    milliseconds = facts["milliseconds"]?.double
    costMicros = facts["cost_micros"]?.int
    currency = facts["currency"]?.string
    citations =
      facts["citations"]?.array?.compactMap { $0.int.map { Int($0) } } ?? Citations.marks(in: text ?? "")
    rule = facts["rule"]?.string
    withheld = facts["withheld"]?.string
    promptHMAC = facts["prompt_hmac"]?.string
    contextTokens = facts["context_tokens"]?.int.map { Int($0) }
    lastPromptHMAC = facts["last_prompt_hmac"]?.string
  }
}
