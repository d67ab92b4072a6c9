import HTTPClient
import JSON

/// What an answer of the Graph API says about a message that was to be sent.
enum GraphAnswer {
  /// - Parameters:
  ///   - messageID: of a body that says that the message was taken.
  ///   - verdict: what the platform's own codes mean; nil leaves a code to `GraphErrorCode`.
  static func outcome(
    of response: HTTPResponse,
    messageID: (JSONValue) -> String?,
    verdict: (Int) -> GraphErrorCode.Verdict?
  ) -> SendOutcome {
    let body = try? JSONValue(parsing: response.body)
    if (200..<300).contains(response.status), let id = Bounded.identifier(body.flatMap(messageID)) {
      return .accepted(providerID: id)
    }
    let code = (body?["error"]?["code"]?.int).flatMap { Int(exactly: $0) }
    // "Unsupported get request. Object with ID … does not exist": one code stands for much, and this says which.
    if code == 100, body?["error"]?["error_subcode"]?.int == 33 {
      return .rejected(reason: "unknown-account", code: code)
    }
    let retryAfter =
      response.retryAfter
      ?? BusinessUsage.timeToRegainAccess(response.headers["X-Business-Use-Case-Usage"])
    switch code.flatMap({ verdict($0) ?? GraphErrorCode.verdict($0) }) {
    case .rejected(let reason): return .rejected(reason: reason, code: code)
    case .notTaken(let reason, let wait):
      return .notTaken(reason: reason, code: code, retryAfter: retryAfter ?? wait)
    case nil:
      // The platform's own word that the call failed and may be made again ("Handle errors": `is_transient`).
      if code != nil, body?["error"]?["is_transient"]?.bool == true {
        return .notTaken(reason: "server-error", code: code, retryAfter: retryAfter)
      }
      // What has a code is the platform's, which may have begun.
      if code == nil, let outcome = response.refusedForNow { return outcome }
      return outcome(status: response.status, code: code, retryAfter: retryAfter)
    }
  }

  /// Without a code that is known. Meta asks to go by codes, not by HTTP statuses, so this comes last:
  ///
  /// - A 4xx is the answer to a request that was read and refused, so nothing was sent. 408 is the
  ///   exception: an intermediary may say it after passing the request on.
  /// - 500 and 503 are the server's own word that the call failed.
  /// - 502, 504 and what else begins with 5 come from what stands before it, and may come after the message was handed
  ///   over.
  static func outcome(status: Int, code: Int?, retryAfter: Duration?) -> SendOutcome {
    switch status {
    case 200..<300: return .uncertain(reason: "no-message-id")
    case 300..<400: return .rejected(reason: "redirected", code: code)
    case 401, 403: return .rejected(reason: "unauthorised", code: code)
    case 404: return .rejected(reason: "unknown-account", code: code)
    case 408: return .uncertain(reason: "timeout")
    case 429: return .notTaken(reason: "throttled", code: code, retryAfter: retryAfter)
    case 400..<500: return .rejected(reason: "invalid-request", code: code)
    case 500, 503: return .notTaken(reason: "server-error", code: code, retryAfter: retryAfter)
    default: return .unconfirmed(reason: "server-error")
    }
  }
}
