/// Where an OpenAI-compatible server takes chats.
struct OpenAIEndpoint: Equatable {
  let url: String

  /// - Parameter base: the server (`http://127.0.0.1:8080`), its versioned base (`https://api.openai.com/v1`), or
  ///   the whole address; with or without a slash at the end. A server without a path gets `/v1`.
  init(base: String) {
    var base = base[...]
    while base.last == "/" { base = base.dropLast() }
    if base.hasSuffix("/chat/completions") {
      url = String(base)
    } else {
      let afterScheme = base.firstRange(of: "://").map { base[$0.upperBound...] } ?? base
      url = base + (afterScheme.contains("/") ? "" : "/v1") + "/chat/completions"
    }
  }

  /// OpenAI's own newer models refuse `max_tokens`; other servers know nothing else.
  var tokenLimitName: String {
    url.hasPrefix("https://api.openai.com/") ? "max_completion_tokens" : "max_tokens"
  }
}
