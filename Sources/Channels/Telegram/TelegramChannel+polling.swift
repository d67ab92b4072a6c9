import Contracts
import HTTPClient
import JSON

/// Long polling. A connection without `verify_token` could not tell Telegram's calls from others, so it is asked for
/// its updates; a position is the number of the next update.
extension TelegramChannel: PolledChannel {
  package func isPolled(_ connection: ConnectionCreated.Private) -> Bool {
    connection.verifyToken?.isEmpty ?? true
  }

  package func poll(
    after position: String?, wait: Duration, from connection: ConnectionCreated.Private,
    using client: HTTPClient
  ) async -> PollOutcome {
    let outcome: TelegramOutcome<TelegramUpdates> = await poll(
      after: position.flatMap { Int64($0) }, wait: wait, for: connection, using: client)
    switch outcome {
    case .failed(let reason, _, let retryAfter): return .failed(reason: reason, retryAfter: retryAfter)
    case .done(let updates):
      return .step(
        PolledStep(
          bodies: updates.updates.map { PolledBody(name: "update/\($0.id)", bytes: $0.body) },
          next: updates.next.map { "\($0)" }))
    }
  }
}
