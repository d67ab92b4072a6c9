import Channels
import Contracts
import Foundation
import Keyring
import Models
import Postgres

/// Answers: one generation at a time per conversation, for all messages whose context has arrived. Silent
/// while a person holds the conversation.
///
/// `Answering` decides what is said, step by step; this reads the stream, and keeps what must outlive an answer.
package struct Generate: Stage {
  package typealias State = GenerateState
  package typealias Effect = GenerateEffect
  package typealias Outcome = GenerateOutcome

  package let name = StageName("generate")
  package let topic = Topic.conversations
  package let types: Set<EventType> = [
    MessageReceived.type, MessageEdited.type, MessageDeleted.type, MessageEchoed.type,
    MessageClassified.type, ContextRetrieved.type, ReplyGenerated.type, MessageComposed.type,
    ConversationHandedOver.type,
    ConversationReleased.type, ConversationResolved.type, ConversationLabelled.type,
    ConversationOpened.type, ContactMoved.type, ConsentChanged.type,
  ]
  /// Of tools that change something; everything else is repeatable.
  package let effects: EffectPolicy
  private let models: ModelCatalogue
  private let channels: ChannelAdapters

  /// - Parameters:
  ///   - models: none answers from the passages alone, marked as `extractive`.
  ///   - channels: what each takes, and where it can be shown that an answer is being written.
  ///   - timeout: the longest that a tool's call can take: with the grace, how long a change whose owner died may
  ///     still be under way.
  package init(
    models: ModelCatalogue, channels: ChannelAdapters = ChannelAdapters(), timeout: Duration = .seconds(30),
    grace: Duration = .seconds(5)
  ) {
    effects = .once(timeout: timeout, grace: grace)
    self.models = models
    self.channels = channels
  }

  /// - Parameter model: the only one, whose server is asked for any other name, too.
  package init(model: ConfiguredModel?, channels: ChannelAdapters = ChannelAdapters()) {
    self.init(
      models: ModelCatalogue(models: model.map { [$0] } ?? [], passesNamesOn: true), channels: channels)
  }

  package func isRepeatable(_ effect: GenerateEffect) -> Bool {
    if case .tool(let request) = effect.call { return !request.changes }
    return true
  }

  package func initialState() -> GenerateState { GenerateState() }

  package func ledgerForm(_ outcome: GenerateOutcome) -> GenerateOutcome { outcome.withoutText }

  package func load(
    _ turns: [StageTurn<GenerateOutcome>], _ context: StageContext, in transaction: Transaction
  ) throws -> GenerateWorkspace {
    try GenerateWorkspace.load(turns, models, context, in: transaction)
  }

  package func decide(
    _ turn: StageTurn<GenerateOutcome>, state: inout GenerateState,
    workspace: inout GenerateWorkspace, _ context: StageContext
  ) throws -> Decision<GenerateEffect> {
    var decision = Decision<GenerateEffect>(consumed: 0)
    var result = turn.result
    while decision.consumed < turn.inputs.count {
      let record = turn.inputs[decision.consumed]
      let rest = turn.inputs[(decision.consumed + 1)...]
      switch record.event.type {
      case ContextRetrieved.type:
        decision.wait = try answer(record, rest, &result, &state, &workspace, &decision.outputs, context)
      case ReplyGenerated.type:
        let summary = Summarising(stage: name, models: models, record: record, context: context)
        decision.wait = try summary.step(result, &state, &workspace, &decision.outputs)
        result = .none
      default: decision.outputs += try fold(record, rest, &state, &workspace, context)
      }
      guard case .nothing = decision.wait else { return decision }
      decision.consumed += 1
    }
    return decision
  }

  package func save(_ workspace: GenerateWorkspace, in transaction: Transaction) throws {
    try workspace.save(in: transaction)
  }

  // MARK: Contexts

  private func answer(
    _ record: Record, _ rest: ArraySlice<Record>, _ result: inout StageTurn<GenerateOutcome>.Result,
    _ state: inout GenerateState, _ workspace: inout GenerateWorkspace, _ outputs: inout [Event],
    _ context: StageContext
  ) throws -> Decision<GenerateEffect>.Wait {
    if state.generation?.input != record.event.id { state.dropGeneration() }
    var next = try state.remembering(ContextRetrieved.read(record.event))
    let changes = try next.changes(in: rest)
    // Once a tool may have changed something, the answer that says so is brought to its end.
    let isBound = state.generation?.hasChanged == true
    // Later contexts are answered together with this one, by the last of them; a message that was edited
    // meanwhile is answered by the context of what it says now.
    let isLast = !rest.contains { $0.event.type == ContextRetrieved.type }
    if !isBound, changes.isEdited || (result.isNone && !isLast && state.generation?.transcript == nil) {
      state = next
      state.dropGeneration()
      result = .none
      return .nothing
    }
    if next.forget(changes.gone) {
      // Also while the answer is awaited, or the next outcome would seem to be for them, too.
      state.forget(changes.gone)
      if !isBound {
        state.dropGeneration()
        next.dropGeneration()
        result = .none
      }
    }
    try next.rememberClassifications(in: rest)
    var answering = Answering(
      stage: name, models: models, record: record, state: next, isTaken: isTaken(after: rest, next),
      isOptedOut: try isOptedOut(after: rest, next), context: context, channels: channels)
    let wait = try answering.step(result, &workspace)
    outputs += answering.events
    if case .nothing = wait {
      state = answering.state
      state.finishAnswer()
      for turn in answering.turns { state.add(turn, to: &workspace) }
      state.wantsSummary = answering.wantsSummary(state) ? true : nil
      result = .none
    } else {
      state.generation = answering.state.generation
      state.escalations = answering.state.escalations
    }
    return wait
  }

  /// Whether a person holds the conversation, by everything that is known now.
  private func isTaken(after rest: ArraySlice<Record>, _ state: GenerateState) -> Bool {
    rest.reduce(into: state) { $0.noteHolder($1.event) }.isHeld
  }

  /// Likewise whether the contact wants to hear no more.
  private func isOptedOut(after rest: ArraySlice<Record>, _ state: GenerateState) throws -> Bool {
    var state = state
    for record in rest where record.event.type == ConsentChanged.type {
      state.note(try ConsentChanged.read(record.event).facts)
    }
    return state.isOptedOut ?? false
  }

  // MARK: Everything else

  /// What was said, and who holds the conversation.
  private func fold(
    _ record: Record, _ rest: ArraySlice<Record>, _ state: inout GenerateState,
    _ workspace: inout GenerateWorkspace, _ context: StageContext
  ) throws -> [Event] {
    switch record.event.type {
    case MessageReceived.type:
      let value = try MessageReceived.read(record.event)
      let isGreeted = try value.facts.standby == true || state.turns > 0 || isOptedOut(after: rest, state)
      let greeting = try isGreeted ? nil : greeting(for: value, record, state, workspace, context)
      state.receive(value, record, &workspace)
      let said = try [greeting, silence(about: value, record, context)].compactMap(\.self)
      guard state.isResolved else { return said }
      state.isResolved = false
      return said + [
        try record.makes(
          ConversationReopened.self, by: name, key: record.event.key,
          facts: .init(conversation: value.facts.conversation, reason: "message"), at: context.now)
      ]
    case MessageEdited.type: state.edit(try MessageEdited.read(record.event), record, &workspace)
    case MessageDeleted.type:
      let message = try MessageDeleted.read(record.event).facts.message(of: record.event.tenant)
      guard !state.isAlbum(message) else { break }
      state.forget([message])
      state.dropSummary(&workspace, in: record.event.key)
      workspace.remove(message, in: record.event.key)
    case MessageEchoed.type:
      let value = try MessageEchoed.read(record.event)
      state.note(value.facts)
      state.standby = nil
      if let sealed = value.private, value.facts.bytes > 0 {
        state.add(
          .init(
            conversation: value.facts.conversation, role: .assistant, sealed: sealed,
            message: value.facts.message), to: &workspace)
      }
    case MessageComposed.type:
      let value = try MessageComposed.read(record.event)
      state.standby = nil
      if let sealed = value.private {
        state.add(
          .init(conversation: value.facts.conversation, role: .assistant, sealed: sealed), to: &workspace)
      }
    case ConversationOpened.type:
      let value = try ConversationOpened.read(record.event)
      if !models.models.isEmpty, channels[value.facts.channel]?.typingLasts != nil {
        state.target = try DeliverState.Target(value)
      }
    case ContactMoved.type: state.target?.move(try ContactMoved.read(record.event))
    case ConsentChanged.type: state.note(try ConsentChanged.read(record.event).facts)
    case MessageClassified.type:
      state.remember(ClassifiedMessage(try MessageClassified.read(record.event).facts))
    case ConversationLabelled.type: state.label(try ConversationLabelled.read(record.event))
    case ConversationHandedOver.type:
      state.noteHolder(record.event)
      state.settle()
    case ConversationReleased.type:
      state.noteHolder(record.event)
      if record.event.isPassed { state.takeUp(at: record.event.time) }
    case ConversationResolved.type:
      state.isResolved = true
      state.standby = nil
      state.noteHolder(record.event)
      state.settle()
    default: break
    }
    return []
  }

  /// That a message stays without an answer because another app had the conversation; nil of all others.
  private func silence(
    about value: EventValue<MessageReceived>, _ record: Record, _ context: StageContext
  ) throws -> Event? {
    guard value.facts.standby == true, record.event.mayBeAnswered else { return nil }
    return try ReplyMaker(
      stage: name, record: record, conversation: value.facts.conversation, answers: [value.facts.message],
      context: context
    ).skipped("standby")
  }

  /// What the agent says before anything else, when this is the first message and it has something to say.
  private func greeting(
    for value: EventValue<MessageReceived>, _ record: Record, _ state: GenerateState,
    _ workspace: GenerateWorkspace, _ context: StageContext
  ) throws -> Event? {
    guard !state.isHeld, !state.isResolved, state.pending.isEmpty,
      let agent = context.directory.connections[value.facts.connection]?.agent
        .flatMap({ context.directory.agents[$0] }), !agent.isArchived,
      let version = agent.version, let definition = agent.definition,
      let sealed = value.private, let key = try workspace.key(of: sealed),
      let text = try workspace.spoken(definition, to: [sealed]).greeting
    else { return nil }
    let reply = ReplyMaker(
      stage: name, record: record, conversation: value.facts.conversation, answers: [], context: context,
      step: "greeting")
    return try reply.generated(
      text, .init(kind: .greeting),
      by: .init(agent: agent.id, version: version, indexVersion: 0, passages: []), sealedWith: key
    ).event
  }
}

extension StageTurn.Result {
  fileprivate var isNone: Bool {
    if case .none = self { return true }
    return false
  }
}
