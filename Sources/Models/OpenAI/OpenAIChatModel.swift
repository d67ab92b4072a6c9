import HTTPClient
import JSON

/// Any server that speaks OpenAI's chat completions API: OpenAI, Azure, and most others, llama.cpp, vLLM and Ollama
/// among them.
package struct OpenAIChatModel: ChatModel {
  private let endpoint: OpenAIEndpoint
  private let key: String?
  private let client: HTTPClient
  private let maximumResponseBytes: Int

  /// - Parameters:
  ///   - base: the server, its versioned base or the whole address, see `OpenAIEndpoint`.
  ///   - key: sent as the provider wants it; nil for servers without.
  ///   - maximumResponseBytes: bounds a stream that does not end; an event of one token takes 200 to 400 bytes.
  package init(
    base: String, key: String? = nil, provider: ModelProvider = .openAI, client: HTTPClient,
    maximumResponseBytes: Int = 8 << 20
  ) {
    self.endpoint = OpenAIEndpoint(base: base, provider: provider)
    self.key = key.flatMap { $0.isEmpty ? nil : $0 }
    self.client = client
    self.maximumResponseBytes = maximumResponseBytes
  }

  package func answer(
    _ request: ChatRequest, onToken: @escaping @Sendable (String) -> Void
  ) async throws(ModelError) -> ChatAnswer {
    do {
      let http = try httpRequest(request)
      let started = ContinuousClock.now
      return try await client.stream(http) { head, chunks in
        guard head.status == 200 else { throw try await Self.failure(head, chunks) }
        return try await Self.read(chunks, model: request.model, started: started, onToken: onToken)
      }
    } catch let error as HTTPClientError {
      throw ModelError(error)
    } catch let error as ModelError {
      throw error.withoutSecret(key)
    } catch {
      throw ModelError(code: .rejected, message: "the request cannot be written as json")
    }
  }

  private func httpRequest(_ request: ChatRequest) throws -> HTTPRequest {
    var headers = [("Content-Type", "application/json"), ("Accept", "text/event-stream, application/json")]
    if let key { headers.append(endpoint.authorization(key)) }
    return HTTPRequest(
      method: "POST", url: endpoint.url(of: request.model), headers: headers,
      body: try JSON.encode(OpenAIChatBody(request: request, tokenLimitName: endpoint.tokenLimitName)),
      timeout: request.timeout, maximumResponseBytes: maximumResponseBytes)
  }

  private static func read(
    _ chunks: BodyChunks, model: String, started: ContinuousClock.Instant, onToken: @Sendable (String) -> Void
  ) async throws -> ChatAnswer {
    var reader = ChatAnswerReader()
    var firstTokenAfter: Duration?
    for try await chunk in chunks {
      for piece in try reader.receive(chunk) {
        if firstTokenAfter == nil { firstTokenAfter = .since(started) }
        onToken(piece)
      }
      if reader.isDone { break }
    }
    let rest = try reader.finish()
    if !rest.isEmpty { onToken(rest) }
    let completion = reader.completion
    return ChatAnswer(
      text: completion.text, toolCalls: completion.toolCalls, model: completion.model ?? model,
      usage: completion.usage,
      finishReason: completion.finishReason ?? "stop", firstTokenAfter: firstTokenAfter,
      latency: .since(started))
  }

  /// Reads what a failed response says about itself, as far as it fits.
  private static func failure(_ head: HTTPResponseHead, _ chunks: BodyChunks) async throws -> ModelError {
    var body: [UInt8] = []
    for try await chunk in chunks {
      body += chunk
      if body.count > 64 << 10 { break }
    }
    return ModelError(status: head.status, headers: head.headers, body: body)
  }
}

extension Duration {
  fileprivate static func since(_ started: ContinuousClock.Instant) -> Duration {
    ContinuousClock.now - started
  }
}
