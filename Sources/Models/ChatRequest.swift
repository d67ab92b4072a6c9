/// One turn of a chat.
package struct ChatMessage: Sendable, Codable, Equatable {
  package enum Role: String, Sendable, Codable {
    case system, user, assistant
  }

  package var role: Role
  package var content: String

  package init(role: Role, content: String) {
    self.role = role
    self.content = content
  }
}

/// What a model is asked.
package struct ChatRequest: Sendable {
  /// The provider's name of the model.
  package var model: String
  /// Oldest first.
  package var messages: [ChatMessage]
  /// The most tokens the answer may have.
  package var maximumTokens: Int
  /// 0 for the likeliest answer; providers take up to 1 or 2.
  package var temperature: Double
  /// The most that the whole answer may take.
  package var timeout: Duration

  package init(
    model: String, messages: [ChatMessage], maximumTokens: Int = 512, temperature: Double = 0.2,
    timeout: Duration = .seconds(60)
  ) {
    self.model = model
    self.messages = messages
    self.maximumTokens = maximumTokens
    self.temperature = temperature
    self.timeout = timeout
  }
}
