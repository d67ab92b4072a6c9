import Contracts
import HTTPClient

/// A channel whose platform shows something of ours before and beside a conversation.
package protocol ProfileChannel: ChannelAdapter {
  /// Sets it; doing it again does no harm.
  func setUp(
    _ profile: MessengerProfile, for connection: ConnectionCreated.Private, using client: HTTPClient
  ) async -> SetUpOutcome
}
