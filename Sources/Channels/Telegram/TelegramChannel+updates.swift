import Contracts
import HTTPClient
import JSON

/// What became of a call that is not about a message. Reasons are words as in `SendOutcome`, and `conflict`
/// when a bot is polled that has a webhook, or twice at once.
package enum TelegramOutcome<Value: Sendable>: Sendable {
  case done(Value)
  case failed(reason: String, code: Int?, retryAfter: Duration?)
}

/// Updates that Telegram holds until they are confirmed.
package struct TelegramUpdates: Sendable, Equatable {
  package struct Update: Sendable, Equatable {
    package let id: Int64
    /// As a webhook's body would be.
    package let body: [UInt8]
  }

  package let updates: [Update]
  /// To be given to the next `poll` once the updates are recorded: that confirms them. nil before the first.
  package let next: Int64?
}

package struct TelegramWebhookInfo: Sendable, Equatable {
  /// Empty when there is none.
  package let url: String
  package let pending: Int
  /// Telegram's words for why the last delivery failed; for people.
  package let lastError: String?
}

extension TelegramChannel {
  /// Has Telegram call an address from now on, with the connection's `verify_token`, for the kinds of
  /// updates that `parse` makes something of. Until it is removed, `poll` fails with `conflict`.
  /// - Parameter url: `https`.
  package func setWebhook(
    _ url: String, for connection: ConnectionCreated.Private, using client: HTTPClient
  ) async -> TelegramOutcome<Void> {
    guard let secret = connection.verifyToken, (1...256).contains(secret.utf8.count),
      secret.utf8.allSatisfy(\.isTokenCharacter)
    else { return .failed(reason: "not-configured", code: nil, retryAfter: nil) }
    let fields = ["url": url, "secret_token": secret, "allowed_updates": Self.kinds]
    return await outcome(of: TelegramRequest("setWebhook", fields), for: connection, using: client) { _ in ()
    }
  }

  /// Telegram keeps what it could not deliver for `poll`, for a day.
  package func deleteWebhook(
    for connection: ConnectionCreated.Private, using client: HTTPClient
  ) async -> TelegramOutcome<Void> {
    await outcome(of: TelegramRequest("deleteWebhook"), for: connection, using: client) { _ in () }
  }

  package func webhookInfo(
    for connection: ConnectionCreated.Private, using client: HTTPClient
  ) async -> TelegramOutcome<TelegramWebhookInfo> {
    await outcome(of: TelegramRequest("getWebhookInfo"), for: connection, using: client) { result in
      result["url"]?.string.map { url in
        TelegramWebhookInfo(
          url: url, pending: result["pending_update_count"]?.int.flatMap { Int(exactly: $0) } ?? 0,
          lastError: Bounded.text(result["last_error_message"]?.string))
      }
    }
  }

  /// What the bot is called, without `@`.
  package func bot(
    of connection: ConnectionCreated.Private, using client: HTTPClient
  ) async -> TelegramOutcome<String> {
    await outcome(of: TelegramRequest("getMe"), for: connection, using: client) { result in
      Bounded.identifier(result["username"]?.string)
    }
  }

  /// One step of polling, for a bot that Telegram cannot call: waits for updates up to `wait` and gives at
  /// most 100.
  ///
  /// Telegram gives them again until a later step is given their `next`.
  /// - Parameters:
  ///   - position: `next` of the step before; nil at first.
  ///   - wait: whole seconds, at most 50; zero not to wait.
  package func poll(
    after position: Int64?, wait: Duration = .seconds(25), for connection: ConnectionCreated.Private,
    using client: HTTPClient
  ) async -> TelegramOutcome<TelegramUpdates> {
    let seconds = min(max(wait.components.seconds, 0), 50)
    let request = TelegramRequest(
      "getUpdates",
      ["offset": position.map { "\($0)" }, "timeout": "\(seconds)", "allowed_updates": Self.kinds])
    return await outcome(of: request, for: connection, wait: .seconds(seconds), using: client) { result in
      guard let updates = result.array else { return nil }
      // One without a number could be neither recorded once nor confirmed.
      let numbered = updates.compactMap { update in
        update["update_id"]?.int.map { TelegramUpdates.Update(id: $0, body: update.serialized()) }
      }
      return TelegramUpdates(
        updates: numbered, next: numbered.map(\.id).max().map { max($0, $0 &+ 1) } ?? position)
    }
  }

  private static let kinds = "[" + TelegramUpdate.kinds.map { "\"\($0)\"" }.joined(separator: ",") + "]"

  private func outcome<Value>(
    of request: TelegramRequest, for connection: ConnectionCreated.Private, wait: Duration = .zero,
    using client: HTTPClient, reading read: (JSONValue) -> Value?
  ) async -> TelegramOutcome<Value> {
    guard let token = TelegramToken(connection) else {
      return .failed(reason: "not-configured", code: nil, retryAfter: nil)
    }
    let answer = await call(
      request, token, timeout: timeout + wait, maximumResponseBytes: 32 << 20, using: client)
    if case .done(let result) = answer, let value = read(result) { return .done(value) }
    switch answer.outcome {
    case .accepted: return .failed(reason: "malformed-response", code: nil, retryAfter: nil)
    case .notTaken(let reason, let code, let retryAfter),
      .partlyTaken(_, let reason, let code, let retryAfter):
      return .failed(reason: reason, code: code, retryAfter: retryAfter)
    case .rejected(let reason, let code): return .failed(reason: reason, code: code, retryAfter: nil)
    case .uncertain(let reason, _), .unconfirmed(let reason, _):
      return .failed(reason: reason, code: nil, retryAfter: nil)
    }
  }
}
