import Contracts
import Foundation
import Models

/// Which model is asked next, and what its answer comes to.
extension Answering {
  /// The next effect: a call of a tool that the model asked for, else of a model. When the chain of models is at its
  /// end, what can be said without one.
  mutating func proceed(_ agent: Agent, _ workspace: inout GenerateWorkspace) throws -> Wait {
    if let wait = try callTool(agent, workspace) { return wait }
    guard var generation = state.generation else { return .nothing }
    guard let prompt = try workspace.prompt(for: state) else { return try skip("erased") }
    let chain = models.chain(first: agent.definition.model, then: agent.definition.fallbackModels)
    while generation.place < chain.count {
      let name = chain[generation.place]
      guard let model = models[name] else {
        generation.giveUp(name, "unknown-model")
        continue
      }
      let scopes = scopes(model, agent)
      switch workspace.use.verdict(scopes) {
      case .exhausted:
        generation.giveUp(name, "budget-exhausted")
        continue
      case .notBefore(let date):
        guard generation.place + 1 < chain.count else {
          state.generation = generation
          return .until(date)
        }
        generation.giveUp(name, "rate-limited")
        continue
      case .allowed: break
      }
      workspace.use.add(requests: 1, to: scopes)
      generation.attempts += 1
      generation.calls += 1
      let isToolless = !model.takesTools || generation.toolCalls >= agent.toolLimit
      let transcript = try generation.transcript(agent.key).messages
      let (request, shown) = prompt.counted(
        agent.definition, model: model,
        tools: isToolless ? [] : Toolbox(agent.definition.tools, secrets: nil).chatTools,
        transcript: transcript)
      generation.shown = shown
      let hmac = request.messages.promptHMAC(under: agent.key)
      if transcript.isEmpty { generation.promptHMAC = hmac } else { generation.lastPromptHMAC = hmac }
      generation.contextTokens = model.contextTokens
      generation.asked = request.messages.reduce(0) { $0 + $1.estimatedTokens }
      state.generation = generation
      return .effect(
        GenerateEffect(
          conversation: agent.facts.conversation, reply: reply.message, call: .ask(request), key: agent.key,
          isShown: true, typing: try typing(agent, workspace),
          gate: AnswerGate(
            passages: shown, mustCite: try grounding(generation, agent, workspace).wantsCitation,
            hidesMarks: agent.definition.hidesCitations)))
    }
    state.generation = generation
    return try answerWithoutModel(prompt, agent, workspace, isFailure: !chain.isEmpty)
  }

  /// Whom to show that an answer is being written.
  private func typing(_ agent: Agent, _ workspace: GenerateWorkspace) throws -> TypingSignal? {
    let connection = agent.facts.connection.flatMap { context.directory.connections[$0] }
    return try connection.flatMap { try workspace.typing(for: state, on: $0) }
  }

  private func scopes(_ model: ConfiguredModel, _ agent: Agent) -> [ModelUse.Scope] {
    let tenant = record.event.tenant
    return [
      .tenant(tenant, models.limits(ofTenant: tenant.description)),
      .agent(agent.id, UseLimits(agent.definition.limits), of: tenant), .model(model),
    ]
  }

  /// Quotes the documents, or says that there is nothing to say.
  private mutating func answerWithoutModel(
    _ prompt: Prompt, _ agent: Agent, _ workspace: GenerateWorkspace, isFailure: Bool
  ) throws -> Wait {
    var making = ReplyMaker.Making(kind: .extractive)
    making.generation = state.generation
    making.currency = models.currency
    let language = agent.definition.answerLanguage ?? prompt.language
    if let answer = extractiveAnswer(
      question: prompt.question, passages: prompt.passages, language: language)
    {
      making.citations = answer.citations
      try say(answer.text, making, agent)
    } else if isFailure {
      guard try !escalated(.modelFailed, agent), let generation = state.generation else { return .nothing }
      guard let text = agent.definition.texts?.failure else {
        events.append(try reply.failed(generation, by: agent.author))
        return .nothing
      }
      // The agent has words for exactly this, and nobody comes who could say others.
      making.kind = .fallback
      try say(text, making, agent)
    } else {
      try sayNothingFound(making, agent, workspace)
    }
    return .nothing
  }

  private mutating func sayNothingFound(
    _ making: ReplyMaker.Making, _ agent: Agent, _ workspace: GenerateWorkspace
  ) throws {
    var making = making
    making.kind = .fallback
    // Nobody needs to come for thanks, so nobody is announced either.
    if try Grounding.isSmallTalk(asked(workspace)) {
      if let greeting = agent.definition.greeting { return try say(greeting, making, agent) }
      // An agent that has no model and gives nothing to anybody has but its fallback text to say.
      guard making.withheld != nil || agent.definition.handsOverUnanswered else {
        return try say(agent.definition.fallback, making, agent)
      }
      events.append(try reply.skipped("small-talk"))
      return
    }
    guard try !escalated(.noAnswer, agent, insteadOf: making) else { return }
    try say(agent.definition.fallback, making, agent)
    if agent.definition.handsOverUnsupported { try handOver("no-answer") }
  }

  /// The messages that are answered; nil for one that cannot be read.
  private func asked(_ workspace: GenerateWorkspace) throws -> [String?] {
    try state.pending.map { try $0.sealed.flatMap { try workspace.text(of: $0) } }
  }

  func grounding(
    _ generation: Generation, _ agent: Agent, _ workspace: GenerateWorkspace
  ) throws -> Grounding {
    Grounding(
      agent.definition.grounding,
      hasDocuments: agent.definition.hasDocuments(
        tenants: agent.facts.hasDocuments, passages: agent.facts.passages.count),
      hasToolResult: generation.isSupported(under: agent.definition.grounding),
      asked: try asked(workspace))
  }

  // MARK: Outcomes

  mutating func conclude(
    _ answer: GenerateOutcome.Answer, _ agent: Agent, _ workspace: inout GenerateWorkspace
  ) throws -> Wait {
    var generation = state.generation ?? Generation(input: record.event.id)
    let chain = models.chain(first: agent.definition.model, then: agent.definition.fallbackModels)
    let model = chain.indices.contains(generation.place) ? models[chain[generation.place]] : nil
    let costBefore = generation.costMicros ?? 0
    generation.add(answer, by: model)
    if let model {
      // Who does not count is counted.
      let tokens =
        (answer.promptTokens ?? generation.asked ?? 0)
        + (answer.completionTokens ?? estimatedTokens(answer.text))
      workspace.use.add(
        tokens: tokens, costMicros: (generation.costMicros ?? 0) - costBefore, to: scopes(model, agent))
    }
    state.generation = generation
    if let calls = answer.toolCalls, !calls.isEmpty, generation.toolCalls < agent.toolLimit {
      try queue(calls, said: answer.text, agent)
      return try proceed(agent, &workspace)
    }
    return try finish(answer, generation, agent, &workspace)
  }

  mutating func recover(
    _ failure: GenerateOutcome.Failure, _ agent: Agent, _ workspace: inout GenerateWorkspace
  ) throws -> Wait {
    var generation = state.generation ?? Generation(input: record.event.id)
    let chain = models.chain(first: agent.definition.model, then: agent.definition.fallbackModels)
    let isLast = generation.place + 1 >= chain.count
    let most = isLast ? Self.maximumAttempts.last : Self.maximumAttempts.other
    let named = failure.retryAfterSeconds ?? 0
    let failures = (generation.failures ?? 0) + 1
    if failure.isRetriable, failures < most, isLast || failure.reason != "circuit-open",
      named <= (isLast ? Self.longestWait.last : Self.longestWait.other)
    {
      generation.failures = failures
      state.generation = generation
      let delay = max(named, pow(2, Double(failures - 1)) * 0.5)
      return .retry(at: context.now.addingTimeInterval(delay))
    }
    generation.giveUp(chain.indices.contains(generation.place) ? chain[generation.place] : "", failure.reason)
    state.generation = generation
    return try proceed(agent, &workspace)
  }

  /// The model has said what it has to say.
  private mutating func finish(
    _ answer: GenerateOutcome.Answer, _ generation: Generation, _ agent: Agent,
    _ workspace: inout GenerateWorkspace
  ) throws -> Wait {
    let checked = checked(answer.text, generation, agent)
    var making = ReplyMaker.Making(kind: .model, model: answer.model, finishReason: answer.finishReason)
    making.firstTokenMilliseconds = answer.firstTokenMilliseconds
    making.citations = checked.citations.isEmpty ? nil : checked.citations
    making.citationsRemoved = checked.removed == 0 ? nil : checked.removed
    making.generation = generation
    making.currency = models.currency
    making.withheld = try grounding(generation, agent, workspace).withheld(checked)
    if making.withheld != nil {
      making.citations = nil
      try sayNothingFound(making, agent, workspace)
    } else {
      try say(
        shown(checked, agent, workspace), making, agent, with: try generation.transcript(agent.key))
      try cache(making, agent, &workspace)
    }
    // An escalation may have done it already.
    if let reason = generation.handsOver, !state.isHeld { try handOver(reason) }
    if generation.closes, !state.isHeld { events.append(try reply.resolved()) }
    return .nothing
  }

  func checked(_ written: String, _ generation: Generation, _ agent: Agent) -> CheckedAnswer {
    CheckedAnswer(
      written, passages: generation.shown ?? agent.facts.passages.count,
      hidesMarks: agent.definition.hidesCitations)
  }

  /// As the customer reads it.
  func shown(_ checked: CheckedAnswer, _ agent: Agent, _ workspace: GenerateWorkspace) throws -> String {
    guard !agent.definition.hidesCitations, !checked.citations.isEmpty else { return checked.text }
    return checked.shown(sources: try workspace.found(for: agent.facts)?.passages.map(\.title) ?? [])
  }

  private func cache(
    _ making: ReplyMaker.Making, _ agent: Agent, _ workspace: inout GenerateWorkspace
  ) throws {
    guard let minutes = agent.definition.cacheMinutes, minutes > 0,
      state.standsForItself(for: agent.definition),
      making.generation?.toolCalls == 0, making.finishReason == "stop",
      let name = workspace.cache.name(of: record.event.id), let sealed = turns.last?.sealed
    else { return }
    workspace.keep(
      AnswerCache.Entry(
        tenant: record.event.tenant, question: name, reply: reply.message, sealed: sealed,
        facts: .init(passages: agent.facts.passages, citations: making.citations, model: making.model),
        now: context.now, until: context.now.addingTimeInterval(Double(minutes) * 60)))
  }
}
