import Channels
import Contracts
import HTTPClient
import TestServers
import Testing

/// Each cell of the table of statuses in `Sources/Channels/README.md`.
@Suite(.timeLimit(.minutes(5))) struct FailingServerTests {
  enum Platform: CaseIterable { case whatsApp, messenger, instagram, telegram }

  enum Answer: CaseIterable {
    case bare, bareWithTime, transient, ownWord, unknownCode

    func body(_ platform: Platform, _ status: Int) -> String {
      switch (self, platform) {
      case (.bare, _), (.bareWithTime, _): "<html>"
      case (.ownWord, .telegram), (.transient, .telegram), (.unknownCode, .telegram):
        #"{"ok":false,"error_code":\#(status),"description":"\#(FailingServerTests.words[status] ?? "")"}"#
      case (.ownWord, _): #"{"error":{"code":2,"type":"OAuthException"}}"#
      case (.transient, _): #"{"error":{"code":999999,"is_transient":true}}"#
      case (.unknownCode, _): #"{"error":{"code":999999}}"#
      }
    }

    /// nil where a report is awaited; else the reason for which it goes again.
    func isAgain(_ platform: Platform, _ status: Int) -> String? {
      if status == 429, self != .ownWord && self != .transient || platform == .telegram { return "throttled" }
      if self == .bareWithTime, status == 503 { return "unavailable" }
      if self == .ownWord || self == .transient, platform != .telegram { return "server-error" }
      return [500, 503].contains(status) ? "server-error" : nil
    }
  }

  static let words = [
    429: "Too Many Requests", 500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable",
    504: "Gateway Timeout",
  ]

  let client = HTTPClient(maximumConcurrentRequests: 4)

  @Test(arguments: Platform.allCases, Answer.allCases) func theTableHolds(platform: Platform, answer: Answer)
    async throws
  {
    for (status, words) in Self.words {
      let server = try MessengerServer { connection, _ in
        connection.respond(
          "\(status) \(words)", headers: answer == .bareWithTime ? ["Retry-After: 9"] : [],
          answer.body(platform, status))
      }
      let outcome = await send(platform, server.url)
      switch (outcome, answer.isAgain(platform, status)) {
      case (.notTaken(let reason, _, let wait), let expected?):
        #expect(reason == expected && wait == (answer == .bareWithTime ? .seconds(9) : nil), "\(status)")
      case (.unconfirmed(let reason, _), nil): #expect(reason == "server-error", "\(status)")
      default: Issue.record("\(status): \(outcome)")
      }
      // Nothing is tried again unseen.
      #expect(server.requests.count == 1)
    }
  }

  private func send(_ platform: Platform, _ url: String) async -> SendOutcome {
    let channel: any ChannelAdapter =
      switch platform {
      case .whatsApp: WhatsAppChannel(baseURL: url)
      case .messenger: MessengerChannel(baseURL: url)
      case .instagram: InstagramChannel(pageURL: url)
      case .telegram: TelegramChannel(baseURL: url)
      }
    let token = platform == .telegram ? "77:to-k_en" : "EAAt0ken"
    return await channel.send(.toSeven(), from: MessengerServer.secrets(token: token), using: client)
  }
}
