import Models
import Synchronization

/// Answers "ok", the first time not before it is let go.
final class HeldChatModel: ChatModel {
  private let asked = Mutex<[ChatRequest]>([])
  private let begun = AsyncStream<Void>.makeStream()
  private let released = AsyncStream<Void>.makeStream()

  var requests: [ChatRequest] { asked.withLock { $0 } }

  func untilAsked() async {
    for await _ in begun.stream { return }
  }

  func release() { released.continuation.finish() }

  func answer(
    _ request: ChatRequest, onToken: @escaping @Sendable (String) -> Void
  ) async throws(ModelError) -> ChatAnswer {
    let isFirst = asked.withLock { asked in
      asked.append(request)
      return asked.count == 1
    }
    if isFirst {
      begun.continuation.yield()
      for await _ in released.stream {}
    }
    return ChatAnswer(
      text: "ok", model: request.model, usage: nil, finishReason: "stop", firstTokenAfter: nil,
      latency: .zero)
  }
}
