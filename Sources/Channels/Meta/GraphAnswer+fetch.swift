import HTTPClient
import JSON

extension GraphAnswer {
  /// What an answer of the Graph API, or of Meta's hosts for files, says about a file that was not given.
  static func fetchOutcome(of response: HTTPResponse) -> FetchOutcome {
    let body = try? JSONValue(parsing: response.body)
    let code = (body?["error"]?["code"]?.int).flatMap { Int(exactly: $0) }
    let retryAfter = response.retryAfter
    switch code.flatMap(GraphErrorCode.verdict) {
    case .notTaken(let reason, let wait):
      return .notFetched(reason: reason, code: code, retryAfter: retryAfter ?? wait)
    case .rejected("unauthorised"): return .failed(reason: "unauthorised", code: code)
    // An id that is not known, or not any more, is an invalid parameter.
    case .rejected: return .failed(reason: "gone", code: code)
    case nil: break
    }
    switch response.status {
    case 401, 403: return .failed(reason: "unauthorised", code: code)
    case 404, 410: return .failed(reason: "gone", code: code)
    case 408: return .notFetched(reason: "timeout", code: code, retryAfter: nil)
    case 429: return .notFetched(reason: "throttled", code: code, retryAfter: retryAfter)
    case 400..<500: return .failed(reason: "gone", code: code)
    case 300..<400: return .failed(reason: "unsupported", code: code)
    default: return .notFetched(reason: "server-error", code: code, retryAfter: retryAfter)
    }
  }
}
