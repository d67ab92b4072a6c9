import HTTPClient

extension HTTPResponse {
  /// `Retry-After` in seconds (RFC 9110, section 10.2.3), at most a day; the form with a date is passed over.
  var retryAfter: Duration? {
    guard let header = headers["Retry-After"], let seconds = Int(header), (0...86_400).contains(seconds)
    else {
      return nil
    }
    return .seconds(seconds)
  }

  /// What a 503 that names a time says: whoever answers did not handle the request and asks to come back (RFC 9110,
  /// section 15.6.4). Proxies that lost the server behind them also say 503, after having passed the request on; but
  /// they cannot name a time.
  var refusedForNow: SendOutcome? {
    guard status == 503, let retryAfter else { return nil }
    return .notTaken(reason: "unavailable", code: nil, retryAfter: retryAfter)
  }
}
