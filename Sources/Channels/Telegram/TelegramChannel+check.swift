import Contracts
import HTTPClient
import JSON

extension TelegramChannel: RegisteredChannel {
  package func register(
    _ url: String, for connection: ConnectionCreated.Private, using client: HTTPClient
  ) async -> SetUpOutcome {
    SetUpOutcome(await setWebhook(url, for: connection, using: client))
  }

  package func unregister(
    _ connection: ConnectionCreated.Private, using client: HTTPClient
  ) async -> SetUpOutcome {
    SetUpOutcome(await deleteWebhook(for: connection, using: client))
  }

  /// Looks at the bot and at where Telegram calls for it (Bot API, "getMe", "getWebhookInfo").
  package func check(
    _ connection: ConnectionCreated.Private, at url: String?, using client: HTTPClient
  ) async -> [ConnectionFinding] {
    let account: ConnectionFinding
    switch await bot(of: connection, using: client) {
    case .failed(let reason, let code, _):
      return [ConnectionFinding(.credentials, failed: reason, code: code)]
    case .done(let name):
      account =
        TelegramBot(connection).isCalled(name[...])
        ? ConnectionFinding(.account, "is the bot @\(name)")
        : ConnectionFinding(
          .account, problem: "other-account",
          "the token is of the bot @\(name), not of the account that the connection names")
    }
    switch await webhookInfo(for: connection, using: client) {
    case .failed(let reason, let code, _):
      return [account, ConnectionFinding(.webhook, failed: reason, code: code)]
    case .done(let info): return [account, webhook(info, isPolled(connection) ? nil : url)]
    }
  }

  /// - Parameter url: where it should be; nil where there should be none.
  private func webhook(_ info: TelegramWebhookInfo, _ url: String?) -> ConnectionFinding {
    guard let url else {
      return info.url.isEmpty
        ? ConnectionFinding(.webhook, "the bot is polled")
        : ConnectionFinding(
          .webhook, problem: "conflict", "the bot cannot be polled while it has a webhook: remove that")
    }
    guard info.url == url else {
      return ConnectionFinding(
        .webhook, problem: info.url.isEmpty ? "not-set" : "elsewhere",
        (info.url.isEmpty ? "Telegram calls nowhere" : "Telegram calls another address")
          + ": set the connection's webhook")
    }
    if let error = info.lastError, info.pending > 0 {
      return ConnectionFinding(
        .webhook, problem: "not-delivered",
        "\(info.pending) updates wait, as Telegram could not deliver the last one: \(error.prefix(200))")
    }
    return ConnectionFinding(.webhook, "Telegram calls this connection")
  }
}

extension SetUpOutcome {
  fileprivate init(_ outcome: TelegramOutcome<Void>) {
    switch outcome {
    case .done: self = .done
    case .failed(let reason, let code, _): self = .failed(reason: reason, code: code)
    }
  }
}
