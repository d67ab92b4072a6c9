/// Why there is no response, or not a whole one.
package struct HTTPClientError: Error, Equatable, CustomStringConvertible {
  package enum Code: String, Sendable {
    /// The request cannot be sent by anyone: malformed URL, method or header.
    case invalidRequest
    case unresolvedHost
    /// The host has no address of the public internet, and the request is for that alone.
    case addressRefused
    /// No TCP connection: refused, no route, reset while connecting.
    case unreachable
    /// The TLS handshake failed, or the certificate was not trusted.
    case tlsFailed
    case timeout
    /// The connection broke after the request may have gone out.
    case connectionLost
    /// What came back is not HTTP.
    case malformedResponse
    case responseTooLarge
    case cancelled
    /// More requests are waiting for a slot than the client holds.
    case overloaded
    /// The client was shut down.
    case shutDown
    /// libcurl failed for a reason of its own, such as memory.
    case internalFailure
  }

  package let code: Code
  /// Lower case, with the values. Never holds the path, the query, the headers or the body: they carry secrets.
  package let message: String
  /// True only when it is certain that the server cannot have received any byte of the request.
  ///
  /// False means that the outcome is unknown: the server may have acted on the request.
  package let requestWasNotSent: Bool

  package init(code: Code, message: String, requestWasNotSent: Bool) {
    self.code = code
    self.message = message
    self.requestWasNotSent = requestWasNotSent
  }

  /// Whether the same request may succeed later. It does not say that repeating it is safe.
  package var isRetriable: Bool {
    switch code {
    case .unresolvedHost, .unreachable, .timeout, .connectionLost, .malformedResponse, .overloaded: true
    case .invalidRequest, .addressRefused, .tlsFailed, .responseTooLarge, .cancelled, .shutDown,
      .internalFailure:
      false
    }
  }

  package var description: String {
    "\(code.rawValue): \(message)" + (requestWasNotSent ? " (request was not sent)" : "")
  }
}

extension HTTPClientError {
  static func invalid(_ message: String) -> Self {
    Self(code: .invalidRequest, message: message, requestWasNotSent: true)
  }
}
