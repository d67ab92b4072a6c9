import Models
import Synchronization

/// Answers as the test decides for each request, and keeps what it was asked.
final class PlannedChatModel: ChatModel {
  private let asked = Mutex<[ChatRequest]>([])
  private let plan: @Sendable (_ request: ChatRequest, _ call: Int) throws(ModelError) -> ChatAnswer

  /// - Parameter plan: calls count from 0.
  init(_ plan: @escaping @Sendable (_ request: ChatRequest, _ call: Int) throws(ModelError) -> ChatAnswer) {
    self.plan = plan
  }

  var requests: [ChatRequest] { asked.withLock { $0 } }

  func answer(
    _ request: ChatRequest, onToken: @escaping @Sendable (String) -> Void
  ) async throws(ModelError) -> ChatAnswer {
    let call = asked.withLock { asked in
      asked.append(request)
      return asked.count - 1
    }
    return try plan(request, call)
  }
}

extension ChatAnswer {
  /// An answer of ten tokens to a prompt of a hundred.
  static func says(_ text: String, calls: [ToolCall] = []) -> ChatAnswer {
    ChatAnswer(
      text: text, toolCalls: calls, model: "planned",
      usage: ChatUsage(promptTokens: 100, completionTokens: 10),
      finishReason: calls.isEmpty ? "stop" : "tool_calls", firstTokenAfter: nil, latency: .milliseconds(5))
  }

  static func calls(_ name: String, _ arguments: String) -> ChatAnswer {
    says("", calls: [ToolCall(id: "call-\(name)", name: name, arguments: arguments)])
  }
}
