import FoundationEssentials

/// The contact wants to hear from us no more, or again: in all conversations, also by other connections of the
/// channel. The last of a scope counts.
package enum ConsentChanged: EventSpec {
  package static let type: EventType = "consent.changed"
  package static let topic = Topic.conversations

  package struct Facts: Codable, Sendable, Equatable {
    /// Where it was said.
    package let conversation: ConversationID
    package let contact: ContactID
    package let connection: ConnectionID
    package let channel: Channel
    package let scope: ConsentScope
    package let state: ConsentState
    package let source: ConsentSource
    package let providerTime: Date?
    package init(
      conversation: ConversationID, contact: ContactID, connection: ConnectionID, channel: Channel,
      scope: ConsentScope, state: ConsentState, source: ConsentSource, providerTime: Date? = nil
    ) {
      self.conversation = conversation
      self.contact = contact
      self.connection = connection
      self.channel = channel
      self.scope = scope
      self.state = state
      self.source = source
      self.providerTime = providerTime
    }
    enum CodingKeys: String, CodingKey {
      case conversation, contact, connection, channel, scope, state, source
      case providerTime = "provider_time"
    }
  }
  package typealias Private = Nothing
}

package enum ConsentScope: String, Codable, Sendable, CaseIterable {
  /// Whatever we send.
  case all
  /// Templates of the category `marketing`.
  case marketing
}

package enum ConsentState: String, Codable, Sendable, CaseIterable {
  case optedOut = "opted-out"
  case optedIn = "opted-in"
}

/// Who told us.
package enum ConsentSource: String, Codable, Sendable, CaseIterable {
  /// The contact wrote one of the words for it.
  case keyword
  case platform
  /// Someone of the company.
  case api
}
