import Contracts
import HTTPClient
import Mail

/// Fetching from a mailbox over IMAP, which tells of new mail at once where its server knows IDLE.
extension EmailChannel: PolledChannel {
  /// For how long nothing is asked of a server that does not tell of new mail.
  static let pause = Duration.seconds(60)

  package func isPolled(_ connection: ConnectionCreated.Private) -> Bool { connection.incoming != nil }

  package func poll(
    after position: String?, wait: Duration, from connection: ConnectionCreated.Private,
    using client: HTTPClient
  ) async -> PollOutcome {
    guard let incoming = connection.incoming,
      let server = MailServer(url: incoming.url, user: incoming.user, password: incoming.password),
      server.isMailbox
    else { return .failed(reason: "not-configured", retryAfter: nil) }
    let known = position.flatMap { MailboxPosition($0) }
    do throws(MailError) {
      let step = try await mail.poll(after: known, from: server)
      // Where reading began is to be kept before anything is waited for.
      guard step.messages.isEmpty, step.next == known else { return .step(PolledStep(step)) }
      do throws(MailError) {
        _ = try await mail.wait(after: step.next, at: server, timeout: wait)
      } catch {
        guard error.code == .refused else { throw error }
        return .step(PolledStep(next: position, pause: Self.pause))
      }
      return .step(PolledStep(next: position))
    } catch {
      return .failed(reason: error.code.rawValue, retryAfter: nil)
    }
  }
}

extension PolledStep {
  fileprivate init(_ step: MailboxStep) {
    self.init(
      bodies: step.messages.map {
        PolledBody(name: "mailbox/\(step.next.validity)/\($0.uid)", bytes: EmailCut.noted($0))
      }, passedOver: step.tooLarge.map { _ in "mail.too-large" }, next: step.next.description,
      isMore: step.isMore)
  }
}
