import JSON

/// Gathers an answer from the documents of the chat completions API: the chunks of a stream, or one whole answer.
///
/// OpenAI API reference, "Chat completion object" and "Chat completion chunk object". Only the first choice counts.
struct ChatCompletion {
  private(set) var text = ""
  private(set) var model: String?
  private(set) var usage: ChatUsage?
  private(set) var finishReason: String?
  private var calls = ToolCallDeltas()

  /// In the order in which the model began them.
  var toolCalls: [ToolCall] { calls.calls }

  /// Returns the piece of text that the document adds, which may be empty.
  mutating func receive(_ bytes: [UInt8]) throws(ModelError) -> String {
    let document: JSONValue
    do {
      document = try JSONValue(parsing: bytes)
    } catch {
      throw ModelError(code: .malformedAnswer, message: "the answer is not json: \(error.code.rawValue)")
    }
    guard document.kind == .object else {
      throw ModelError(code: .malformedAnswer, message: "the answer is no json object")
    }
    if let error = document["error"], !error.isNull { throw ModelError(provider: error) }
    if let name = document["model"]?.string, !name.isEmpty { model = name }
    if let counts = document["usage"], let usage = ChatUsage(counts) { self.usage = usage }
    // A chunk that only tells the usage has no choice.
    guard let choice = document["choices"]?[0] else { return "" }
    if let reason = choice["finish_reason"]?.string { finishReason = reason }
    let message = choice["delta"] ?? choice["message"]
    for delta in message?["tool_calls"]?.array ?? [] { try calls.receive(delta) }
    let piece = message?["content"]?.string ?? ""
    text += piece
    return piece
  }
}

extension ChatUsage {
  fileprivate init?(_ counts: JSONValue) {
    guard let prompt = counts["prompt_tokens"]?.int, let completion = counts["completion_tokens"]?.int,
      prompt >= 0, completion >= 0
    else { return nil }
    self.init(promptTokens: Int(prompt), completionTokens: Int(completion))
  }
}

extension ModelError {
  /// An `error` member, inside a stream or with status 200: an object, or the text alone.
  fileprivate init(provider error: JSONValue) {
    let text = error.string ?? error["message"]?.string ?? "the provider reports an error"
    let status = error["code"]?.int ?? error["code"]?.string.flatMap { Int64($0) }
    let kind = error["type"]?.string ?? error["code"]?.string ?? ""
    let code: Code =
      switch (status, kind) {
      case (429?, _), (_, "rate_limit_exceeded"), (_, "rate_limit_error"), (_, "insufficient_quota"):
        .rateLimited
      case (408?, _): .timeout
      case (.some(400..<500), _), (nil, "invalid_request_error"), (nil, "authentication_error"): .rejected
      default: .serverError
      }
    self.init(code: code, message: text)
  }
}
