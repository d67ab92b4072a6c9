import Channels
import Contracts
import Foundation
import Keyring
import Models
import Postgres

/// Answers: one generation at a time per conversation, for all messages whose context has arrived. Silent
/// while a person holds the conversation.
package struct Generate: Stage {
  package typealias State = GenerateState
  package typealias Effect = GenerateEffect
  package typealias Outcome = GenerateOutcome

  package let name = StageName("generate")
  package let topic = Topic.conversations
  package let types: Set<EventType> = [
    MessageReceived.type, MessageEdited.type, MessageDeleted.type, MessageEchoed.type,
    ContextRetrieved.type, MessageComposed.type, ConversationHandedOver.type, ConversationReleased.type,
    ConversationResolved.type, ConversationOpened.type, ContactMoved.type, ConsentChanged.type,
  ]
  package let effects = EffectPolicy.repeatable
  private let model: ConfiguredModel?
  private let showsTyping: Set<Channel>

  /// - Parameters:
  ///   - model: nil answers from the passages alone, marked as `extractive`.
  ///   - showsTyping: the channels whose contacts can be shown that an answer is being written.
  package init(model: ConfiguredModel?, showsTyping: Set<Channel> = []) {
    self.model = model
    self.showsTyping = showsTyping
  }

  package func initialState() -> GenerateState { GenerateState() }

  package func ledgerForm(_ outcome: GenerateOutcome) -> GenerateOutcome { outcome.withoutText }

  package func load(
    _ turns: [StageTurn<GenerateOutcome>], _ context: StageContext, in transaction: Transaction
  ) throws -> GenerateWorkspace {
    try GenerateWorkspace.load(turns, context, in: transaction)
  }

  package func decide(
    _ turn: StageTurn<GenerateOutcome>, state: inout GenerateState,
    workspace: inout GenerateWorkspace, _ context: StageContext
  ) throws -> Decision<GenerateEffect> {
    var decision = Decision<GenerateEffect>(consumed: 0)
    var result = turn.result
    while decision.consumed < turn.inputs.count {
      let record = turn.inputs[decision.consumed]
      guard record.event.type == ContextRetrieved.type else {
        decision.outputs += try fold(record, &state, &workspace, context)
        decision.consumed += 1
        continue
      }
      let rest = turn.inputs[decision.consumed...]
      var next = try state.remembering(ContextRetrieved.read(record.event))
      let changes = try next.changes(in: rest.dropFirst())
      // Later contexts are answered together with this one, by the last of them; a message that was edited
      // meanwhile is answered by the context of what it says now.
      let isLast = !rest.dropFirst().contains { $0.event.type == ContextRetrieved.type }
      if changes.isEdited || (result.isNone && !isLast) {
        state = next
        result = .none
        decision.consumed += 1
        continue
      }
      if next.forget(changes.gone) {
        // Also while the answer is awaited, or the next outcome would seem to be for them, too.
        state.forget(changes.gone)
        result = .none
      }
      let answering = Answering(
        record: record, state: next, attempts: decision.consumed == 0 ? turn.attempts : 0,
        isTaken: isTaken(after: rest.dropFirst(), next),
        isOptedOut: try isOptedOut(after: rest.dropFirst(), next))
      switch try answer(answering, result, &workspace, context) {
      case .done(let events, let turns):
        decision.outputs += events
        decision.consumed += 1
        state = next
        state.finishAnswer()
        for turn in turns { state.add(turn, to: &workspace) }
        result = .none
      case .wait(let wait):
        decision.wait = wait
        return decision
      }
    }
    return decision
  }

  package func save(_ workspace: GenerateWorkspace, in transaction: Transaction) throws {
    try workspace.save(in: transaction)
  }

  /// Everything but a context: what was said, and who holds the conversation.
  private func fold(
    _ record: Record, _ state: inout GenerateState, _ workspace: inout GenerateWorkspace,
    _ context: StageContext
  ) throws -> [Event] {
    switch record.event.type {
    case MessageReceived.type:
      let value = try MessageReceived.read(record.event)
      state.receive(value, record, &workspace)
      guard state.isResolved else { return [] }
      state.isResolved = false
      return [
        try record.makes(
          ConversationReopened.self, by: name, key: record.event.key,
          facts: .init(conversation: value.facts.conversation, reason: "message"), at: context.now)
      ]
    case MessageEdited.type: state.edit(try MessageEdited.read(record.event), record, &workspace)
    case MessageDeleted.type:
      let message = try MessageDeleted.read(record.event).facts.message(of: record.event.tenant)
      state.forget([message])
      workspace.remove(message, in: record.event.key)
    case MessageEchoed.type:
      let value = try MessageEchoed.read(record.event)
      if let sealed = value.private, value.facts.bytes > 0 {
        state.add(
          .init(conversation: value.facts.conversation, role: .assistant, sealed: sealed), to: &workspace)
      }
    case MessageComposed.type:
      let value = try MessageComposed.read(record.event)
      if let sealed = value.private {
        state.add(
          .init(conversation: value.facts.conversation, role: .assistant, sealed: sealed), to: &workspace)
      }
    case ConversationOpened.type:
      let value = try ConversationOpened.read(record.event)
      if model != nil, showsTyping.contains(value.facts.channel) {
        state.target = try DeliverState.Target(value)
      }
    case ContactMoved.type: state.target?.move(try ContactMoved.read(record.event))
    case ConsentChanged.type: state.note(try ConsentChanged.read(record.event).facts)
    case ConversationHandedOver.type: state.isHeld = true
    case ConversationReleased.type: state.isHeld = false
    case ConversationResolved.type:
      state.isResolved = true
      state.isHeld = false
    default: break
    }
    return []
  }

  /// Whether a person holds the conversation, by everything that is known now.
  private func isTaken(after rest: ArraySlice<Record>, _ state: GenerateState) -> Bool {
    rest.reduce(state.isHeld) { held, record in
      switch record.event.type {
      case ConversationHandedOver.type: true
      case ConversationReleased.type, ConversationResolved.type: false
      default: held
      }
    }
  }

  /// Likewise whether the contact wants to hear no more.
  private func isOptedOut(after rest: ArraySlice<Record>, _ state: GenerateState) throws -> Bool {
    var state = state
    for record in rest where record.event.type == ConsentChanged.type {
      state.note(try ConsentChanged.read(record.event).facts)
    }
    return state.isOptedOut ?? false
  }

  // MARK: Answering

  private struct Answering {
    let record: Record
    let state: GenerateState
    let attempts: Int
    let isTaken: Bool
    let isOptedOut: Bool
  }

  private enum Step {
    case done([Event], [GenerateWorkspace.Turn])
    case wait(Decision<GenerateEffect>.Wait)
  }

  private func answer(
    _ answering: Answering, _ result: StageTurn<GenerateOutcome>.Result,
    _ workspace: inout GenerateWorkspace, _ context: StageContext
  ) throws -> Step {
    let (record, state) = (answering.record, answering.state)
    guard let facts = state.context else { return .done([], []) }
    guard !state.pending.isEmpty else { return .done([], []) }
    let reply = ReplyMaker(
      stage: name, record: record, conversation: facts.conversation,
      answers: state.pending.map(\.message), context: context)
    if answering.isTaken { return .done([try reply.skipped("handed-over")], []) }
    if answering.isOptedOut { return .done([try reply.skipped("opted-out")], []) }
    guard let agent = facts.agent.flatMap({ context.directory.agents[$0] }), let version = agent.version,
      let definition = agent.definition, !agent.isArchived
    else { return .done([try reply.skipped("no-agent")], []) }
    let author = ReplyMaker.Author(agent: agent.id, version: version, facts: facts)

    let connection = facts.connection.flatMap { context.directory.connections[$0] }
    if let channel = connection?.channel, let window = channel.answerWindow,
      let last = state.pending.last?.receivedAt, context.now.timeIntervalSince(last) >= window.seconds
    {
      guard channel.takesTemplates, definition.template != nil else {
        return .done([try reply.failed("outside-window", attempts: answering.attempts, by: author)], [])
      }
      guard let key = try workspace.key(for: state) else { return .done([try reply.skipped("erased")], []) }
      return .done([try reply.generated("", kind: .template, by: author, sealedWith: key).event], [])
    }

    switch result {
    case .outcome(let outcome):
      return try conclude(outcome, reply, author, answering, workspace, context)
    case .none, .lost: break
    }
    let wait = Double(definition.debounceMilliseconds) / 1_000
    if wait > 0, let first = state.pending.first?.receivedAt.addingTimeInterval(wait), first > context.now {
      return .wait(.until(first))
    }
    guard let prompt = try workspace.prompt(for: state) else {
      // The contact's key is gone: there is no question any more.
      return .done([try reply.skipped("erased")], [])
    }
    guard let model else {
      let text = extractiveAnswer(question: prompt.question, passages: prompt.passages)
      let event = try reply.generated(
        text ?? definition.fallback, kind: text == nil ? .fallback : .extractive, by: author,
        sealedWith: prompt.key)
      return .done([event.event], [event.turn])
    }
    return .wait(
      .effect(
        GenerateEffect(
          conversation: facts.conversation, reply: reply.message,
          request: prompt.request(definition, model: model), key: prompt.key,
          typing: try connection.flatMap { try workspace.typing(for: state, on: $0) })))
  }

  private func conclude(
    _ outcome: GenerateOutcome, _ reply: ReplyMaker, _ author: ReplyMaker.Author, _ answering: Answering,
    _ workspace: GenerateWorkspace, _ context: StageContext
  ) throws -> Step {
    switch outcome {
    case .answered(let answer):
      guard let key = try workspace.key(for: answering.state) else {
        return .done([try reply.skipped("erased")], [])
      }
      let event = try reply.generated(answer, attempts: answering.attempts, by: author, sealedWith: key)
      return .done([event.event], [event.turn])
    case .failed(let failure):
      if failure.isRetriable, answering.attempts < Self.maximumAttempts {
        let delay = max(failure.retryAfterSeconds ?? 0, pow(2, Double(answering.attempts - 1)) * 0.5)
        return .wait(.retry(at: context.now.addingTimeInterval(min(delay, 60))))
      }
      return .done(
        [try reply.failed(failure.reason, attempts: answering.attempts, by: author)], [])
    }
  }

  static let maximumAttempts = 4
}

/// The model that the engine is configured with.
package struct ConfiguredModel: Sendable {
  package let name: String
  package let timeout: Duration
  package init(name: String, timeout: Duration = .seconds(60)) {
    self.name = name
    self.timeout = timeout
  }
}

extension StageTurn.Result {
  fileprivate var isNone: Bool {
    if case .none = self { return true }
    return false
  }
}
