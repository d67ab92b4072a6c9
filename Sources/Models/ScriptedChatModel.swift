import Synchronization

/// Answers every request with the same pieces of text, in process: for tests and benchmarks.
package struct ScriptedChatModel: ChatModel {
  private final class Calls: Sendable {
    let count = Atomic(0)
  }

  private let pieces: [String]
  private let delay: @Sendable (_ call: Int) -> Duration
  private let failure: @Sendable (_ call: Int) -> ModelError?
  private let calls = Calls()

  /// - Parameters:
  ///   - delay: how long the call of this number, counted from 0, takes before its first piece.
  ///   - failure: what that call throws after its delay, if anything.
  package init(
    pieces: [String], delay: @escaping @Sendable (_ call: Int) -> Duration = { _ in .zero },
    failure: @escaping @Sendable (_ call: Int) -> ModelError? = { _ in nil }
  ) {
    self.pieces = pieces
    self.delay = delay
    self.failure = failure
  }

  /// How many calls were made.
  package var callCount: Int { calls.count.load(ordering: .relaxed) }

  package func answer(
    _ request: ChatRequest, onToken: @escaping @Sendable (String) -> Void
  ) async throws(ModelError) -> ChatAnswer {
    let started = ContinuousClock.now
    let call = calls.count.add(1, ordering: .relaxed).oldValue
    let delay = delay(call)
    if delay > .zero {
      do { try await Task.sleep(for: min(delay, request.timeout)) } catch { throw .cancelled }
      if delay > request.timeout {
        throw ModelError(code: .timeout, message: "no answer in \(request.timeout)")
      }
    }
    if Task.isCancelled { throw .cancelled }
    if let failure = failure(call) { throw failure }
    let text = pieces.joined()
    guard !text.isEmpty else { throw .empty }
    let firstTokenAfter = ContinuousClock.now - started
    for piece in pieces { onToken(piece) }
    return ChatAnswer(
      text: text, model: request.model,
      usage: ChatUsage(
        promptTokens: request.messages.reduce(0) { $0 + Self.words($1.content) },
        completionTokens: pieces.count),
      finishReason: "stop", firstTokenAfter: firstTokenAfter, latency: ContinuousClock.now - started)
  }

  private static func words(_ text: String) -> Int {
    text.split(whereSeparator: \.isWhitespace).count
  }
}

extension ModelError {
  static let cancelled = ModelError(code: .cancelled, message: "the call was cancelled")
  static let empty = ModelError(code: .emptyAnswer, message: "the answer has no text")
}
