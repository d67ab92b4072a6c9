/// Why there is no answer.
package struct ModelError: Error, Equatable, CustomStringConvertible {
  package enum Code: String, Sendable {
    /// No connection, or it broke.
    case unreachable
    case timeout
    /// 429; see `retryAfter`.
    case rateLimited
    /// The provider will never take this request: 4xx, or a malformed URL.
    case rejected
    case serverError
    /// Not an answer, or one that broke off before its end.
    case malformedAnswer
    /// A well-formed answer without text or tool calls.
    case emptyAnswer
    /// The server failed too often lately to be asked now; see `retryAfter`.
    case circuitOpen
    /// The settings have no model of that name.
    case unknownModel
    case cancelled
  }

  package let code: Code
  /// Lower case, at most about 300 characters. Never holds the key; it may quote the provider, who may quote the
  /// request, so it belongs with private data.
  package let message: String
  /// How long the provider asks to wait, at most an hour.
  package let retryAfter: Duration?

  package init(code: Code, message: String, retryAfter: Duration? = nil) {
    self.code = code
    self.message = message
    self.retryAfter = retryAfter
  }

  package var isRetriable: Bool {
    switch code {
    case .unreachable, .timeout, .rateLimited, .serverError, .malformedAnswer, .emptyAnswer, .circuitOpen:
      true
    case .rejected, .cancelled, .unknownModel: false
    }
  }

  package var description: String { "\(code.rawValue): \(message)" }
}
