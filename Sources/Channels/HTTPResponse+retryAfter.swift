import Foundation
import HTTPClient

extension HTTPResponse {
  /// How long the other side asks to wait, at most a day.
  var retryAfter: Duration? { headers.retryAfter(at: Date()) }

  /// What a 503 that names a time says: whoever answers did not handle the request and asks to come back (RFC 9110,
  /// section 15.6.4). Proxies that lost the server behind them also say 503, after having passed the request on; but
  /// they cannot name a time.
  var refusedForNow: SendOutcome? {
    guard status == 503, let retryAfter else { return nil }
    return .notTaken(reason: "unavailable", code: nil, retryAfter: retryAfter)
  }
}
