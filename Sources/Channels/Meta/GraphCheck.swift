import HTTPClient
import JSON

/// Looks at an object of the Graph API, to see whether a connection works.
struct GraphCheck {
  let accessToken: String
  let timeout: Duration
  let client: HTTPClient

  /// - Parameter read: what was found, for people; a problem when the answer is not what it should be.
  func finding(
    _ part: ConnectionFinding.Part, at url: String, read: (JSONValue) -> ConnectionFinding?
  ) async -> ConnectionFinding {
    let request = HTTPRequest(
      url: url, headers: [("Authorization", "Bearer \(accessToken)")], timeout: timeout,
      maximumResponseBytes: 256 << 10)
    do throws(HTTPClientError) {
      let response = try await client.send(request)
      if response.status == 200, let finding = (try? JSONValue(parsing: response.body)).flatMap(read) {
        return finding
      }
      switch GraphAnswer.outcome(of: response, messageID: { _ in nil }, verdict: Self.permission) {
      case .rejected(let reason, let code), .notTaken(let reason, let code, _):
        return ConnectionFinding(part, failed: reason, code: code)
      case .accepted, .partlyTaken, .unconfirmed, .uncertain:
        return ConnectionFinding(part, failed: "malformed-response", code: nil)
      }
    } catch {
      return ConnectionFinding(part, failed: error.code.word, code: nil)
    }
  }

  /// A token that is good, but not for this, is to be told from one that is not ("Handle errors": 3, 10 and 200 to 299).
  private static func permission(_ code: Int) -> GraphErrorCode.Verdict? {
    code == 3 || code == 10 || (200..<300).contains(code) ? .rejected("missing-permission") : nil
  }

  /// Whether an app is subscribed to what a page or an account is sent (Messenger Platform, "Subscribe your app";
  /// Instagram Platform, "Webhooks").
  func subscription(at endpoint: String) async -> ConnectionFinding {
    await finding(.webhook, at: "\(endpoint)/subscribed_apps") { answer in
      guard let apps = answer["data"]?.array else { return nil }
      let fields = apps.flatMap { $0["subscribed_fields"]?.array ?? [] }.compactMap(\.string)
      guard fields.contains("messages") else {
        return ConnectionFinding(
          .webhook, problem: "not-subscribed",
          "no app is subscribed to the field messages of this account: subscribe it in the app's settings")
      }
      return ConnectionFinding(.webhook, "subscribed to \(fields.sorted().joined(separator: ", "))")
    }
  }
}
