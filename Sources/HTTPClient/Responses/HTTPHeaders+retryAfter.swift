import CCurl
import Foundation

extension HTTPHeaders {
  /// How long `Retry-After` asks to wait (RFC 9110, section 10.2.3), at most a day: so many seconds, or until a date in one
  /// of the three forms that HTTP has (section 5.6.7). nil where it says neither.
  package func retryAfter(at now: Date) -> Duration? {
    guard let value = self["Retry-After"] else { return nil }
    let wait: Double
    if let seconds = Int(value) {
      guard seconds >= 0 else { return nil }
      wait = Double(seconds)
    } else {
      let date = curl_getdate(value, nil)
      guard date >= 0 else { return nil }
      wait = max(0, Double(date) - now.timeIntervalSince1970)
    }
    return .seconds(min(wait, 86_400))
  }
}
