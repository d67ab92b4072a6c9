import HTTPClient
import JSON

/// Any server with `/rerank` as Cohere and Jina have it, and vLLM, llama.cpp and Text Embeddings servers with them.
package struct HTTPReranker: Reranker {
  package let name: String
  private let url: String
  private let key: String?
  private let timeout: Duration
  private let client: HTTPClient

  /// - Parameters:
  ///   - url: of the endpoint itself, or the part before `/rerank`, as `https://api.jina.ai/v1`.
  ///   - timeout: of the whole call.
  package init(
    url: String, model: String, key: String?, timeout: Duration = .milliseconds(800), client: HTTPClient
  ) {
    let base = url.hasSuffix("/") ? String(url.dropLast()) : url
    self.url = base.hasSuffix("/rerank") ? base : base + "/rerank"
    name = model
    self.key = key
    self.timeout = timeout
    self.client = client
  }

  private struct Body: Encodable {
    let model: String
    let query: String
    let documents: [String]
    let count: Int
    enum CodingKeys: String, CodingKey {
      case model, query, documents
      case count = "top_n"
    }
  }

  private struct Answer: Decodable {
    struct Item: Decodable {
      let index: Int
      let score: Double
      enum CodingKeys: String, CodingKey {
        case index
        case score = "relevance_score"
      }
    }
    let results: [Item]
  }

  package func scores(
    of passages: [String], for question: String
  ) async throws(RerankError) -> [Double] {
    guard !passages.isEmpty else { return [] }
    var headers = [("content-type", "application/json")]
    if let key { headers.append(("authorization", "Bearer \(key)")) }
    let answer: Answer
    do {
      let body = Body(model: name, query: question, documents: passages, count: passages.count)
      let response = try await client.send(
        HTTPRequest(
          method: "POST", url: url, headers: headers, body: try JSON.encode(body), connectTimeout: timeout,
          timeout: timeout))
      guard response.status == 200 else {
        throw RerankError("the re-ranking server answered \(response.status)")
      }
      answer = try JSON.decode(Answer.self, from: response.body)
    } catch let error as RerankError { throw error } catch let error as HTTPClientError {
      throw RerankError("the re-ranking server cannot be reached: \(error)")
    } catch {
      throw RerankError("the re-ranking server's answer is not understood: \(error)")
    }
    var scores = [Double?](repeating: nil, count: passages.count)
    for item in answer.results where scores.indices.contains(item.index) && item.score.isFinite {
      scores[item.index] = item.score
    }
    let known = scores.compactMap(\.self)
    guard known.count == passages.count else {
      throw RerankError("the re-ranking server scored \(known.count) of \(passages.count) passages")
    }
    return known
  }
}
