import Contracts
import HTTPClient
import JSON
import Models

/// What came of a tool's call. What the server said is sealed where it is read, and opened only to be shown to the
/// model: neither the ledger nor the state of a stage holds it in clear.
package struct ToolOutcome: Codable, Sendable {
  /// `succeeded`, `failed` or `uncertain`.
  package let outcome: String
  package let reason: String?
  package let status: Int?
  /// A JWE of `{"text": …}`; nil when there is nothing to be read.
  package let sealed: String?
  package let milliseconds: Double
  /// What it got for the contact.
  package var file: ToolFile?

  package init(outcome: String, reason: String?, status: Int?, sealed: String?, milliseconds: Double) {
    self.outcome = outcome
    self.reason = reason
    self.status = status
    self.sealed = sealed
    self.milliseconds = milliseconds
  }

  struct Text: Codable { let text: String }

  /// The server said something about what was asked, were it only that there is no such thing. Who was not let in, or was
  /// sent elsewhere, was told nothing.
  var isAnswer: Bool {
    outcome == "succeeded" || outcome == "failed" && status.map(Self.telling.contains) == true
  }

  private static let telling: Set<Int> = [400, 404, 409, 410, 422]

  /// What the model is told.
  /// - Parameter text: what the server said.
  func words(_ text: String) -> String {
    switch outcome {
    case "succeeded": return file == nil ? text : "The file will be sent with your answer."
    case "uncertain":
      return
        "It is not known whether this was done. Do not repeat it. A person of the team will look into it."
    default:
      let status = status.map { " with status \($0)" } ?? ""
      return "This failed\(status) (\(reason ?? "unknown")). \(text)"
    }
  }
}

/// Calls tools' servers: those that are listed, at the addresses that they may have, without following redirects, for
/// as long and as much as the tool allows.
package struct HTTPToolCaller: Sendable {
  private let client: HTTPClient
  private let hosts: ToolHosts
  private let files: ToolFiles?

  /// - Parameter files: nil where tools get none.
  package init(client: HTTPClient, hosts: ToolHosts, files: ToolFiles? = nil) {
    self.client = client
    self.hosts = hosts
    self.files = files
  }

  /// - Parameter key: seals what the server says.
  package func call(_ request: ToolRequest, key: SealingKey) async -> ToolOutcome {
    let start = ContinuousClock.now
    func ended(_ outcome: String, _ reason: String?, _ status: Int? = nil, _ text: String? = nil)
      -> ToolOutcome
    {
      let sealed = text.flatMap { try? JWE.seal(JSON.encode(ToolOutcome.Text(text: $0)), with: key) }
      return ToolOutcome(
        outcome: outcome, reason: reason, status: status,
        sealed: sealed.map { String(decoding: $0, as: UTF8.self) },
        milliseconds: (ContinuousClock.now - start).seconds * 1_000)
    }
    guard let access = hosts.access(to: request.url) else { return ended("failed", "host-not-allowed") }
    let http = HTTPRequest(
      method: request.method, url: request.url, headers: request.headers.map { ($0.name, $0.value) },
      body: request.body, connectTimeout: .seconds(5), timeout: request.timeout,
      // The stream is cut off before.
      maximumResponseBytes: .max, destination: access == .anywhere ? .any : .publicInternet)
    do {
      return try await client.stream(http) { head, chunks in
        var body: [UInt8] = []
        for try await chunk in chunks {
          body += chunk.prefix(request.maximumBytes + 1 - body.count)
          if body.count > request.maximumBytes { break }
        }
        if let place = request.file, (200..<300).contains(head.status) {
          guard let files else { return ended("failed", "not-configured") }
          guard !body.isEmpty, body.count <= request.maximumBytes else {
            return ended("failed", body.isEmpty ? "empty" : "too-large", head.status)
          }
          var outcome = ended("succeeded", nil, head.status)
          outcome.file = try await files.keep(
            body, mediaType: head.headers["Content-Type"], url: request.url, as: place, key: key)
          return outcome
        }
        let text = Self.text(body, atMost: request.maximumBytes)
        return switch head.status {
        case 200..<300: ended("succeeded", nil, head.status, text)
        case 300..<400: ended("failed", "redirect", head.status)
        default: ended("failed", "status", head.status, text)
        }
      }
    } catch let error as HTTPClientError {
      let isUncertain = request.changes && !error.requestWasNotSent
      return ended(isUncertain ? "uncertain" : "failed", error.code.toolReason)
    } catch {
      return ended(request.changes ? "uncertain" : "failed", "internal-failure")
    }
  }

  private static func text(_ body: [UInt8], atMost most: Int) -> String {
    let text = String(decoding: body.prefix(most), as: UTF8.self).replacing("\0", with: "\u{FFFD}")
    return body.count > most ? text + " …(cut off)" : text
  }
}

extension HTTPClientError.Code {
  fileprivate var toolReason: String {
    switch self {
    case .invalidRequest: "invalid-request"
    case .unresolvedHost: "unresolved-host"
    case .addressRefused: "address-refused"
    case .unreachable: "unreachable"
    case .tlsFailed: "tls-failed"
    case .timeout: "timeout"
    case .connectionLost: "connection-lost"
    case .malformedResponse: "malformed-response"
    case .responseTooLarge: "response-too-large"
    case .cancelled: "cancelled"
    case .overloaded: "overloaded"
    case .shutDown: "shut-down"
    case .internalFailure: "internal-failure"
    }
  }
}
