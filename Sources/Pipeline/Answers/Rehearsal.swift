import Channels
import Contracts
import Crypto
import Foundation
import Keyring
import Models

/// Answers a question as the stage `generate` would with this version of an agent, and nothing comes of it.
///
/// Every decision is the stage's own (`Answering`), over a state that lies in memory alone. The effects that it asks for are
/// values, and here they meet a model to ask and a recording of tools: what performs effects, a log or a database cannot
/// be handed in, for there is nothing that would take it.
package struct Rehearsal: Sendable {
  private let agent: KnownAgent
  private let models: ModelCatalogue
  private let model: (any ChatModel)?
  private let retries: Bool
  /// Part of what every decision may know; it holds no key, and none can be got through it.
  private let keyring = Keyring(master: MasterKey(SymmetricKey(size: .bits256)))

  /// - Parameters:
  ///   - version: nil for a definition that is not published.
  ///   - model: nil quotes from the passages.
  ///   - retries: whether a model that fails is asked again, with the pauses of the stage.
  package init(
    agent: AgentID, tenant: TenantID, version: Int? = nil, definition: AgentDefinition,
    models: ModelCatalogue, model: (any ChatModel)?, retries: Bool
  ) {
    self.agent = KnownAgent(
      id: agent, tenant: tenant, name: "", version: version ?? 0, definition: definition,
      secrets: Toolbox.withheldSecrets(of: definition.tools))
    self.models = model == nil ? ModelCatalogue(models: [], currency: models.currency) : models
    self.model = model
    self.retries = retries
  }

  /// - Parameter recorded: what tools said; the answer ends at a call that is not among it.
  package func answer(
    _ question: Question, recorded: RecordedTools = RecordedTools([])
  ) async throws -> RehearsedAnswer {
    let key = SealingKey(id: KeyID(UUID()), key: SymmetricKey(size: .bits256))
    let record = question.record(agent.tenant)
    var directory = DirectorySnapshot()
    directory.agents[agent.id] = agent
    let context = StageContext(directory: directory, keyring: keyring, now: question.at)
    var (state, workspace) = try question.stand(for: agent, under: key)
    var recorded = recorded
    var result = StageTurn<GenerateOutcome>.Result.none
    var rehearsed = RehearsedAnswer()
    // What is rehearsed is said on no connection.
    let noChannels = ChannelAdapters([])
    while true {
      // Bounds on use are of live traffic.
      workspace.use = ModelUse(now: question.at)
      var answering = Answering(
        stage: StageName("generate"), models: models, record: record, state: state, isTaken: false,
        isOptedOut: false, context: context, channels: noChannels)
      let wait = try answering.step(result, &workspace)
      state = answering.state
      try rehearsed.add(answering.events, openedWith: key)
      result = .none
      switch wait {
      case .nothing:
        rehearsed.count(state.generation, in: models.currency)
        return rehearsed
      case .effect(let effect):
        switch effect.call {
        case .ask(let request):
          let outcome = await ask(request)
          if case .answered(let answer) = outcome { rehearsed.model = answer.model }
          result = .outcome(outcome)
        case .tool:
          let transcript = try state.generation?.transcript(key)
          guard let transcript, let call = transcript.queue.first else {
            throw StageError.unprocessable("a tool is called that no model asked for")
          }
          guard let outcome = try recorded.outcome(of: call, sealedWith: key) else {
            rehearsed.stop(at: call, after: transcript)
            rehearsed.count(state.generation, in: models.currency)
            return rehearsed
          }
          result = .outcome(.called(outcome))
        }
      case .retry(let date): try await Task.sleep(for: .seconds(date.timeIntervalSince(context.now)))
      // All that it could wait for is there: nothing is bounded, and every message is old.
      case .until(let date): throw StageError.unprocessable("a rehearsal would wait until \(date)")
      case .parked(let reason): throw StageError.unprocessable(reason)
      }
    }
  }

  private func ask(_ request: ChatRequest) async -> GenerateOutcome {
    do throws(ModelError) {
      guard let model else { throw ModelError(code: .unknownModel, message: "no model is configured") }
      return .answered(GenerateOutcome.Answer(try await model.answer(request) { _ in }))
    } catch {
      let failure = GenerateOutcome.Failure(error)
      return .failed(
        retries
          ? failure : .init(reason: failure.reason, isRetriable: false, retryAfterSeconds: nil))
    }
  }
}
