/// The first message of a contact on a connection opened a conversation.
package enum ConversationOpened: EventSpec {
  package static let type: EventType = "conversation.opened"
  package static let topic = Topic.conversations

  package struct Facts: Codable, Sendable, Equatable {
    package let conversation: ConversationID
    package let contact: ContactID
    package let connection: ConnectionID
    package let channel: Channel
    /// HMAC-SHA-256 of the contact's address at the provider under the tenant's key, in hexadecimal.
    package let addressHMAC: String
    /// Likewise of the group, topic or e-mail thread that it is about; nil when the contact is all.
    package let threadHMAC: String?
    /// Whether the company signed for who the contact says to be.
    package let isVerified: Bool?
    package init(
      conversation: ConversationID, contact: ContactID, connection: ConnectionID, channel: Channel,
      addressHMAC: String, threadHMAC: String? = nil, isVerified: Bool? = nil
    ) {
      self.conversation = conversation
      self.contact = contact
      self.connection = connection
      self.channel = channel
      self.addressHMAC = addressHMAC
      self.threadHMAC = threadHMAC
      self.isVerified = isVerified
    }
    enum CodingKeys: String, CodingKey {
      case conversation, contact, connection, channel
      case addressHMAC = "address_hmac"
      case threadHMAC = "thread_hmac"
      case isVerified = "verified"
    }
  }

  package struct Private: Codable, Sendable, Equatable {
    /// Where the contact is reached: a phone number, a visitor's id.
    package let address: String
    package let name: String?
    /// Where an answer goes instead, in the channel's own form.
    package let thread: String?
    /// What the contact gave besides, before the first message.
    package let email: String?
    package let phone: String?
    package init(
      address: String, name: String?, thread: String? = nil, email: String? = nil, phone: String? = nil
    ) {
      self.address = address
      self.name = name
      self.thread = thread
      self.email = email
      self.phone = phone
    }
  }
}

/// The contact wrote again after the conversation was resolved.
package enum ConversationReopened: EventSpec {
  package static let type: EventType = "conversation.reopened"
  package static let topic = Topic.conversations
  package typealias Facts = ConversationFacts
  package typealias Private = Nothing
}

/// A person took the conversation, or the agent gave it to one: the agent is silent from here on.
package enum ConversationHandedOver: EventSpec {
  package static let type: EventType = "conversation.handed-over"
  package static let topic = Topic.conversations
  package typealias Facts = ConversationFacts
  package typealias Private = Nothing
}

/// The person, or another app at the platform, gave the conversation back to the agent. What another app gives is not taken
/// from one of our own people.
package enum ConversationReleased: EventSpec {
  package static let type: EventType = "conversation.released"
  package static let topic = Topic.conversations
  package typealias Facts = ConversationFacts
  package typealias Private = Nothing
}

package enum ConversationResolved: EventSpec {
  package static let type: EventType = "conversation.resolved"
  package static let topic = Topic.conversations
  package typealias Facts = ConversationFacts
  package typealias Private = Nothing
}

package struct ConversationFacts: Codable, Sendable, Equatable {
  package let conversation: ConversationID
  /// Why, in a stable lower-case word: `requested`, `api`, `message`, `echo`, `passed`; of the agent's doing `asked`, `keyword`,
  /// `intent`, `low-confidence`, `out-of-scope`, `sentiment`, `label`, `no-answer`, `model-failed`, `tool`,
  /// `tool-uncertain`.
  package let reason: String
  /// Of a hand-over: one of our own people took it, and has it whatever other apps do; nil is no.
  package let isOurs: Bool?
  package init(conversation: ConversationID, reason: String, isOurs: Bool? = nil) {
    self.conversation = conversation
    self.reason = reason
    self.isOurs = isOurs
  }
  enum CodingKeys: String, CodingKey {
    case conversation, reason
    case isOurs = "ours"
  }

  /// Of a release: another app had the conversation at the platform, and gave it to us.
  package static let passed = "passed"
}
