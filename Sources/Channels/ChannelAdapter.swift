import Contracts
import HTTPClient

/// What one kind of channel does: makes sense of what its provider sends, and sends to it.
///
/// Adapters hold configuration only; they keep nothing between calls and may be used from any task.
package protocol ChannelAdapter: Sendable {
  var channel: Channel { get }

  /// Turns one raw body into its items, in the order of the body; pure and bounded in memory and time.
  ///
  /// Whatever a well-formed body holds becomes an item, if only a counted `other`: nothing is dropped
  /// silently. The same provider id may come more than once, in one body or in many; the reader drops
  /// repetitions.
  /// - Parameter sender: who sent the body, where the engine's own endpoint established it; else ignored.
  /// - Throws: only when the body as a whole is not of this channel's shape.
  func parse(_ body: String, sender: String?) throws(ChannelError) -> [InboundItem]

  /// Sends one message and says what became of it.
  ///
  /// Calls the provider at most once per part of the text, and has several parts only when the text is
  /// longer than the platform's limit. Nothing is tried again here: that is for the caller, after `notTaken`
  /// alone.
  func send(
    _ message: OutboundMessage,
    from connection: ConnectionCreated.Private,
    using client: HTTPClient
  ) async -> SendOutcome
}
