import HTTPClient

extension FetchOutcome {
  /// What a request without a response means: the same as for a message, only that a file may always be asked for
  /// again.
  init(_ error: HTTPClientError) {
    if error.code == .responseTooLarge {
      self = .failed(reason: "too-large", code: nil)
      return
    }
    switch SendOutcome(error) {
    case .rejected(let reason, let code): self = .failed(reason: reason, code: code)
    case .notTaken(let reason, let code, let wait):
      self = .notFetched(reason: reason, code: code, retryAfter: wait)
    case .uncertain(let reason): self = .notFetched(reason: reason, code: nil, retryAfter: nil)
    case .accepted: self = .notFetched(reason: error.code.rawValue, code: nil, retryAfter: nil)
    }
  }
}
