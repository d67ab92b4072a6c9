import Contracts
import HTTPClient

/// A channel that can be asked for what came in, where its provider cannot call us. What it answers is what a call
/// would have brought.
package protocol PolledChannel: WebhookChannel {
  /// Whether a connection is to be asked rather than called.
  func isPolled(_ connection: ConnectionCreated.Private) -> Bool

  /// One step: gives what came after a position, oldest first and bounded, and otherwise waits for it.
  ///
  /// The same position gives the same again for as long as the provider has it: what was given is confirmed only by
  /// asking for what is behind it.
  /// - Parameters:
  ///   - position: of the step before; nil for the first, which looks where the end is, or what is there.
  ///   - wait: the most that it may take to hear of nothing new. Cancelling the task ends it at once.
  func poll(
    after position: String?, wait: Duration, from connection: ConnectionCreated.Private,
    using client: HTTPClient
  ) async -> PollOutcome
}

package enum PollOutcome: Sendable, Equatable {
  case step(PolledStep)
  /// May be asked again, not before `retryAfter` where the provider names a time. Reasons are words as in
  /// `SendOutcome`.
  case failed(reason: String, retryAfter: Duration?)
}

package struct PolledStep: Sendable, Equatable {
  package let bodies: [PolledBody]
  /// What was left out, as words for counting.
  package let passedOver: [String]
  /// Where to go on once the bodies are recorded.
  package let next: String?
  /// There is more to be had at once.
  package let isMore: Bool
  /// How long to wait before asking again, where the provider does not tell of news; nil where asking waits.
  package let pause: Duration?

  package init(
    bodies: [PolledBody] = [], passedOver: [String] = [], next: String?, isMore: Bool = false,
    pause: Duration? = nil
  ) {
    self.bodies = bodies
    self.passedOver = passedOver
    self.next = next
    self.isMore = isMore
    self.pause = pause
  }
}

package struct PolledBody: Sendable, Equatable {
  /// The same whenever the same thing is given, within its connection.
  package let name: String
  package let bytes: [UInt8]

  package init(name: String, bytes: [UInt8]) {
    self.name = name
    self.bytes = bytes
  }
}
