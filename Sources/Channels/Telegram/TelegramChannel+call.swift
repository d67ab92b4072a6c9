import HTTPClient
import JSON

extension TelegramChannel {
  /// Calls once.
  /// - Parameter boundary: of a form with a file.
  func call(
    _ request: TelegramRequest,
    _ token: TelegramToken,
    boundary: String = "",
    timeout: Duration? = nil,
    maximumResponseBytes: Int = 256 << 10,
    using client: HTTPClient
  ) async -> TelegramAnswer {
    guard let (type, body) = try? request.encoded(boundary: boundary) else {
      return .failed(.rejected(reason: "invalid-request", code: nil))
    }
    let request = HTTPRequest(
      method: "POST",
      url: "\(endpoint)/bot\(token.text)/\(request.method)",
      headers: [("Content-Type", type)],
      body: body,
      timeout: timeout ?? self.timeout,
      maximumResponseBytes: maximumResponseBytes
    )
    do throws(HTTPClientError) {
      return TelegramAnswer(try await client.send(request))
    } catch {
      return .failed(SendOutcome(error))
    }
  }
}
