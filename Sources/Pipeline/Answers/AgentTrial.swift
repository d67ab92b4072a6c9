import Contracts
import Foundation
import Models

/// Answers as a version of an agent would, and nothing comes of it: it holds a model to ask and no log, no database,
/// no channel and nothing that calls tools, so whatever it decides stays words.
package struct AgentTrial: Sendable {
  /// What is known of a tool's call without making it.
  package struct Call: Sendable, Equatable {
    package let tool: String
    package let arguments: String
    /// What the model was told: a recorded result, or what is wrong with the call. Nil for a call that was left there.
    package let result: String?
  }

  package struct Result: Sendable {
    package var kind: ReplyKind
    package var text: String
    package var model: String?
    package var tried: [TriedModel] = []
    package var usage: ChatUsage?
    package var costMicros: Int64?
    package var milliseconds = 0.0
    package var citations: [Int] = []
    package var citationsRemoved = 0
    package var calls: [Call] = []
    /// Why a person would get the conversation; nil when nobody would.
    package var handOver: String?
    /// The escalation rule that says so.
    package var rule: String?
  }

  private let definition: AgentDefinition
  private let models: ModelCatalogue
  private let model: (any ChatModel)?
  private let now: Date

  /// - Parameter model: nil quotes from the passages.
  package init(definition: AgentDefinition, models: ModelCatalogue, model: (any ChatModel)?, now: Date) {
    self.definition = definition
    self.models = models
    self.model = model
    self.now = now
  }

  /// - Parameters:
  ///   - prompt: the conversation, its last turn being what is answered.
  ///   - labels: of the conversation.
  ///   - recorded: what a tool says, by the name of the tool; of several the first is taken once, then the next.
  package func answer(
    _ prompt: Prompt, labels: [String] = [], recorded: [(tool: String, result: String)] = []
  ) async
    -> Result
  {
    var counts: [String: Int] = [:]
    let escalation = Escalation(rules: definition.escalation ?? [])
    let message = Escalation.Message(text: prompt.question, classification: nil, labels: labels)
    if let rule = escalation.rule(.message, message, counts: &counts) {
      let text = rule.text ?? definition.texts?.handover ?? definition.fallback
      return Result(kind: .handover, text: text, handOver: rule.reason, rule: rule.name)
    }
    var result = Result(kind: .fallback, text: definition.fallback)
    let chain = model == nil ? [] : models.chain(first: definition.model, then: definition.fallbackModels)
    for name in chain {
      guard let configured = models[name], let model else {
        result.tried.append(TriedModel(model: name, attempts: 0, reason: "unknown-model"))
        continue
      }
      do throws(ModelError) {
        try await converse(prompt, configured, model, recorded, &result)
        if result.kind == .fallback {
          concludeWithoutAnswer(.noAnswer, escalation, message, &counts, &result)
        }
        return result
      } catch {
        result.tried.append(TriedModel(model: name, attempts: 1, reason: error.code.word))
      }
    }
    if let text = extractiveAnswer(question: prompt.question, passages: prompt.passages) {
      result.kind = .extractive
      result.text = text
    } else {
      concludeWithoutAnswer(chain.isEmpty ? .noAnswer : .modelFailed, escalation, message, &counts, &result)
    }
    return result
  }

  private func concludeWithoutAnswer(
    _ occasion: Escalation.Occasion, _ escalation: Escalation, _ message: Escalation.Message,
    _ counts: inout [String: Int], _ result: inout Result
  ) {
    guard let rule = escalation.rule(occasion, message, counts: &counts) else { return }
    result.rule = rule.name
    result.handOver = rule.reason
    result.text =
      rule.text ?? (occasion == .modelFailed ? definition.texts?.failure : nil) ?? definition.fallback
  }

  private func converse(
    _ prompt: Prompt, _ configured: ConfiguredModel, _ model: any ChatModel,
    _ recorded: [(tool: String, result: String)], _ result: inout Result
  ) async throws(ModelError) {
    // Without secrets: they would go nowhere, and stand in no result.
    let toolbox = Toolbox(definition.tools, secrets: nil)
    var recorded = recorded
    var transcript: [ChatMessage] = []
    let limit = definition.limits?.toolCalls ?? 5
    while true {
      let tools = configured.takesTools && result.calls.count < limit ? toolbox.chatTools : []
      let request = prompt.request(definition, model: configured, tools: tools, transcript: transcript)
      let answer = try await model.answer(request) { _ in }
      result.note(answer, by: configured)
      guard !answer.toolCalls.isEmpty, !tools.isEmpty else { return finish(answer.text, prompt, &result) }
      transcript.append(ChatMessage(role: .assistant, content: answer.text, toolCalls: answer.toolCalls))
      for call in answer.toolCalls {
        let told: String?
        switch toolbox.prepare(call) {
        case .refused("secret", _), .request:
          told = recorded.firstIndex { $0.tool == call.name }.map { recorded.remove(at: $0).result }
        case .refused(_, let words): told = words
        case .close: told = "The conversation will be closed after your answer."
        case .offer: told = "The options will be shown below your answer."
        case .handOver:
          told = "A person takes over."
          result.handOver = "tool"
        }
        result.calls.append(Call(tool: call.name, arguments: call.arguments, result: told))
        guard let told, result.handOver == nil else {
          result.kind = result.handOver == nil ? .model : .handover
          result.text =
            answer.text.isEmpty && result.handOver != nil
            ? definition.texts?.handover ?? definition.fallback : answer.text
          return
        }
        transcript.append(ChatMessage(role: .tool, content: told, toolCallID: call.id))
      }
    }
  }

  private func finish(_ text: String, _ prompt: Prompt, _ result: inout Result) {
    let checked = CheckedAnswer(text, passages: prompt.passages.count)
    result.citationsRemoved = checked.removed
    let isUnsupported = definition.grounding == "cited" && checked.citations.isEmpty && result.calls.isEmpty
    guard !checked.isWithoutAnswer, !isUnsupported, !checked.text.allSatisfy(\.isWhitespace) else { return }
    result.kind = .model
    result.citations = checked.citations
    result.text = checked.shown(
      sources: prompt.passages.map(\.title), isHidden: definition.citations == "hidden")
  }
}

extension AgentTrial.Result {
  fileprivate mutating func note(_ answer: ChatAnswer, by configured: ConfiguredModel) {
    model = answer.model
    milliseconds += answer.latency.seconds * 1_000
    guard let usage = answer.usage else { return }
    self.usage = ChatUsage(
      promptTokens: (self.usage?.promptTokens ?? 0) + usage.promptTokens,
      completionTokens: (self.usage?.completionTokens ?? 0) + usage.completionTokens)
    if let price = configured.price { costMicros = (costMicros ?? 0) + price.micros(usage) }
  }
}
