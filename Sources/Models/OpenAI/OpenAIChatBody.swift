import JSON

/// The body of a chat completion request (OpenAI API reference, "Create chat completion").
struct OpenAIChatBody: Encodable {
  let request: ChatRequest
  let tokenLimitName: String

  func encode(to encoder: any Encoder) throws {
    var members = encoder.container(keyedBy: Key.self)
    try members.encode(request.model, forKey: Key("model"))
    try members.encode(request.messages.map(Turn.init), forKey: Key("messages"))
    if !request.tools.isEmpty { try members.encode(request.tools.map(Tool.init), forKey: Key("tools")) }
    try members.encode(request.maximumTokens, forKey: Key(tokenLimitName))
    try members.encode(request.temperature, forKey: Key("temperature"))
    try members.encode(true, forKey: Key("stream"))
    try members.encode(["include_usage": true], forKey: Key("stream_options"))
  }

  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  private struct Turn: Encodable {
    let message: ChatMessage

    init(_ message: ChatMessage) { self.message = message }

    func encode(to encoder: any Encoder) throws {
      var members = encoder.container(keyedBy: Key.self)
      try members.encode(message.role, forKey: Key("role"))
      try members.encode(message.content, forKey: Key("content"))
      if let calls = message.toolCalls { try members.encode(calls.map(Call.init), forKey: Key("tool_calls")) }
      try members.encodeIfPresent(message.toolCallID, forKey: Key("tool_call_id"))
    }
  }

  private struct Call: Encodable {
    struct Function: Encodable {
      let name: String
      let arguments: String
    }
    let id: String
    let type = "function"
    let function: Function

    init(_ call: ToolCall) {
      id = call.id
      // What is no JSON would make the server refuse the whole chat.
      let isJSON = (try? JSONValue(parsing: Array(call.arguments.utf8)))?.kind == .object
      function = Function(name: call.name, arguments: isJSON ? call.arguments : "{}")
    }
  }

  private struct Tool: Encodable {
    struct Function: Encodable {
      let name: String
      let description: String
      let parameters: JSONValue
    }
    let type = "function"
    let function: Function

    init(_ tool: ChatTool) throws {
      function = Function(
        name: tool.name, description: tool.description,
        parameters: try JSONValue(parsing: Array(tool.parameters.utf8)))
    }
  }
}
