import HTTPClient
import JSON

extension ModelError {
  /// What an HTTP failure means for the call.
  init(_ error: HTTPClientError) {
    let code: Code =
      switch error.code {
      case .timeout: .timeout
      case .cancelled: .cancelled
      case .invalidRequest, .addressRefused: .rejected
      case .malformedResponse, .responseTooLarge: .malformedAnswer
      case .unresolvedHost, .unreachable, .tlsFailed, .connectionLost, .overloaded, .shutDown,
        .internalFailure:
        .unreachable
      }
    self.init(code: code, message: error.message)
  }

  /// A response other than 200.
  init(status: Int, headers: HTTPHeaders, body: [UInt8]) {
    let code: Code =
      switch status {
      case 429: .rateLimited
      case 408, 504: .timeout
      case 300..<500: .rejected
      default: .serverError
      }
    let document = try? JSONValue(parsing: body)
    let error = document?["error"]
    let text = error?["message"]?.string ?? error?.string ?? document?["message"]?.string
    self.init(
      code: code, message: "http status \(status)" + (text.map { ": \($0)" } ?? ""),
      retryAfter: status == 429 || status == 503 ? Models.retryAfter(headers) : nil)
  }

  /// The same error with a bounded message that does not repeat the key.
  func withoutSecret(_ key: String?) -> ModelError {
    let text = key.map { message.replacing($0, with: "[key]") } ?? message
    return ModelError(
      code: code, message: text.count > 300 ? text.prefix(300) + "…" : text, retryAfter: retryAfter)
  }
}
