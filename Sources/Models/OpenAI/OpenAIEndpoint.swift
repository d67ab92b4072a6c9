import Foundation

/// Whose form of the chat completions API a server speaks.
package enum ModelProvider: Sendable, Equatable {
  /// OpenAI's own, and that of llama.cpp, vLLM, Ollama and most others.
  case openAI
  /// Azure OpenAI ("Azure OpenAI in Azure AI Foundry Models REST API reference"): the deployment stands in the path,
  /// the version in the query, the key in a header of its own.
  case azure(apiVersion: String)
}

/// Where an OpenAI-compatible server takes chats.
struct OpenAIEndpoint: Equatable {
  private let base: String
  private let provider: ModelProvider

  /// - Parameter base: the server (`http://127.0.0.1:8080`), its versioned base (`https://api.openai.com/v1`), or
  ///   the whole address; with or without a slash at the end. A server without a path gets `/v1`. With Azure the
  ///   resource (`https://shop.openai.azure.com`).
  init(base: String, provider: ModelProvider = .openAI) {
    var base = base[...]
    while base.last == "/" { base = base.dropLast() }
    self.base = String(base)
    self.provider = provider
  }

  /// - Parameter model: the provider's name of the model; with Azure, of the deployment.
  func url(of model: String) -> String {
    switch provider {
    case .openAI:
      if base.hasSuffix("/chat/completions") { return base }
      let afterScheme = base.firstRange(of: "://").map { base[$0.upperBound...] } ?? base[...]
      return base + (afterScheme.contains("/") ? "" : "/v1") + "/chat/completions"
    case .azure(let version):
      return
        "\(base)/openai/deployments/\(percentEncoded(model))/chat/completions?api-version=\(percentEncoded(version))"
    }
  }

  func authorization(_ key: String) -> (String, String) {
    switch provider {
    case .openAI: ("Authorization", "Bearer \(key)")
    case .azure: ("api-key", key)
    }
  }

  /// OpenAI's own newer models refuse `max_tokens`; other servers know nothing else.
  var tokenLimitName: String {
    switch provider {
    case .openAI: base.hasPrefix("https://api.openai.com") ? "max_completion_tokens" : "max_tokens"
    case .azure: "max_completion_tokens"
    }
  }

  private func percentEncoded(_ text: String) -> String {
    text.addingPercentEncoding(withAllowedCharacters: .unreserved) ?? ""
  }
}

extension CharacterSet {
  /// RFC 3986, section 2.3.
  package static let unreserved = CharacterSet(
    charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~")
}
