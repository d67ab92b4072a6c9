import FoundationEssentials

/// A person of the company wrote to the contact elsewhere, in the platform's own inbox. The event's id is made as
/// that of `message.received`; `contact` is whom it was written to.
package enum MessageEchoed: EventSpec {
  package static let type: EventType = "message.echoed"
  package static let topic = Topic.conversations
  package typealias Facts = MessageReceived.Facts
  package typealias Private = MessageReceived.Private
}

/// A message says something else from here on: all of it is here, and what it said before is in the log.
///
/// `message` and `providerHMAC` are those of the message that was edited; `contact` did it, or is whom it was
/// written to.
package enum MessageEdited: EventSpec {
  package static let type: EventType = "message.edited"
  package static let topic = Topic.conversations
  package typealias Facts = MessageReceived.Facts
  package typealias Private = MessageReceived.Private
}

/// A message was taken back at the platform; what it said is in the log.
package enum MessageDeleted: EventSpec {
  package static let type: EventType = "message.deleted"
  package static let topic = Topic.conversations

  package struct Facts: Codable, Sendable, Equatable {
    package let conversation: ConversationID
    package let contact: ContactID
    package let connection: ConnectionID
    package let channel: Channel
    /// That of the message that was deleted.
    package let providerHMAC: String
    package let providerTime: Date?
    package init(
      conversation: ConversationID, contact: ContactID, connection: ConnectionID, channel: Channel,
      providerHMAC: String, providerTime: Date?
    ) {
      self.conversation = conversation
      self.contact = contact
      self.connection = connection
      self.channel = channel
      self.providerHMAC = providerHMAC
      self.providerTime = providerTime
    }
    enum CodingKeys: String, CodingKey {
      case conversation, contact, connection, channel
      case providerHMAC = "provider_hmac"
      case providerTime = "provider_time"
    }
  }
  package typealias Private = Nothing
}

/// The contact's reactions to a message, by either side, are these from here on; those before are in the log.
package enum MessageReacted: EventSpec {
  package static let type: EventType = "message.reacted"
  package static let topic = Topic.conversations

  package struct Facts: Codable, Sendable, Equatable {
    package let conversation: ConversationID
    package let contact: ContactID
    package let connection: ConnectionID
    package let channel: Channel
    /// That of the message that was reacted to.
    package let providerHMAC: String
    package let providerTime: Date?
    /// How many reactions; 0 when they were taken back.
    package let count: Int
    package init(
      conversation: ConversationID, contact: ContactID, connection: ConnectionID, channel: Channel,
      providerHMAC: String, providerTime: Date?, count: Int
    ) {
      self.conversation = conversation
      self.contact = contact
      self.connection = connection
      self.channel = channel
      self.providerHMAC = providerHMAC
      self.providerTime = providerTime
      self.count = count
    }
    enum CodingKeys: String, CodingKey {
      case conversation, contact, connection, channel
      case providerHMAC = "provider_hmac"
      case providerTime = "provider_time"
      case count
    }
  }

  package struct Private: Codable, Sendable, Equatable {
    /// Emoji, or the provider's words for reactions that are none.
    package let reactions: [String]
    package init(reactions: [String]) { self.reactions = reactions }
  }
}

/// The contact is reached at another address from here on: a new phone number, a group that became another.
package enum ContactMoved: EventSpec {
  package static let type: EventType = "contact.moved"
  package static let topic = Topic.conversations

  package struct Facts: Codable, Sendable, Equatable {
    package let conversation: ConversationID
    package let contact: ContactID
    package let connection: ConnectionID
    package let channel: Channel
    /// HMAC-SHA-256 of the new address under the tenant's key, in hexadecimal.
    package let addressHMAC: String
    /// Likewise of the new thread, when that is what moved.
    package let threadHMAC: String?
    package let providerTime: Date?
    package init(
      conversation: ConversationID, contact: ContactID, connection: ConnectionID, channel: Channel,
      addressHMAC: String, threadHMAC: String? = nil, providerTime: Date?
    ) {
      self.conversation = conversation
      self.contact = contact
      self.connection = connection
      self.channel = channel
      self.addressHMAC = addressHMAC
      self.threadHMAC = threadHMAC
      self.providerTime = providerTime
    }
    enum CodingKeys: String, CodingKey {
      case conversation, contact, connection, channel
      case addressHMAC = "address_hmac"
      case threadHMAC = "thread_hmac"
      case providerTime = "provider_time"
    }
  }

  package struct Private: Codable, Sendable, Equatable {
    package let address: String
    package let thread: String?
    package init(address: String, thread: String? = nil) {
      self.address = address
      self.thread = thread
    }
  }
}
