import HTTPClient

/// What became of a message that was to be sent. Reasons are stable words in lower case: never the
/// provider's own text, which may hold addresses.
package enum SendOutcome: Sendable, Equatable {
  /// The provider took it. `providerID` is what its statuses will name; of a message sent in parts, the last part's,
  /// behind those of the `earlier` ones, in their order.
  case accepted(providerID: String, earlier: [String] = [])
  /// Certainly not taken, and may be tried again, not before `retryAfter` where the provider names a time.
  case notTaken(reason: String, code: Int?, retryAfter: Duration?)
  /// The parts with these ids were taken, those of `OutboundMessage.taken` first; the next one certainly not, and it
  /// may be tried again as in `notTaken`, with these as `taken`.
  case partlyTaken(ids: [String], reason: String, code: Int?, retryAfter: Duration?)
  /// Certainly not taken, and would be refused again.
  case rejected(reason: String, code: Int?)
  /// Whoever stands before the platform gave up waiting for it, so that the next part was carried out or was not; those
  /// of `parts` certainly were. To be sent again once, after a while in which no report of it came back: `SendMark`.
  case unconfirmed(reason: String, parts: [String] = [])
  /// May have been taken, in whole or in part: not to be sent again unseen. `parts` certainly were.
  case uncertain(reason: String, parts: [String] = [])
}

extension SendOutcome {
  /// What a request without a response means.
  init(_ error: HTTPClientError) {
    if !error.requestWasNotSent {
      self = .uncertain(reason: error.code.word)
    } else if error.code == .invalidRequest {
      self = .rejected(reason: error.code.word, code: nil)
    } else {
      self = .notTaken(reason: error.code.word, code: nil, retryAfter: nil)
    }
  }
}

extension HTTPClientError.Code {
  /// A reason of outcomes.
  var word: String {
    switch self {
    case .invalidRequest: "invalid-request"
    case .unresolvedHost: "unresolved-host"
    case .unreachable: "unreachable"
    case .tlsFailed: "tls-failed"
    case .timeout: "timeout"
    case .connectionLost: "connection-lost"
    case .malformedResponse: "malformed-response"
    case .responseTooLarge: "response-too-large"
    case .cancelled: "cancelled"
    case .overloaded: "overloaded"
    case .shutDown: "shut-down"
    case .addressRefused: "address-refused"
    case .internalFailure: "internal-failure"
    }
  }
}
