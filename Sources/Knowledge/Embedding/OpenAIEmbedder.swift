import HTTPClient
import JSON

/// Any server with `/v1/embeddings` as OpenAI has it (API reference, "Create embeddings").
package struct OpenAIEmbedder: Embedder {
  package let model: EmbeddingModel
  private let url: String
  private let key: String?
  /// Put before a text, by its purpose: models of the E5 kind want `query: ` and `passage: `.
  private let prefixes: [EmbeddingPurpose: String]
  private let client: HTTPClient

  /// Texts of one call.
  private static let batch = 32

  /// - Parameter url: with or without `/v1`.
  package init(
    url: String, key: String?, model: EmbeddingModel, prefixes: [EmbeddingPurpose: String] = [:],
    client: HTTPClient
  ) {
    self.url = Self.endpoint(url)
    self.key = key
    self.model = model
    self.prefixes = prefixes
    self.client = client
  }

  private static func endpoint(_ url: String) -> String {
    let base = url.hasSuffix("/") ? String(url.dropLast()) : url
    return base.hasSuffix("/v1") ? base + "/embeddings" : base + "/v1/embeddings"
  }

  package func input(_ text: String, for purpose: EmbeddingPurpose) -> String {
    (prefixes[purpose] ?? "") + text
  }

  package func embed(
    _ texts: [String], for purpose: EmbeddingPurpose
  ) async throws(EmbeddingError) -> [[Float]] {
    var vectors: [[Float]] = []
    var start = 0
    while start < texts.count {
      let end = min(texts.count, start + Self.batch)
      vectors += try await call(texts[start..<end].map { input($0, for: purpose) }, purpose)
      start = end
    }
    return vectors
  }

  private struct Body: Encodable {
    let model: String
    let input: [String]
  }

  private struct Answer: Decodable {
    struct Item: Decodable {
      let index: Int
      let embedding: [Double]
    }
    let data: [Item]
  }

  private func call(
    _ texts: [String], _ purpose: EmbeddingPurpose
  ) async throws(EmbeddingError) -> [[Float]] {
    do {
      var headers = [("content-type", "application/json")]
      if let key { headers.append(("authorization", "Bearer \(key)")) }
      let response = try await client.send(
        HTTPRequest(
          method: "POST", url: url, headers: headers,
          body: try JSON.encode(Body(model: model.name, input: texts)),
          // A customer waits for a question; documents can wait for a busy server.
          timeout: purpose == .question ? .seconds(5) : .seconds(120), maximumResponseBytes: 32 << 20))
      guard response.status == 200 else {
        throw EmbeddingError(
          "the embedding server answered \(response.status)",
          isRetriable: response.status == 429 || response.status >= 500)
      }
      return try vectors(JSON.decode(Answer.self, from: response.body), count: texts.count)
    } catch let error as EmbeddingError { throw error } catch let error as HTTPClientError {
      throw EmbeddingError("the embedding server cannot be reached: \(error)", isRetriable: true)
    } catch {
      throw EmbeddingError("the embedding server's answer is not understood: \(error)", isRetriable: false)
    }
  }

  private func vectors(_ answer: Answer, count: Int) throws(EmbeddingError) -> [[Float]] {
    var vectors = [[Float]](repeating: [], count: count)
    for item in answer.data where vectors.indices.contains(item.index) {
      let norm = item.embedding.reduce(0) { $0 + $1 * $1 }.squareRoot()
      guard item.embedding.count == model.dimensions, norm > 0, norm.isFinite else {
        throw EmbeddingError(
          "the embedding server gave \(item.embedding.count) numbers, not \(model.dimensions)",
          isRetriable: false)
      }
      vectors[item.index] = item.embedding.map { Float($0 / norm) }
    }
    guard vectors.allSatisfy({ !$0.isEmpty }) else {
      throw EmbeddingError(
        "the embedding server gave \(answer.data.count) vectors for \(count) texts", isRetriable: false)
    }
    return vectors
  }
}
