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
    /// In the message's order.
    package let attachments: [AttachmentFacts]?
    /// As `providerHMAC`, of the message that this one answers or quotes.
    package let replyHMAC: String?
    /// HMAC of what all files have in common that were sent as one.
    package let album: String?
    /// It was said while another app had the conversation at the platform, so it is not for the agent to answer; nil for no.
    package let standby: Bool?
    package init(
      message: MessageID, conversation: ConversationID, contact: ContactID, connection: ConnectionID,
      channel: Channel, kind: MessageKind, providerHMAC: String, providerTime: Date?, bytes: Int,
      attachments: [AttachmentFacts]? = nil, replyHMAC: String? = nil, album: String? = nil,
      standby: Bool? = nil
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
      self.attachments = attachments
      self.replyHMAC = replyHMAC
      self.album = album
      self.standby = standby
    }
    enum CodingKeys: String, CodingKey {
      case message, conversation, contact, connection, channel, kind
      case providerHMAC = "provider_hmac"
      case providerTime = "provider_time"
      case bytes, attachments
      case replyHMAC = "reply_hmac"
      case album, standby
    }
  }

  package struct Private: Codable, Sendable, Equatable {
    package let text: String?
    /// What an e-mail holds beside its text, cut from it: the mails that it quotes, and the signature.
    package let quoted: String?
    package let providerID: String
    /// The provider's own form of a message that is not understood, or only in part.
    package let raw: String?
    package let subject: String?
    /// The data of the button or row that was chosen.
    package let payload: String?
    /// The provider's id of the message that this one answers or quotes.
    package let replyTo: String?
    /// The provider's ids of the messages of an e-mail's thread before it, oldest first.
    package let references: [String]?
    /// One for each of the facts'.
    package let attachments: [AttachmentPrivate]?
    package let location: Location?
    package let contacts: [ContactCard]?
    package let referral: Referral?
    package init(
      text: String?, quoted: String? = nil, providerID: String, raw: String? = nil, subject: String? = nil,
      payload: String? = nil, replyTo: String? = nil, references: [String]? = nil,
      attachments: [AttachmentPrivate]? = nil,
      location: Location? = nil,
      contacts: [ContactCard]? = nil, referral: Referral? = nil
    ) {
      self.text = text
      self.quoted = quoted
      self.providerID = providerID
      self.raw = raw
      self.subject = subject
      self.payload = payload
      self.replyTo = replyTo
      self.references = references
      self.attachments = attachments
      self.location = location
      self.contacts = contacts
      self.referral = referral
    }
    enum CodingKeys: String, CodingKey {
      case text, quoted
      case providerID = "provider_id"
      case raw, subject, payload
      case replyTo = "reply_to"
      case references, attachments, location, contacts, referral
    }
  }
}

/// A contact sent one file of an album, which the provider reports as messages by themselves, each in a body of its
/// own. All of an album are joined into one `message.received`.
package enum MessagePartReceived: EventSpec {
  package static let type: EventType = "message.part-received"
  package static let topic = Topic.conversations
  package typealias Facts = MessageReceived.Facts
  package typealias Private = MessageReceived.Private
}

/// The same of an album that somebody of the company sent in the platform's own inbox: joined into one
/// `message.echoed`.
package enum MessagePartEchoed: EventSpec {
  package static let type: EventType = "message.part-echoed"
  package static let topic = Topic.conversations
  package typealias Facts = MessageReceived.Facts
  package typealias Private = MessageReceived.Private
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
    /// Which of ours it is of, where the provider gives back what was sent along with it: that settles what a lost answer
    /// left uncertain.
    package let message: MessageID?
    /// Beside `message`, of one that was sent in several parts: the number of one before the last, from 0. nil for the
    /// last, with which the whole was sent.
    package let part: Int?
    package init(
      conversation: ConversationID, connection: ConnectionID, channel: Channel, providerHMAC: String,
      status: DeliveryStatus, providerTime: Date?, code: Int?, message: MessageID? = nil, part: Int? = nil
    ) {
      self.conversation = conversation
      self.connection = connection
      self.channel = channel
      self.providerHMAC = providerHMAC
      self.status = status
      self.providerTime = providerTime
      self.code = code
      self.message = message
      self.part = part
    }
    enum CodingKeys: String, CodingKey {
      case conversation, connection, channel
      case providerHMAC = "provider_hmac"
      case status
      case providerTime = "provider_time"
      case code, message, part
    }
  }

  /// Beside `message` alone.
  package struct Private: Codable, Sendable, Equatable {
    package let providerID: String
    package init(providerID: String) { self.providerID = providerID }
    enum CodingKeys: String, CodingKey {
      case providerID = "provider_id"
    }
  }
}

/// All messages of ours in a conversation have come this far, from a provider that names a time, not messages.
package enum MessageProgress: EventSpec {
  package static let type: EventType = "message.progress"
  package static let topic = Topic.conversations

  package struct Facts: Codable, Sendable, Equatable {
    package let conversation: ConversationID
    package let connection: ConnectionID
    package let channel: Channel
    package let status: DeliveryStatus
    /// It is about the messages that were sent until then, by the platform's clock.
    package let until: Date
    package init(
      conversation: ConversationID, connection: ConnectionID, channel: Channel, status: DeliveryStatus,
      until: Date
    ) {
      self.conversation = conversation
      self.connection = connection
      self.channel = channel
      self.status = status
      self.until = until
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
    /// Files to be sent with it, in this order; each was stored by an `attachment.stored` before.
    package let attachments: [AttachmentFacts]?
    /// The name of the template that is sent instead of, or where the platform takes no, free text.
    package let template: String?
    /// The message of this conversation that it answers or quotes.
    package let replyTo: MessageID?
    package init(
      conversation: ConversationID, message: MessageID, bytes: Int, attachments: [AttachmentFacts]? = nil,
      template: String? = nil, replyTo: MessageID? = nil
    ) {
      self.conversation = conversation
      self.message = message
      self.bytes = bytes
      self.attachments = attachments
      self.template = template
      self.replyTo = replyTo
    }
    enum CodingKeys: String, CodingKey {
      case conversation, message, bytes, attachments, template
      case replyTo = "reply_to"
    }
  }

  package struct Private: Codable, Sendable, Equatable {
    package let text: String
    package let subject: String?
    /// The provider's id of the message that this one answers.
    package let replyTo: String?
    /// What the contact may choose from.
    package let choices: [MessageChoice]?
    package let template: MessageTemplate?
    /// One for each of the facts'.
    package let attachments: [ComposedFile]?
    /// A place that is passed on.
    package let location: Location?
    /// Address cards that are passed on.
    package let contacts: [ContactCard]?
    package init(
      text: String, subject: String? = nil, replyTo: String? = nil, choices: [MessageChoice]? = nil,
      template: MessageTemplate? = nil, attachments: [ComposedFile]? = nil, location: Location? = nil,
      contacts: [ContactCard]? = nil
    ) {
      self.text = text
      self.subject = subject
      self.replyTo = replyTo
      self.choices = choices
      self.template = template
      self.attachments = attachments
      self.location = location
      self.contacts = contacts
    }
    enum CodingKeys: String, CodingKey {
      case text, subject
      case replyTo = "reply_to"
      case choices, template, attachments, location, contacts
    }
  }
}
