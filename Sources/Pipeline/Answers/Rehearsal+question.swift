import Contracts
import Foundation
import JSON
import Models
import Understanding

extension Rehearsal {
  /// What is asked, and all that the stage would know then.
  package struct Question: Sendable {
    /// One of the messages that are answered.
    package struct Asked: Sendable {
      package var text: String
      package var classification: MessageClassified.Facts?

      package init(text: String, classification: MessageClassified.Facts? = nil) {
        self.text = text
        self.classification = classification
      }

      /// A message that nobody wrote yet, as it would be classified.
      /// - Parameter modelRevision: of the examples behind its intent; nil without a model.
      package init(text: String, as classification: Classification, modelRevision: Int?) {
        self.init(
          text: text,
          classification: MessageClassified.Facts(
            conversation: ConversationID(UUID()), message: MessageID(UUID()),
            connection: ConnectionID(UUID()),
            channel: .webchat, .init(result: classification, modelRevision: modelRevision),
            known: KnownOffsets(agents: .zero, tenants: .zero)))
      }
    }

    /// What rules of escalation may have counted before, since a person last had the conversation.
    package enum Occasion: Sendable {
      case asked(Asked, labels: [String])
      case noAnswer(MessageClassified.Facts?, labels: [String])
      case modelFailed(MessageClassified.Facts?, labels: [String])
    }

    package var conversation: ConversationID
    /// When it was answered: what rules of opening hours go by.
    package var at: Date
    package var asked: [Asked]
    /// Of what `summary` stands for, the last: no prompt shows it, but it tells in which language the contact writes.
    package var before: [ChatMessage]
    /// Oldest first; what is asked stands at their end.
    package var turns: [ChatMessage]
    /// What was said before `turns`.
    package var summary: String?
    /// Best first.
    package var passages: [Passage]
    /// Whether the tenant has documents; nil: not known, but for the passages.
    package var hasDocuments: Bool?
    package var labels: [String]
    package var earlier: [Occasion]
    /// When the contact was last told that nobody is there.
    package var toldClosedAt: Date?

    package init(
      conversation: ConversationID = ConversationID(UUID()), at: Date, asked: [Asked],
      before: [ChatMessage] = [], turns: [ChatMessage], summary: String? = nil, passages: [Passage],
      hasDocuments: Bool? = nil, labels: [String] = [],
      earlier: [Occasion] = [],
      toldClosedAt: Date? = nil
    ) {
      self.conversation = conversation
      self.at = at
      self.asked = asked
      self.before = before
      self.turns = turns
      self.summary = summary
      self.passages = passages
      self.hasDocuments = hasDocuments
      self.labels = labels
      self.earlier = earlier
      self.toldClosedAt = toldClosedAt
    }
  }
}

extension Rehearsal.Question {
  /// Whether nobody comes for these, whatever becomes of them: they are no occasion for a rule about having no answer.
  package static func isSmallTalk(_ asked: [Asked]) -> Bool { Grounding.isSmallTalk(asked.map(\.text)) }

  /// The event that is answered. What it holds is given to the decision beside it; that it is old ends all patience.
  func record(_ tenant: TenantID) -> Record {
    Record(
      position: Position(.conversations, Partition(0), .zero),
      event: Event(
        id: EventID(UUID()), type: ContextRetrieved.type, topic: .conversations, key: StreamID(conversation),
        tenant: tenant, time: .distantPast, source: "/rehearsal", value: []))
  }

  /// What the stage would have folded, and what it would read for its decision.
  func stand(for agent: KnownAgent, under key: SealingKey) throws -> (GenerateState, GenerateWorkspace) {
    func sealed(_ text: String) throws -> String {
      String(
        decoding: try JWE.seal(JSON.encode(ReplyGenerated.Private(text: text)), with: key), as: UTF8.self)
    }
    let found = ContextRetrieved.Private(
      query: "", passages: passages.map { .init(title: $0.title, text: $0.text) })
    var state = GenerateState()
    state.context = GenerateState.Context(
      conversation: conversation, connection: nil, agent: agent.id, indexVersion: 0,
      passages: passages.map {
        PassageFacts(document: DocumentID(UUID()), chunk: ChunkID(UUID()), score: $0.score)
      }, sealed: String(decoding: try JWE.seal(JSON.encode(found), with: key), as: UTF8.self),
      hasDocuments: hasDocuments)
    for message in asked {
      let id = message.classification?.message ?? MessageID(UUID())
      state.pending.append(.init(message: id, receivedAt: .distantPast, sealed: try sealed(message.text)))
      if let facts = message.classification { state.remember(ClassifiedMessage(facts)) }
    }
    state.turns = before.count + turns.count
    state.summarised = summary == nil && before.isEmpty ? nil : before.count
    state.labels = labels
    state.escalations = counts(by: agent)
    if let told = toldClosedAt, let hours = agent.definition?.hours.flatMap({ OpeningTimes($0) }) {
      state.toldClosedUntil = hours.opens(after: told)
    }
    var history: [GenerateWorkspace.Turn] = []
    if let summary {
      history.append(.init(conversation: conversation, role: .summary, sealed: try sealed(summary)))
    }
    for (index, turn) in (before + turns).enumerated() {
      history.append(
        .init(
          conversation: conversation, role: turn.role == .user ? .user : .assistant,
          sealed: try sealed(turn.content), ordinal: index + 1))
    }
    return (state, GenerateWorkspace(history, of: conversation, sealedWith: key, now: at))
  }

  /// How often each of the agent's rules would have held before. Where one would have given the conversation away, the
  /// counts begin anew, as they do then.
  private func counts(by agent: KnownAgent) -> [String: Int]? {
    let escalation = Escalation(rules: agent.definition?.escalation ?? [])
    var counts: [String: Int] = [:]
    for occasion in earlier {
      let rule =
        switch occasion {
        case .asked(let asked, let labels):
          escalation.rule(
            .message,
            .init(text: asked.text, classification: asked.classification.map { .init($0) }, labels: labels),
            counts: &counts)
        case .noAnswer(let facts, let labels):
          escalation.rule(
            .noAnswer, .init(text: "", classification: facts.map { .init($0) }, labels: labels),
            counts: &counts)
        case .modelFailed(let facts, let labels):
          escalation.rule(
            .modelFailed, .init(text: "", classification: facts.map { .init($0) }, labels: labels),
            counts: &counts)
        }
      if rule != nil { counts = [:] }
    }
    return counts.isEmpty ? nil : counts
  }
}
