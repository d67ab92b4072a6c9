import HTTPClient

/// How long a provider asks to wait: `retry-after-ms`, or `Retry-After` in seconds (RFC 9110, section 10.2.3).
///
/// The form with a date is passed over: no provider of models is known to send it, and the caller has a back-off.
func retryAfter(_ headers: HTTPHeaders) -> Duration? {
  let milliseconds =
    headers["retry-after-ms"].flatMap(Double.init)
    ?? headers["retry-after"].flatMap(Double.init).map { $0 * 1_000 }
  guard let milliseconds, milliseconds >= 0 else { return nil }
  return .milliseconds(Int(min(milliseconds, 3_600_000)))
}
