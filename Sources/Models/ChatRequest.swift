/// One turn of a chat.
package struct ChatMessage: Sendable, Codable, Equatable {
  package enum Role: String, Sendable, Codable {
    case system, user, assistant
    /// What came of a tool that the assistant called.
    case tool
  }

  package var role: Role
  package var content: String
  /// What an assistant's turn calls; nil for none.
  package var toolCalls: [ToolCall]?
  /// The call that a tool's turn answers.
  package var toolCallID: String?

  package init(role: Role, content: String, toolCalls: [ToolCall]? = nil, toolCallID: String? = nil) {
    self.role = role
    self.content = content
    self.toolCalls = toolCalls
    self.toolCallID = toolCallID
  }
}

/// A function that the model may ask for.
package struct ChatTool: Sendable, Equatable {
  package var name: String
  package var description: String
  /// A JSON Schema of an object, as text.
  package var parameters: String

  package init(name: String, description: String, parameters: String) {
    self.name = name
    self.description = description
    self.parameters = parameters
  }
}

/// A model's wish to have a function called.
package struct ToolCall: Sendable, Codable, Equatable {
  /// The model's name for this call.
  package var id: String
  package var name: String
  /// As the model wrote them: JSON only when it did well.
  package var arguments: String

  package init(id: String, name: String, arguments: String) {
    self.id = id
    self.name = name
    self.arguments = arguments
  }
}

/// What a model is asked.
package struct ChatRequest: Sendable {
  /// The model's name in the engine's settings, by which `ModelGateway` finds its server; empty where there is but one.
  package var server: String
  /// The provider's name of the model.
  package var model: String
  /// Oldest first.
  package var messages: [ChatMessage]
  package var tools: [ChatTool]
  /// The most tokens the answer may have.
  package var maximumTokens: Int
  /// 0 for the likeliest answer; providers take up to 1 or 2.
  package var temperature: Double
  /// The most that the whole answer may take.
  package var timeout: Duration

  package init(
    server: String = "", model: String, messages: [ChatMessage], tools: [ChatTool] = [],
    maximumTokens: Int = 512,
    temperature: Double = 0.2, timeout: Duration = .seconds(60)
  ) {
    self.server = server
    self.model = model
    self.messages = messages
    self.tools = tools
    self.maximumTokens = maximumTokens
    self.temperature = temperature
    self.timeout = timeout
  }
}
