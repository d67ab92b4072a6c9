import HTTPClient

/// Gets the files of messages: their addresses are Meta's, hold their own authority and last for days.
package struct MessengerMedia: Sendable {
  /// Taken as Meta's too.
  let baseURL: String
  let timeout: Duration

  func fetch(_ source: AttachmentSource, maximumBytes: Int, using client: HTTPClient) async -> FetchOutcome {
    guard case .url(let url) = source, MetaHosts.serve(url, besides: baseURL) else {
      return .failed(reason: "unsupported", code: nil)
    }
    let request = HTTPRequest(url: url, timeout: timeout, maximumResponseBytes: maximumBytes)
    do throws(HTTPClientError) {
      return outcome(of: try await client.send(request))
    } catch {
      return FetchOutcome(error)
    }
  }

  private func outcome(of response: HTTPResponse) -> FetchOutcome {
    switch response.status {
    case 200:
      let type = response.headers["Content-Type"]?.prefix { $0 != ";" && $0 != " " }
      return .fetched(bytes: response.body, mediaType: Bounded.identifier(type?.lowercased()))
    case 408: return .notFetched(reason: "timeout", code: nil, retryAfter: nil)
    case 429:
      let retryAfter = response.retryAfter
      return .notFetched(reason: "throttled", code: nil, retryAfter: retryAfter)
    case 500...: return .notFetched(reason: "server-error", code: nil, retryAfter: nil)
    // An address whose time is over is refused, not unknown.
    case 403, 404, 410: return .failed(reason: "gone", code: nil)
    case 401: return .failed(reason: "unauthorised", code: nil)
    default: return .failed(reason: "unsupported", code: nil)
    }
  }
}
