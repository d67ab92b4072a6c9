import Channels
import Contracts
import Foundation
import HTTPClient

/// Whom to show that an answer is being written.
package struct TypingSignal: Sendable {
  package let channel: Channel
  package let secrets: ConnectionCreated.Private
  /// What the contact last wrote.
  package let message: MessageReference
}

/// Shows contacts that an answer is being written, for as long as its task lives. A hint: what goes wrong is of no
/// consequence.
package struct TypingShower: Sendable {
  private let channels: ChannelAdapters
  private let client: HTTPClient

  package init(channels: ChannelAdapters, client: HTTPClient) {
    self.channels = channels
    self.client = client
  }

  func show(_ signal: TypingSignal?) async {
    guard let signal, let channel = try? channels.adapter(for: signal.channel),
      let shown = channel.typingLasts
    else { return }
    while await channel.show(.typing, to: signal.message, from: signal.secrets, using: client) {
      guard (try? await Task.sleep(for: shown)) != nil else { return }
    }
  }
}
