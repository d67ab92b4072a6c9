import Channels
import Contracts
import Foundation
import Models

/// Makes one answer, step by step: a person, a stored answer, a model, its tools, the next model, a quotation, or the
/// words for having none. Pure: every call is an effect that it asks for, and what came of it is what it goes on with.
struct Answering {
  let stage: StageName
  let models: ModelCatalogue
  /// The context that is answered.
  let record: Record
  var state: GenerateState
  /// A person holds the conversation.
  let isTaken: Bool
  /// The contact wants to hear no more.
  let isOptedOut: Bool
  let context: StageContext
  let channels: ChannelAdapters

  /// What is decided so far, of this step.
  var events: [Event] = []
  var turns: [GenerateWorkspace.Turn] = []

  /// How often the last model of the chain is tried, and one that others follow.
  static let maximumAttempts = (last: 4, other: 2)
  /// For how many seconds a provider that names a time is waited for, by each of the two: a customer waits as well. Whoever
  /// asks for more is not asked again, since before that time it would refuse.
  static let longestWait = (last: 60.0, other: 5.0)
  /// How long to wait for what a classifier makes of a message, from when its context was there.
  static let patience = (most: 1.0, look: 0.05)

  typealias Wait = Decision<GenerateEffect>.Wait

  /// Who answers, and with what.
  struct Agent {
    let id: AgentID
    let version: Int
    let definition: AgentDefinition
    let secrets: AgentSecrets?
    let key: SealingKey
    let facts: GenerateState.Context
    /// Of the conversation, and of whom it is with.
    let labels: [String]

    var author: ReplyMaker.Author {
      .init(agent: id, version: version, indexVersion: facts.indexVersion, passages: facts.passages)
    }
    var escalation: Escalation { Escalation(rules: definition.escalation ?? []) }
    var toolLimit: Int { definition.limits?.toolCalls ?? 5 }
  }

  init(
    stage: StageName, models: ModelCatalogue, record: Record, state: GenerateState, isTaken: Bool,
    isOptedOut: Bool, context: StageContext, channels: ChannelAdapters
  ) {
    self.channels = channels
    self.stage = stage
    self.models = models
    self.record = record
    self.state = state
    self.isTaken = isTaken
    self.isOptedOut = isOptedOut
    self.context = context
  }

  var reply: ReplyMaker {
    ReplyMaker(
      stage: stage, record: record,
      conversation: state.context?.conversation ?? ConversationID(record.event.id.uuid),
      answers: state.pending.map(\.message), context: context)
  }

  /// Goes on with what came of the last effect, up to the next one; `.nothing` when the answer is made.
  mutating func step(
    _ result: StageTurn<GenerateOutcome>.Result, _ workspace: inout GenerateWorkspace
  ) throws -> Wait {
    guard let facts = state.context, !state.pending.isEmpty else { return .nothing }
    guard !isTaken else { return try skip("handed-over") }
    guard !isOptedOut else { return try skip("opted-out") }
    guard let known = facts.agent.flatMap({ context.directory.agents[$0] }), let version = known.version,
      let definition = known.definition, !known.isArchived
    else { return try skip("no-agent") }
    // Without the contact's key there is no question any more.
    guard let key = try workspace.key(of: facts.sealed) else { return try skip("erased") }
    let agent = Agent(
      id: known.id, version: version,
      definition: try workspace.spoken(definition, to: workspace.said(in: facts.conversation)),
      secrets: known.secrets, key: key, facts: facts,
      labels: try workspace.labels(of: state) + (context.directory.labels[ContactID(key.id.uuid)] ?? []))
    let connection = facts.connection.flatMap { context.directory.connections[$0] }
    if let channel = connection.flatMap({ channels[$0.channel] }), let window = channel.answerWindow,
      let last = state.pending.last?.receivedAt, context.now.timeIntervalSince(last) >= window.seconds
    {
      let generation = state.generation ?? Generation(input: record.event.id)
      guard channel.takesTemplates, definition.template != nil else {
        events.append(try reply.failed(generation, by: agent.author, reason: "outside-window"))
        return .nothing
      }
      var making = ReplyMaker.Making(kind: .template)
      making.generation = generation
      making.currency = models.currency
      // It says nothing of its own, so it is no turn either.
      events.append(try reply.generated("", making, by: agent.author, sealedWith: key).event)
      return .nothing
    }
    switch result {
    case .none:
      if state.generation == nil {
        if let wait = try begin(agent, &workspace) { return wait }
      }
      return try proceed(agent, &workspace)
    case .outcome(.answered(let answer)): return try conclude(answer, agent, &workspace)
    case .outcome(.failed(let failure)): return try recover(failure, agent, &workspace)
    case .outcome(.called(let outcome)):
      try noteCall(outcome, agent)
      return try proceed(agent, &workspace)
    case .lost:
      try noteCall(
        ToolOutcome(outcome: "uncertain", reason: "owner-lost", status: nil, sealed: nil, milliseconds: 0),
        agent)
      return try proceed(agent, &workspace)
    }
  }

  mutating func skip(_ reason: String) throws -> Wait {
    events.append(try reply.skipped(reason))
    return .nothing
  }

  /// - Parameter transcript: whose choices, files, place and address cards go with the text.
  mutating func say(
    _ text: String, _ making: ReplyMaker.Making, _ agent: Agent, with transcript: Generation.Transcript? = nil
  ) throws {
    let files = transcript?.files ?? []
    var (place, cards) = (transcript?.location, transcript?.contacts)
    var text = text
    let connection = agent.facts.connection.flatMap { context.directory.connections[$0] }
    if let channel = connection.flatMap({ channels[$0.channel] }), !channel.showsCards,
      let lines = PlainCards.text(place, cards ?? [])
    {
      text = [text, lines].filter { !$0.isEmpty }.joined(separator: "\n\n")
      (place, cards) = (nil, nil)
    }
    let made = try reply.generated(
      text, making, by: agent.author, sealedWith: agent.key, choices: transcript?.choices, files: files,
      location: place, contacts: cards)
    events += try files.map { try reply.stored($0, sealedWith: agent.key) }
    events.append(made.event)
    turns.append(made.turn)
  }

  /// Whether what was said is more than the next prompts are to hold.
  func wantsSummary(_ state: GenerateState) -> Bool {
    guard !models.models.isEmpty, let agent = self.state.context?.agent,
      let definition = context.directory.agents[agent]?.definition
    else { return false }
    return Summarising.isDue(state, for: definition)
  }

  // MARK: Before a model is asked

  /// Nil to go on; else what to wait for, or that it is done.
  private mutating func begin(_ agent: Agent, _ workspace: inout GenerateWorkspace) throws -> Wait? {
    let definition = agent.definition
    let debounce = Double(definition.debounceMilliseconds) / 1_000
    if debounce > 0, let first = state.pending.first?.receivedAt.addingTimeInterval(debounce),
      first > context.now
    {
      return .until(first)
    }
    let classifications = state.classifications ?? []
    if agent.escalation.needsClassification, classifications.count < state.pending.count,
      record.event.time.addingTimeInterval(Self.patience.most) > context.now
    {
      return .until(context.now.addingTimeInterval(Self.patience.look))
    }
    if definition.hours?.answersOutside == false, isClosed(agent) { return try sayClosed(agent) }
    let followsQuestion =
      try agent.escalation.judgesUnderstanding && workspace.hasAsked(in: agent.facts.conversation)
    let before = escalations
    for message in state.pending {
      let seen = classifications.first { $0.message == message.message }
      let rule = agent.escalation.rule(
        .message,
        .init(
          text: try message.sealed.flatMap { try workspace.text(of: $0) } ?? "", classification: seen,
          labels: agent.labels, followsQuestion: followsQuestion),
        counts: &escalations)
      if let rule { return try escalate(rule, .message, agent) }
    }
    if state.standsForItself(for: definition), let hit = workspace.cache.hit(for: record.event.id),
      let text = try workspace.text(of: hit.sealed)
    {
      try say(
        text,
        .init(kind: .cached, model: hit.facts.model, citations: hit.facts.citations, cachedFrom: hit.reply),
        agent.giving(hit.facts.passages))
      return .nothing
    }
    state.generation = Generation(input: record.event.id, escalationsBefore: before)
    return nil
  }

  // MARK: People

  private var escalations: [String: Int] {
    get { state.escalations ?? [:] }
    set { state.escalations = newValue.isEmpty ? nil : newValue }
  }

  private func isClosed(_ agent: Agent) -> Bool {
    guard let hours = agent.definition.hours, let times = OpeningTimes(hours) else { return false }
    return !times.isOpen(at: context.now)
  }

  /// Once for each time that nobody is there.
  private mutating func sayClosed(_ agent: Agent) throws -> Wait {
    if let until = state.toldClosedUntil, until > context.now { return try skip("outside-hours") }
    let opens = agent.definition.hours.flatMap { OpeningTimes($0) }?.opens(after: context.now)
    state.toldClosedUntil = opens ?? context.now.addingTimeInterval(86_400)
    try say(
      agent.definition.texts?.outsideHours ?? agent.definition.fallback, .init(kind: .outsideHours), agent)
    return .nothing
  }

  /// Looks whether a rule is about this; if so, tells the contact and gives the conversation to a person.
  /// - Parameter made: how the answer came about that is not said.
  mutating func escalated(
    _ occasion: Escalation.Occasion, _ agent: Agent, insteadOf made: ReplyMaker.Making? = nil
  ) throws -> Bool {
    let rule = agent.escalation.rule(
      occasion, .init(text: "", classification: state.classifications?.last, labels: agent.labels),
      counts: &escalations)
    guard let rule else { return false }
    _ = try escalate(rule, occasion, agent, insteadOf: made)
    return true
  }

  private mutating func escalate(
    _ rule: EscalationRule, _ occasion: Escalation.Occasion, _ agent: Agent,
    insteadOf made: ReplyMaker.Making? = nil
  ) throws -> Wait {
    let texts = agent.definition.texts
    let closed = isClosed(agent) ? texts?.outsideHours : nil
    let own: String? =
      switch occasion {
      case .message: texts?.handover
      case .noAnswer: nil
      case .modelFailed: texts?.failure
      }
    var making = made ?? ReplyMaker.Making(kind: .handover)
    making.kind = occasion == .noAnswer ? .fallback : .handover
    making.rule = rule.name
    making.generation = state.generation
    making.currency = models.currency
    try say(rule.text ?? closed ?? own ?? agent.definition.fallback, making, agent)
    try handOver(rule.reason)
    return .nothing
  }

  mutating func handOver(_ reason: String) throws {
    events.append(try reply.handedOver(reason))
    state.isHeld = true
    state.settle()
  }
}

extension Answering.Agent {
  /// The same with other passages: those that an earlier answer was given from.
  fileprivate func giving(_ passages: [PassageFacts]) -> Self {
    Self(
      id: id, version: version, definition: definition, secrets: secrets, key: key,
      facts: GenerateState.Context(
        conversation: facts.conversation, connection: facts.connection, agent: facts.agent,
        indexVersion: facts.indexVersion,
        passages: passages, sealed: facts.sealed),
      labels: labels)
  }
}
