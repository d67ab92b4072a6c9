import Contracts
import Foundation
import Models

/// Ask the model.
package struct GenerateEffect: Sendable {
  package let conversation: ConversationID
  package let reply: MessageID
  package let request: ChatRequest
  /// The contact's: what the answer's parts are sealed under, too.
  package let key: SealingKey
  package let typing: TypingSignal?
}

package enum GenerateOutcome: Codable, Sendable {
  package struct Answer: Codable, Sendable {
    package var text: String
    package let model: String
    package let finishReason: String
    package let promptTokens: Int?
    package let completionTokens: Int?
    package let firstTokenMilliseconds: Double?
    package let milliseconds: Double

    package init(
      text: String, model: String, finishReason: String, promptTokens: Int?, completionTokens: Int?,
      firstTokenMilliseconds: Double?, milliseconds: Double
    ) {
      self.text = text
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

  var withoutText: GenerateOutcome {
    guard case .answered(var answer) = self else { return self }
    answer.text = ""
    return .answered(answer)
  }
}

/// Calls the chat model. Tokens are passed on as they come, as hints that may be lost.
package struct ModelCaller: EffectPerformer {
  private let model: any ChatModel
  private let typing: TypingShower?
  private let onToken: @Sendable (GenerateEffect, String) -> Void

  package init(
    model: any ChatModel, typing: TypingShower? = nil,
    onToken: @escaping @Sendable (GenerateEffect, String) -> Void = { _, _ in }
  ) {
    self.model = model
    self.typing = typing
    self.onToken = onToken
  }

  package func perform(_ effect: GenerateEffect) async -> GenerateOutcome {
    // A hint beside the call: it neither holds it up nor outlives it.
    async let _: Void? = typing?.show(effect.typing)
    do {
      let answer = try await model.answer(effect.request) { [onToken] token in onToken(effect, token) }
      return .answered(
        GenerateOutcome.Answer(
          text: answer.text, model: answer.model, finishReason: answer.finishReason,
          promptTokens: answer.usage?.promptTokens, completionTokens: answer.usage?.completionTokens,
          firstTokenMilliseconds: answer.firstTokenAfter.map { $0.seconds * 1_000 },
          milliseconds: answer.latency.seconds * 1_000))
    } catch {
      return .failed(
        GenerateOutcome.Failure(
          reason: error.code.word, isRetriable: error.isRetriable,
          retryAfterSeconds: error.retryAfter?.seconds))
    }
  }
}

/// Stands where no model is configured: nothing is ever asked.
package struct NoModel: EffectPerformer {
  package init() {}
  package func perform(_ effect: GenerateEffect) async -> GenerateOutcome {
    .failed(GenerateOutcome.Failure(reason: "no-model", isRetriable: false, retryAfterSeconds: nil))
  }
}

extension ModelError.Code {
  fileprivate var word: String {
    switch self {
    case .unreachable: "unreachable"
    case .timeout: "timeout"
    case .rateLimited: "rate-limited"
    case .rejected: "rejected"
    case .serverError: "server-error"
    case .malformedAnswer: "malformed-answer"
    case .emptyAnswer: "empty-answer"
    case .cancelled: "cancelled"
    }
  }
}
