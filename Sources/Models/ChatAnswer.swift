/// What the provider counted, and charges.
package struct ChatUsage: Sendable, Codable, Equatable {
  package var promptTokens: Int
  package var completionTokens: Int

  package init(promptTokens: Int, completionTokens: Int) {
    self.promptTokens = promptTokens
    self.completionTokens = completionTokens
  }
}

/// A whole answer.
package struct ChatAnswer: Sendable, Equatable {
  /// Empty only where tools are called.
  package var text: String
  /// What the model wants called before it goes on, in its order.
  package var toolCalls: [ToolCall]
  /// The model that answered, as the provider names it; it may be more precise than the one asked for.
  package var model: String
  /// Nil when the provider did not say.
  package var usage: ChatUsage?
  /// The provider's word: `stop` for a finished answer, `length` for one cut off at the maximum, `tool_calls` for one
  /// that waits for them.
  package var finishReason: String
  /// From the call to the first piece of text; nil when the answer came in one piece.
  package var firstTokenAfter: Duration?
  /// From the call to the end.
  package var latency: Duration

  package init(
    text: String, toolCalls: [ToolCall] = [], model: String, usage: ChatUsage?, finishReason: String,
    firstTokenAfter: Duration?, latency: Duration
  ) {
    self.text = text
    self.toolCalls = toolCalls
    self.model = model
    self.usage = usage
    self.finishReason = finishReason
    self.firstTokenAfter = firstTokenAfter
    self.latency = latency
  }
}
