import HTTPClient

/// Gets the files of messages: their addresses are Meta's, hold their own authority and last for days.
struct MessengerMedia {
  private static let hosts = ["fbcdn.net", "fbsbx.com", "cdninstagram.com", "facebook.com", "instagram.com"]

  /// Taken as Meta's too.
  let baseURL: String
  let timeout: Duration

  func fetch(_ source: AttachmentSource, maximumBytes: Int, using client: HTTPClient) async -> FetchOutcome {
    guard case .url(let url) = source, isMetas(url) else { return .failed(reason: "unsupported", code: nil) }
    let request = HTTPRequest(url: url, timeout: timeout, maximumResponseBytes: maximumBytes)
    do throws(HTTPClientError) {
      return outcome(of: try await client.send(request))
    } catch {
      return outcome(of: error)
    }
  }

  /// Whether it is an address of `https` with a plain host of Meta's. Read letter by letter, so that nothing can be
  /// a host here and something else to who connects.
  private func isMetas(_ url: String) -> Bool {
    if url.hasPrefix(baseURL + "/") { return true }
    guard url.hasPrefix("https://") else { return false }
    let host = url.dropFirst(8).prefix { !"/?#".contains($0) }.lowercased()
    return host.utf8.allSatisfy { "abcdefghijklmnopqrstuvwxyz0123456789.-".utf8.contains($0) }
      && Self.hosts.contains { host == $0 || host.hasSuffix("." + $0) }
  }

  private func outcome(of response: HTTPResponse) -> FetchOutcome {
    switch response.status {
    case 200:
      let type = response.headers["Content-Type"]?.prefix { $0 != ";" && $0 != " " }
      return .fetched(bytes: response.body, mediaType: Bounded.identifier(type?.lowercased()))
    case 408: return .notFetched(reason: "timeout", code: nil, retryAfter: nil)
    case 429:
      let retryAfter = GraphAnswer.retryAfter(response.headers["Retry-After"])
      return .notFetched(reason: "throttled", code: nil, retryAfter: retryAfter)
    case 500...: return .notFetched(reason: "server-error", code: nil, retryAfter: nil)
    // An address whose time is over is refused, not unknown.
    case 403, 404, 410: return .failed(reason: "gone", code: nil)
    case 401: return .failed(reason: "unauthorised", code: nil)
    default: return .failed(reason: "unsupported", code: nil)
    }
  }

  private func outcome(of error: HTTPClientError) -> FetchOutcome {
    if error.code == .responseTooLarge { return .failed(reason: "too-large", code: nil) }
    switch SendOutcome(error) {
    case .rejected: return .failed(reason: "unsupported", code: nil)
    case .notTaken(let reason, _, _), .uncertain(let reason):
      return .notFetched(reason: reason, code: nil, retryAfter: nil)
    case .accepted: return .notFetched(reason: "internal-failure", code: nil, retryAfter: nil)
    }
  }
}
