import Contracts
import Foundation
import JSON
import Keyring
import Knowledge
import Postgres

/// Classifies a message and finds what the tenant's documents say about it, and again when it was edited, or when another app
/// gave the conversation to us to which it was said. What it wants and how
/// its writer feels stands before what was found, so that who decides on both knows it.
package struct Retrieve: Stage {
  package typealias State = RetrieveState
  package typealias Effect = FindPassages
  package typealias Outcome = PassagesOutcome

  package let name = StageName("retrieve")
  package let topic = Topic.conversations
  package let types: Set<EventType> = [
    MessageReceived.type, MessageEdited.type, MessageDeleted.type, MessageEchoed.type, MessageComposed.type,
    ConversationHandedOver.type, ConversationReleased.type, ConversationResolved.type,
  ]
  package let effects = EffectPolicy.repeatable

  private let classifier: MessageClassifier
  /// What a search has besides words.
  private let means: SearchMeans

  package init(classifier: MessageClassifier = MessageClassifier(), means: SearchMeans = SearchMeans()) {
    self.classifier = classifier
    self.means = means
  }

  package func initialState() -> RetrieveState { RetrieveState() }

  package struct Workspace: Sendable {
    var found: [EventID: Result<Found, any Error>] = [:]
    /// What takes more than Postgres to search for.
    var questions: [EventID: FindPassages] = [:]
  }

  struct Found: Sendable {
    let message: MessageReceived.Facts
    /// Empty: it is classified as that, and nothing is searched for.
    let text: String
    let key: SealingKey?
    let agent: KnownAgent?
    let isStandby: Bool
    let classified: MessageClassifier.Classified
    var passages = FoundPassages()

    /// What is to be searched for; nil when no agent answers.
    var question: KnowledgeIndex.Question? {
      guard let key, !text.isEmpty, !isStandby, let agent, let definition = agent.definition else {
        return nil
      }
      return KnowledgeIndex.Question(
        tenant: agent.tenant, language: definition.language, text: text,
        filter: definition.filter, limit: definition.passages,
        asker: key)
    }
  }

  package func load(
    _ turns: [StageTurn<PassagesOutcome>], _ context: StageContext, in transaction: Transaction
  ) throws -> Workspace {
    let passed = try self.passed(turns, in: transaction)
    let inputs = turns.flatMap(\.inputs).filter {
      [MessageReceived.type, MessageEdited.type].contains($0.event.type)
        ? !$0.event.isOfEcho : passed[$0.event.id] != nil
    }
    let values = inputs.map { record in
      Result { try passed[record.event.id].map { try Asked($0) } ?? Asked(record.event) }
    }
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
    guard let live = try IndexVersions.live(in: transaction) else {
      for item in asked { workspace.found[item.id] = .success(item.found) }
      return workspace
    }
    let outcomes = outcomes(turns)
    var searched: [(index: Int, question: KnowledgeIndex.Question)] = []
    for index in asked.indices {
      guard let question = asked[index].found.question else { continue }
      if let passages = outcomes[asked[index].id] {
        asked[index].found.passages = passages
      } else if means.askOthers(in: live, language: question.language) {
        workspace.questions[asked[index].id] = FindPassages(question: question)
      } else {
        searched.append((index, question))
      }
    }
    let passages = try byWords(searched.map(\.question), live, in: transaction)
    for (item, passages) in zip(searched, passages) { asked[item.index].found.passages = passages }
    asked.removeAll { workspace.questions[$0.id] != nil }
    for item in asked { workspace.found[item.id] = .success(item.found) }
    return workspace
  }

  /// What was said to another app last, by what says that it gave the conversation to us.
  private func passed(
    _ turns: [StageTurn<PassagesOutcome>], in transaction: Transaction
  ) throws -> [EventID: RetrieveState.Said] {
    let turns = turns.filter { $0.inputs.contains { $0.event.isPassed } }
    guard !turns.isEmpty else { return [:] }
    let rows = try transaction.execute(
      "select key, value from stage.states($1, $2)",
      [.text(name.rawValue), .texts(turns.map(\.key.rawValue))])
    var states: [String: RetrieveState] = [:]
    for row in rows { states[row.text(0)] = try JSON.decode(RetrieveState.self, from: row.bytes(1)) }
    var passed: [EventID: RetrieveState.Said] = [:]
    for turn in turns {
      var state = states[turn.key.rawValue] ?? RetrieveState()
      for record in turn.inputs {
        passed[record.event.id] = state.asked(by: record.event)
        // What cannot be read is parked when its turn comes.
        try? state.fold(record.event)
      }
    }
    return passed
  }

  /// All at once, in the stage's own transaction.
  private func byWords(
    _ questions: [KnowledgeIndex.Question], _ live: IndexVersion, in transaction: Transaction
  ) throws -> [FoundPassages] {
    let clock = ContinuousClock()
    let start = clock.now
    let matches = try KnowledgeIndex.search(questions, version: live, in: transaction)
    var passages = FoundPassages()
    passages.index = live.number
    passages.folded = try questions.isEmpty ? 0 : IndexVersions.folded(in: transaction)
    let known = try KnowledgeIndex.withDocuments(Set(questions.map(\.tenant)), version: live, in: transaction)
    passages.milliseconds = (clock.now - start).seconds * 1_000
    return zip(questions, matches).map { question, matches in
      passages.matches = matches
      passages.hasDocuments = known.contains(question.tenant)
      return passages
    }
  }

  package func decide(
    _ turn: StageTurn<PassagesOutcome>, state: inout RetrieveState, workspace: inout Workspace,
    _ context: StageContext
  ) throws -> Decision<FindPassages> {
    var decision = Decision<FindPassages>(consumed: 0)
    for record in turn.inputs {
      if let question = workspace.questions[record.event.id] {
        if decision.consumed == 0, case .outcome(.failed) = turn.result {
          let seconds = min(pow(2, Double(turn.attempts)), 60)
          decision.wait = .retry(at: context.now.addingTimeInterval(seconds))
        } else {
          decision.wait = .effect(question)
        }
        return decision
      }
      // Of a message whose key is gone nothing is told any more, nor of what a person wrote to the contact.
      if let result = workspace.found[record.event.id] {
        do { decision.outputs += try events(for: result.get(), record, context) } catch {
          decision.wait = .parked(reason: "\(error)")
          return decision
        }
      }
      try state.fold(record.event)
      decision.consumed += 1
    }
    return decision
  }

  /// What was found is found again when it is needed again: the ledger keeps no texts.
  package func ledgerForm(_ outcome: PassagesOutcome) -> PassagesOutcome {
    if case .found = outcome { .forgotten } else { outcome }
  }

  /// What was found, by its inputs.
  private func outcomes(_ turns: [StageTurn<PassagesOutcome>]) -> [EventID: FoundPassages] {
    var outcomes: [EventID: FoundPassages] = [:]
    for turn in turns {
      if case .outcome(.found(let passages)) = turn.result, let head = turn.inputs.first {
        outcomes[head.event.id] = passages
      }
    }
    return outcomes
  }

  private func open(
    _ value: Asked, _ keys: [KeyID: SealingKey], _ tenant: TenantID, _ classifier: MessageClassifier.Batch,
    _ context: StageContext
  ) throws -> Found? {
    // Without its key the message is gone, and with it the question.
    let key = value.keyID.flatMap { keys[$0] }
    guard value.keyID == nil || key != nil else { return nil }
    let text = try key.flatMap { try value.text($0) } ?? ""
    let agent = context.directory.connections[value.facts.connection]?.agent
      .flatMap { context.directory.agents[$0] }
      .flatMap { $0.isArchived || $0.definition == nil ? nil : $0 }
    return Found(
      message: value.facts, text: text, key: key, agent: agent, isStandby: value.isStandby,
      classified: classifier.classify(text, of: tenant))
  }

  private func events(for found: Found, _ record: Record, _ context: StageContext) throws -> [Event] {
    let classified = try record.makes(
      MessageClassified.self, by: name, key: record.event.key,
      facts: MessageClassified.Facts(found.message, found.classified, known: context.directory.known),
      at: context.now)
    // A file, a place or a card alone is for people to look at, and so is what another app has to answer.
    guard let key = found.key, !found.text.isEmpty, !found.isStandby else { return [classified] }
    return [classified, try retrieved(found, key, record, context)]
  }

  private func retrieved(
    _ found: Found, _ key: SealingKey, _ record: Record, _ context: StageContext
  ) throws -> Event {
    let passages = found.passages
    return try record.makes(
      ContextRetrieved.self, by: name, key: record.event.key,
      facts: ContextRetrieved.Facts(
        conversation: found.message.conversation, message: found.message.message,
        connection: found.message.connection, agent: found.agent?.id, agentVersion: found.agent?.version,
        indexVersion: passages.folded, index: passages.index,
        passages: passages.matches.map {
          PassageFacts(document: $0.document, chunk: $0.chunk, score: $0.score)
        }, vectors: passages.vectors, reranker: passages.reranker,
        missed: passages.missed.isEmpty ? nil : passages.missed.map(\.rawValue),
        milliseconds: passages.milliseconds, known: context.directory.known,
        hasDocuments: passages.hasDocuments),
      private: ContextRetrieved.Private(
        query: found.text,
        passages: passages.matches.map { ContextRetrieved.PassageText(title: $0.source, text: $0.text) }),
      sealedWith: key, at: context.now)
  }
}

/// What a message asks, still sealed.
private struct Asked {
  let facts: MessageReceived.Facts
  let keyID: KeyID?
  /// It waits for no answer. A message that waited before it was edited still does.
  let isStandby: Bool
  let text: (SealingKey) throws -> String?

  /// From here on it waits for an answer.
  init(_ said: RetrieveState.Said) throws {
    facts = said.facts
    isStandby = false
    keyID = try JWE.keyID(of: said.sealed)
    text = { try JSON.decode(MessageReceived.Private.self, from: JWE.open(said.sealed, with: $0)).text }
  }

  init(_ event: Event) throws {
    self =
      event.type == MessageEdited.type
      ? try Asked(MessageEdited.read(event)) : try Asked(MessageReceived.read(event))
  }

  private init<Spec: EventSpec>(_ value: EventValue<Spec>) throws
  where Spec.Facts == MessageReceived.Facts, Spec.Private == MessageReceived.Private {
    facts = value.facts
    isStandby = Spec.self == MessageReceived.self && facts.standby == true
    keyID = try value.keyID
    text = { try value.opened(with: $0)?.text }
  }
}
