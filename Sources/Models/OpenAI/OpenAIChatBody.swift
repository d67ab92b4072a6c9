/// The body of a chat completion request (OpenAI API reference, "Create chat completion").
struct OpenAIChatBody: Encodable {
  let request: ChatRequest
  let tokenLimitName: String

  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  func encode(to encoder: any Encoder) throws {
    var members = encoder.container(keyedBy: Key.self)
    try members.encode(request.model, forKey: Key("model"))
    try members.encode(request.messages, forKey: Key("messages"))
    try members.encode(request.maximumTokens, forKey: Key(tokenLimitName))
    try members.encode(request.temperature, forKey: Key("temperature"))
    try members.encode(true, forKey: Key("stream"))
    try members.encode(["include_usage": true], forKey: Key("stream_options"))
  }
}
