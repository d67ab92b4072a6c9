import HTTPClient
import JSON

/// What an answer of the Cloud API says about the message.
enum WhatsAppAnswer {
  static func outcome(of response: HTTPResponse) -> SendOutcome {
    let body = try? JSONValue(parsing: response.body)
    if (200..<300).contains(response.status),
      let id = Bounded.identifier(body?["messages"]?[0]?["id"]?.string)
    {
      return .accepted(providerID: id)
    }
    let code = (body?["error"]?["code"]?.int).flatMap { Int(exactly: $0) }
    return outcome(
      status: response.status,
      code: code,
      retryAfter: retryAfter(response.headers["Retry-After"])
    )
  }

  /// Meta's code decides where it is known: Meta asks to go by codes, not by HTTP statuses. Without one:
  ///
  /// - A 4xx is the answer to a request that was read and refused, so nothing was sent. 408 is the
  ///   exception: an intermediary may say it after passing the request on.
  /// - A 5xx may come after the message was handed over, and no documentation says otherwise: it stays
  ///   uncertain.
  static func outcome(status: Int, code: Int?, retryAfter: Duration?) -> SendOutcome {
    switch code.flatMap(WhatsAppErrorCode.verdict) {
    case .rejected(let reason): return .rejected(reason: reason, code: code)
    case .notTaken(let reason, let wait):
      return .notTaken(reason: reason, code: code, retryAfter: retryAfter ?? wait)
    case .uncertain(let reason): return .uncertain(reason: reason)
    case nil: break
    }
    switch status {
    case 200..<300: return .uncertain(reason: "no-message-id")
    case 300..<400: return .rejected(reason: "redirected", code: code)
    case 401, 403: return .rejected(reason: "unauthorised", code: code)
    case 404: return .rejected(reason: "unknown-account", code: code)
    case 408: return .uncertain(reason: "timeout")
    case 429: return .notTaken(reason: "throttled", code: code, retryAfter: retryAfter)
    case 400..<500: return .rejected(reason: "invalid-request", code: code)
    default: return .uncertain(reason: "server-error")
    }
  }

  /// Seconds (RFC 9110, section 10.2.3), at most a day; the form with a date is passed over.
  static func retryAfter(_ header: String?) -> Duration? {
    guard let header, let seconds = Int(header), (0...86_400).contains(seconds) else { return nil }
    return .seconds(seconds)
  }
}
