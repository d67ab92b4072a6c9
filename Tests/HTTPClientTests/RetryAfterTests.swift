import Foundation
import HTTPClient
import Testing

@Suite struct RetryAfterTests {
  /// The dates are the example of RFC 9110, section 5.6.7, in its three forms: one instant.
  @Test(
    arguments: [
      ("120", 120.0), ("0", 0), ("86401", 86_400), ("-1", nil), ("soon", nil), ("", nil),
      ("Sun, 06 Nov 1994 08:49:37 GMT", 90), ("Sunday, 06-Nov-94 08:49:37 GMT", 90),
      ("Sun Nov  6 08:49:37 1994", 90), ("Sun, 06 Nov 1994 08:48:00 GMT", 0),
      ("Wed, 09 Nov 1994 08:49:37 GMT", 86_400),
    ] as [(String, Double?)])
  func aTimeIsNamedInSecondsOrByADate(value: String, seconds: Double?) {
    let now = Date(timeIntervalSince1970: 784_111_777 - 90)
    let wait = HTTPHeaders([("retry-after", value)]).retryAfter(at: now)
    #expect(wait == seconds.map { .seconds($0) })
    #expect(HTTPHeaders([("Date", value)]).retryAfter(at: now) == nil)
  }
}
