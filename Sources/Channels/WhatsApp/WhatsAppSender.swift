import Contracts
import HTTPClient
import JSON

/// The calls that a connection makes to the Graph API.
struct WhatsAppSender {
  /// With the version, without a slash at the end.
  let endpoint: String
  let account: String
  let accessToken: String
  let timeout: Duration
  let client: HTTPClient

  /// nil when the account or the token is missing, or the account could not be a part of a path.
  init?(
    _ connection: ConnectionCreated.Private,
    endpoint: String,
    timeout: Duration,
    client: HTTPClient
  ) {
    guard let account = connection.account, Self.isPathWord(account),
      let accessToken = connection.accessToken, !accessToken.isEmpty
    else { return nil }
    self.endpoint = endpoint
    self.account = account
    self.accessToken = accessToken
    self.timeout = timeout
    self.client = client
  }

  static func isPathWord(_ text: String) -> Bool {
    (1...64).contains(text.utf8.count)
      && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }
  }

  func send(_ request: WhatsAppRequest) async -> SendOutcome {
    guard let body = try? request.encoded() else { return .rejected(reason: "invalid-request", code: nil) }
    return await post("messages", body, type: "application/json") { $0["messages"]?[0]?["id"]?.string }
  }

  /// The outcome's id is the file's. Nobody sees a file that was uploaded, so whatever went wrong, nothing was sent.
  func upload(_ file: WhatsAppUpload, boundary: String) async -> SendOutcome {
    let form = file.form(boundary: boundary)
    let outcome = await post("media", form, type: "multipart/form-data; boundary=\(boundary)") {
      $0["id"]?.string
    }
    switch outcome {
    case .uncertain(let reason, _), .unconfirmed(let reason, _):
      return .notTaken(reason: reason, code: nil, retryAfter: nil)
    case .accepted, .notTaken, .partlyTaken, .rejected: return outcome
    }
  }

  func show(_ signal: WhatsAppSignal) async -> Bool {
    guard let body = try? JSON.encode(signal),
      let answer = try? await client.send(request("messages", body, type: "application/json")),
      (200..<300).contains(answer.status)
    else { return false }
    return (try? JSONValue(parsing: answer.body))?["success"]?.bool == true
  }

  func get(_ url: String, maximumBytes: Int) async throws(HTTPClientError) -> HTTPResponse {
    try await client.send(
      HTTPRequest(
        url: url,
        headers: [("Authorization", "Bearer \(accessToken)")],
        timeout: timeout,
        maximumResponseBytes: maximumBytes
      )
    )
  }

  private func post(
    _ path: String,
    _ body: [UInt8],
    type: String,
    id: (JSONValue) -> String?
  ) async -> SendOutcome {
    do throws(HTTPClientError) {
      return GraphAnswer.outcome(
        of: try await client.send(request(path, body, type: type)),
        messageID: id,
        verdict: WhatsAppErrorCode.verdict
      )
    } catch {
      return SendOutcome(error)
    }
  }

  private func request(_ path: String, _ body: [UInt8], type: String) -> HTTPRequest {
    HTTPRequest(
      method: "POST",
      url: "\(endpoint)/\(account)/\(path)",
      headers: [("Authorization", "Bearer \(accessToken)"), ("Content-Type", type)],
      body: body,
      timeout: timeout,
      maximumResponseBytes: 256 << 10
    )
  }
}

/// Marks a message as read, and everything before it ("Mark messages as read"); typing is shown for 25 seconds or
/// until the answer ("Typing indicators").
struct WhatsAppSignal: Encodable {
  private struct Typing: Encodable {
    let type = "text"
  }

  private let messaging_product = "whatsapp"
  private let status = "read"
  private let message_id: String
  private let typing_indicator: Typing?

  init(_ signal: ChannelSignal, of message: String) {
    message_id = message
    typing_indicator = signal == .typing ? Typing() : nil
  }
}
