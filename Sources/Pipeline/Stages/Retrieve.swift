import Contracts
import Foundation
import Keyring
import Knowledge
import Postgres

/// Classifies a message and finds what the tenant's documents say about it, and again when it was edited. What it wants and how
/// its writer feels stands before what was found, so that who decides on both knows it.
package struct Retrieve: Stage {
  package typealias State = NoState
  package typealias Effect = EmbedQuestion
  package typealias Outcome = EmbeddedQuestion

  package let name = StageName("retrieve")
  package let topic = Topic.conversations
  package let types: Set<EventType> = [MessageReceived.type, MessageEdited.type]
  package let effects = EffectPolicy.repeatable

  private let classifier: MessageClassifier
  /// What embeds questions; nil: they are searched for by their words alone.
  private let embedding: EmbeddingModel?

  package init(classifier: MessageClassifier = MessageClassifier(), embedding: EmbeddingModel? = nil) {
    self.classifier = classifier
    self.embedding = embedding
  }

  package func initialState() -> NoState { NoState() }

  package struct Workspace: Sendable {
    var found: [EventID: Result<Found, any Error>] = [:]
    /// What must be embedded before it is searched for.
    var questions: [EventID: EmbedQuestion] = [:]
  }

  struct Found: Sendable {
    let message: MessageReceived.Facts
    let text: String
    let key: SealingKey
    let agent: KnownAgent?
    let classified: MessageClassifier.Classified
    var matches: [KnowledgeIndex.Match] = []
    var indexVersion: Int64 = 0
    var index: Int?
    var milliseconds = 0.0
  }

  package func load(
    _ turns: [StageTurn<EmbeddedQuestion>], _ context: StageContext, in transaction: Transaction
  ) throws -> Workspace {
    let inputs = turns.flatMap(\.inputs)
    let values = inputs.map { record in Result { try Asked(record.event) } }
    let keys = try context.keyring.keys(
      Set(values.compactMap { try? $0.get().keyID }), on: transaction.connection)
    let classifier = try classifier.batch(Set(inputs.map(\.event.tenant)), context, in: transaction)
    var asked: [(id: EventID, found: Found)] = []
    var workspace = Workspace()
    for (record, value) in zip(inputs, values) {
      do {
        if let found = try open(value.get(), keys, record.event.tenant, classifier, context) {
          asked.append((record.event.id, found))
        }
      } catch { workspace.found[record.event.id] = .failure(error) }
    }
    let live = try IndexVersions.live(in: transaction)
    let version = try indexVersion(in: transaction)
    let vectors = vectors(turns)
    var searched = asked.indices.filter { asked[$0].found.agent != nil && live != nil }
    if let embedding, let live, live.model == embedding.name {
      searched.removeAll { index in
        let item = asked[index]
        guard vectors[item.id] == nil, let definition = item.found.agent?.definition,
          embedding.knows(definition.language)
        else { return false }
        workspace.questions[item.id] = EmbedQuestion(
          text: String(item.found.text.prefix(KnowledgeIndex.longestQuestion)))
        return true
      }
      asked.removeAll { workspace.questions[$0.id] != nil && $0.found.agent != nil }
      searched = asked.indices.filter { asked[$0].found.agent != nil }
    }
    let clock = ContinuousClock()
    let start = clock.now
    let questions = searched.compactMap { index in
      asked[index].found.agent?.definition.map { definition in
        KnowledgeIndex.Question(
          tenant: asked[index].found.agent?.tenant ?? inputs[0].event.tenant,
          language: definition.language, text: asked[index].found.text,
          vector: vectors[asked[index].id] ?? nil, filter: .init(bases: definition.knowledgeBases),
          limit: definition.passages)
      }
    }
    let matches = try live.map { try KnowledgeIndex.search(questions, version: $0, in: transaction) } ?? []
    let elapsed = (clock.now - start).seconds * 1_000
    for (index, matches) in zip(searched, matches) {
      asked[index].found.matches = matches
      asked[index].found.indexVersion = version
      asked[index].found.index = live?.number
      asked[index].found.milliseconds = elapsed
    }
    for item in asked { workspace.found[item.id] = .success(item.found) }
    return workspace
  }

  package func decide(
    _ turn: StageTurn<EmbeddedQuestion>, state: inout NoState, workspace: inout Workspace,
    _ context: StageContext
  ) throws -> Decision<EmbedQuestion> {
    var decision = Decision<EmbedQuestion>(consumed: 0)
    for record in turn.inputs {
      if let question = workspace.questions[record.event.id] {
        decision.wait = .effect(question)
        return decision
      }
      // What holds no text is for people to look at; nothing is searched for it.
      if let result = workspace.found[record.event.id] {
        do { decision.outputs += try events(for: result.get(), record, context) } catch {
          decision.wait = .parked(reason: "\(error)")
          return decision
        }
      }
      decision.consumed += 1
    }
    return decision
  }

  /// The vector is made again when it is needed again.
  package func ledgerForm(_ outcome: EmbeddedQuestion) -> EmbeddedQuestion { EmbeddedQuestion(vector: nil) }

  /// The vectors that are there, by their inputs; null where the embedding failed.
  private func vectors(_ turns: [StageTurn<EmbeddedQuestion>]) -> [EventID: [Float]?] {
    var vectors: [EventID: [Float]?] = [:]
    for turn in turns {
      if case .outcome(let outcome) = turn.result, let head = turn.inputs.first {
        vectors[head.event.id] = .some(outcome.vector)
      }
    }
    return vectors
  }

  private func open(
    _ value: Asked, _ keys: [KeyID: SealingKey], _ tenant: TenantID, _ classifier: MessageClassifier.Batch,
    _ context: StageContext
  ) throws -> Found? {
    // Without its key the message is gone, and with it the question.
    guard let kid = value.keyID, let key = keys[kid], let text = try value.text(key), !text.isEmpty else {
      return nil
    }
    let agent = context.directory.connections[value.facts.connection]?.agent
      .flatMap { context.directory.agents[$0] }
      .flatMap { $0.isArchived || $0.definition == nil ? nil : $0 }
    return Found(
      message: value.facts, text: text, key: key, agent: agent,
      classified: classifier.classify(text, of: tenant))
  }

  private func indexVersion(in transaction: Transaction) throws -> Int64 {
    try transaction.execute(
      "select coalesce(max(next_offset), 0) from stage.progress where stage = 'index' and partition = 0")[0]
      .int8(0)
  }

  private func events(for found: Found, _ record: Record, _ context: StageContext) throws -> [Event] {
    let classified = try record.makes(
      MessageClassified.self, by: name, key: record.event.key,
      facts: MessageClassified.Facts(found.message, found.classified, known: context.directory.known),
      at: context.now)
    return [classified, try retrieved(found, record, context)]
  }

  private func retrieved(_ found: Found, _ record: Record, _ context: StageContext) throws -> Event {
    try record.makes(
      ContextRetrieved.self, by: name, key: record.event.key,
      facts: ContextRetrieved.Facts(
        conversation: found.message.conversation, message: found.message.message,
        connection: found.message.connection, agent: found.agent?.id, agentVersion: found.agent?.version,
        indexVersion: found.indexVersion, index: found.index,
        passages: found.matches.map {
          PassageFacts(document: $0.document, chunk: $0.chunk, score: $0.score)
        }, milliseconds: found.milliseconds, known: context.directory.known),
      private: ContextRetrieved.Private(
        query: found.text,
        passages: found.matches.map { ContextRetrieved.PassageText(title: $0.source, text: $0.text) }),
      sealedWith: found.key, at: context.now)
  }
}

/// What a message asks, still sealed.
private struct Asked {
  let facts: MessageReceived.Facts
  let keyID: KeyID?
  let text: (SealingKey) throws -> String?

  init(_ event: Event) throws {
    self =
      event.type == MessageEdited.type
      ? try Asked(MessageEdited.read(event)) : try Asked(MessageReceived.read(event))
  }

  private init<Spec: EventSpec>(_ value: EventValue<Spec>) throws
  where Spec.Facts == MessageReceived.Facts, Spec.Private == MessageReceived.Private {
    facts = value.facts
    keyID = try value.keyID
    text = { try value.opened(with: $0)?.text }
  }
}
