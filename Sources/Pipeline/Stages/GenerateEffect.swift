import Contracts
import Foundation
import Models
import Synchronization

/// Ask a model, or call a tool.
package struct GenerateEffect: Sendable {
  package enum Call: Sendable {
    case ask(ChatRequest)
    case tool(ToolRequest)
  }

  package let conversation: ConversationID
  package let reply: MessageID
  package let call: Call
  /// The contact's: what the answer's parts are sealed under, too.
  package let key: SealingKey
  /// Whether who waits for the answer may see it being written.
  package let isShown: Bool
  package let typing: TypingSignal?
  /// What of the answer may be seen while it is written.
  var gate = AnswerGate()
}

package enum GenerateOutcome: Codable, Sendable {
  package struct Answer: Codable, Sendable {
    package var text: String
    package var toolCalls: [ToolCall]?
    package let model: String
    package let finishReason: String
    package let promptTokens: Int?
    package let completionTokens: Int?
    package let firstTokenMilliseconds: Double?
    package let milliseconds: Double

    package init(
      text: String, toolCalls: [ToolCall]? = nil, model: String, finishReason: String, promptTokens: Int?,
      completionTokens: Int?, firstTokenMilliseconds: Double?, milliseconds: Double
    ) {
      self.text = text
      self.toolCalls = toolCalls
      self.model = model
      self.finishReason = finishReason
      self.promptTokens = promptTokens
      self.completionTokens = completionTokens
      self.firstTokenMilliseconds = firstTokenMilliseconds
      self.milliseconds = milliseconds
    }
  }

  package struct Failure: Codable, Sendable {
    /// A stable lower-case word.
    package let reason: String
    package let isRetriable: Bool
    package let retryAfterSeconds: Double?
  }

  case answered(Answer)
  case failed(Failure)
  case called(ToolOutcome)

  var withoutText: GenerateOutcome {
    guard case .answered(var answer) = self else { return self }
    answer.text = ""
    answer.toolCalls = nil
    return .answered(answer)
  }
}

/// Asks chat models and calls tools. Tokens are passed on as they come, as hints that may be lost.
package struct ModelCaller: EffectPerformer {
  private let model: any ChatModel
  private let tools: HTTPToolCaller?
  private let typing: TypingShower?
  private let onToken: @Sendable (GenerateEffect, String) -> Void

  /// - Parameter tools: nil refuses every call.
  package init(
    model: any ChatModel, tools: HTTPToolCaller? = nil, typing: TypingShower? = nil,
    onToken: @escaping @Sendable (GenerateEffect, String) -> Void = { _, _ in }
  ) {
    self.model = model
    self.tools = tools
    self.typing = typing
    self.onToken = onToken
  }

  package func perform(_ effect: GenerateEffect) async -> GenerateOutcome {
    switch effect.call {
    case .ask(let request): return await ask(request, effect)
    case .tool(let request):
      guard let tools else {
        return .called(
          ToolOutcome(
            outcome: "failed", reason: "host-not-allowed", status: nil, sealed: nil, milliseconds: 0))
      }
      return .called(await tools.call(request, key: effect.key))
    }
  }

  private func ask(_ request: ChatRequest, _ effect: GenerateEffect) async -> GenerateOutcome {
    // A hint beside the call: it neither holds it up nor outlives it.
    async let _: Void? = typing?.show(effect.typing)
    let gate = Mutex(effect.gate)
    do {
      let answer = try await model.answer(request) { [onToken] token in
        guard effect.isShown else { return }
        let shown = gate.withLock { $0.receive(token) }
        if !shown.isEmpty { onToken(effect, shown) }
      }
      return .answered(GenerateOutcome.Answer(answer))
    } catch {
      return .failed(GenerateOutcome.Failure(error))
    }
  }
}

extension GenerateOutcome.Answer {
  package init(_ answer: ChatAnswer) {
    self.init(
      text: answer.text, toolCalls: answer.toolCalls.isEmpty ? nil : answer.toolCalls, model: answer.model,
      finishReason: answer.finishReason, promptTokens: answer.usage?.promptTokens,
      completionTokens: answer.usage?.completionTokens,
      firstTokenMilliseconds: answer.firstTokenAfter.map { $0.seconds * 1_000 },
      milliseconds: answer.latency.seconds * 1_000)
  }
}

extension GenerateOutcome.Failure {
  package init(_ error: ModelError) {
    reason = error.code.word
    isRetriable = error.isRetriable
    retryAfterSeconds = error.retryAfter?.seconds
  }
}

/// Stands where no model is configured: nothing is ever asked.
package struct NoModel: EffectPerformer {
  package init() {}
  package func perform(_ effect: GenerateEffect) async -> GenerateOutcome {
    .failed(GenerateOutcome.Failure(ModelError(code: .unknownModel, message: "no model is configured")))
  }
}

extension ModelError.Code {
  package var word: String {
    switch self {
    case .unreachable: "unreachable"
    case .timeout: "timeout"
    case .rateLimited: "rate-limited"
    case .rejected: "rejected"
    case .serverError: "server-error"
    case .malformedAnswer: "malformed-answer"
    case .emptyAnswer: "empty-answer"
    case .circuitOpen: "circuit-open"
    case .unknownModel: "unknown-model"
    case .cancelled: "cancelled"
    }
  }
}
