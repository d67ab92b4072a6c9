import FoundationEssentials

/// A contact wrote. The event's id is the version 5 UUID of the provider's id's HMAC.
package enum MessageReceived: EventSpec {
  package static let type: EventType = "message.received"
  package static let topic = Topic.conversations

  package struct Facts: Codable, Sendable, Equatable {
    package let message: MessageID
    package let conversation: ConversationID
    package let contact: ContactID
    package let connection: ConnectionID
    package let channel: Channel
    package let kind: MessageKind
    /// HMAC-SHA-256 of the provider's message id under the tenant's key, in hexadecimal.
    package let providerHMAC: String
    /// When the provider says that it was sent.
    package let providerTime: Date?
    /// Length of the text in UTF-8 bytes.
    package let bytes: Int
    package init(
      message: MessageID, conversation: ConversationID, contact: ContactID, connection: ConnectionID,
      channel: Channel, kind: MessageKind, providerHMAC: String, providerTime: Date?, bytes: Int
    ) {
      self.message = message
      self.conversation = conversation
      self.contact = contact
      self.connection = connection
      self.channel = channel
      self.kind = kind
      self.providerHMAC = providerHMAC
      self.providerTime = providerTime
      self.bytes = bytes
    }
    enum CodingKeys: String, CodingKey {
      case message, conversation, contact, connection, channel, kind
      case providerHMAC = "provider_hmac"
      case providerTime = "provider_time"
      case bytes
    }
  }

  package struct Private: Codable, Sendable, Equatable {
    package let text: String?
    package let providerID: String
    /// The provider's own JSON for a message that is not understood.
    package let raw: String?
    package init(text: String?, providerID: String, raw: String? = nil) {
      self.text = text
      self.providerID = providerID
      self.raw = raw
    }
    enum CodingKeys: String, CodingKey {
      case text
      case providerID = "provider_id"
      case raw
    }
  }
}

/// The provider says how far a message of ours has come.
package enum MessageStatus: EventSpec {
  package static let type: EventType = "message.status"
  package static let topic = Topic.conversations

  package struct Facts: Codable, Sendable, Equatable {
    package let conversation: ConversationID
    package let connection: ConnectionID
    package let channel: Channel
    package let providerHMAC: String
    package let status: DeliveryStatus
    package let providerTime: Date?
    /// The provider's error code, when `status` is `failed`.
    package let code: Int?
    package init(
      conversation: ConversationID, connection: ConnectionID, channel: Channel, providerHMAC: String,
      status: DeliveryStatus, providerTime: Date?, code: Int?
    ) {
      self.conversation = conversation
      self.connection = connection
      self.channel = channel
      self.providerHMAC = providerHMAC
      self.status = status
      self.providerTime = providerTime
      self.code = code
    }
    enum CodingKeys: String, CodingKey {
      case conversation, connection, channel
      case providerHMAC = "provider_hmac"
      case status
      case providerTime = "provider_time"
      case code
    }
  }
  package typealias Private = Nothing
}

/// A person of the company wrote to the contact.
package enum MessageComposed: EventSpec {
  package static let type: EventType = "message.composed"
  package static let topic = Topic.conversations

  package struct Facts: Codable, Sendable, Equatable {
    package let conversation: ConversationID
    package let message: MessageID
    package let bytes: Int
    package init(conversation: ConversationID, message: MessageID, bytes: Int) {
      self.conversation = conversation
      self.message = message
      self.bytes = bytes
    }
  }

  package struct Private: Codable, Sendable, Equatable {
    package let text: String
    package init(text: String) { self.text = text }
  }
}
