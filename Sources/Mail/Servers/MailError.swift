import CCurl

/// Why a mail server was not reached, or did not do what it was asked.
package struct MailError: Error, Equatable, CustomStringConvertible {
  package enum Code: String, Sendable {
    case invalidRequest = "invalid-request"
    case unresolvedHost = "unresolved-host"
    case unreachable
    /// No encryption to be had, or a certificate that is not trusted.
    case tlsFailed = "tls-failed"
    case unauthorised
    case timeout
    case connectionLost = "connection-lost"
    /// The server said no; `reply` is its code, if it has one.
    case refused
    /// An answer larger than was asked for.
    case tooLarge = "too-large"
    case cancelled
    /// libcurl failed for a reason of its own, such as memory.
    case internalFailure = "internal-failure"
  }

  package let code: Code
  /// Lower case; never holds addresses or what the server wrote.
  package let message: String
  /// Of SMTP (RFC 5321, section 4.2), with the enhanced code (RFC 3463) if it has one.
  package var reply: SMTPReply?

  package var isRetriable: Bool {
    switch code {
    case .unresolvedHost, .unreachable, .timeout, .connectionLost: true
    case .refused: reply.map { $0.isTransient } ?? true
    case .unauthorised, .invalidRequest, .tlsFailed, .tooLarge, .cancelled, .internalFailure: false
    }
  }

  package var description: String { "mail server \(code.rawValue): \(message)" }
}

extension MailError.Code {
  init(_ result: CURLcode) {
    switch result {
    case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL: self = .invalidRequest
    case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: self = .unresolvedHost
    case CURLE_COULDNT_CONNECT, CURLE_INTERFACE_FAILED: self = .unreachable
    case CURLE_OPERATION_TIMEDOUT: self = .timeout
    case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE,
      CURLE_SSL_CERTPROBLEM,
      CURLE_SSL_CIPHER, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_ENGINE_INITFAILED, CURLE_USE_SSL_FAILED:
      self = .tlsFailed
    case CURLE_LOGIN_DENIED: self = .unauthorised
    case CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE: self = .connectionLost
    case CURLE_WEIRD_SERVER_REPLY, CURLE_QUOTE_ERROR, CURLE_REMOTE_FILE_NOT_FOUND: self = .refused
    default: self = .internalFailure
    }
  }
}
