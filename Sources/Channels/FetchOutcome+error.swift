import HTTPClient

extension FetchOutcome {
  /// What a request without a whole response means. Unlike a message, a file may always be asked for again.
  init(_ error: HTTPClientError) {
    switch error.code {
    case .responseTooLarge: self = .failed(reason: "too-large", code: nil)
    case .invalidRequest: self = .failed(reason: error.code.word, code: nil)
    default: self = .notFetched(reason: error.code.word, code: nil, retryAfter: nil)
    }
  }
}
