/// The bytes of an attachment lie in the blob store.
package enum AttachmentStored: EventSpec {
  package static let type: EventType = "attachment.stored"
  package static let topic = Topic.conversations

  package struct Facts: Codable, Sendable, Equatable {
    package let conversation: ConversationID
    package let message: MessageID
    package let attachment: AttachmentID
    package let kind: AttachmentKind
    /// As found in the bytes or said by the provider.
    package let mediaType: String
    package let bytes: Int
    /// SHA-256, in hexadecimal, of the bytes as they lie there, sealed under the contact's key: their name.
    package let blob: String
    package init(
      conversation: ConversationID, message: MessageID, attachment: AttachmentID, kind: AttachmentKind,
      mediaType: String, bytes: Int, blob: String
    ) {
      self.conversation = conversation
      self.message = message
      self.attachment = attachment
      self.kind = kind
      self.mediaType = mediaType
      self.bytes = bytes
      self.blob = blob
    }
    enum CodingKeys: String, CodingKey {
      case conversation, message, attachment, kind
      case mediaType = "media_type"
      case bytes, blob
    }
  }

  package struct Private: Codable, Sendable, Equatable {
    /// What the file is called.
    package let name: String?
    /// SHA-256 of the bytes in clear, in hexadecimal.
    package let sha256: String
    package init(name: String?, sha256: String) {
      self.name = name
      self.sha256 = sha256
    }
  }
}

/// The bytes of an attachment cannot be had.
package enum AttachmentFailed: EventSpec {
  package static let type: EventType = "attachment.failed"
  package static let topic = Topic.conversations

  package struct Facts: Codable, Sendable, Equatable {
    package let conversation: ConversationID
    package let message: MessageID
    package let attachment: AttachmentID
    /// A stable lower-case word: `gone`, `too-large`, `wrong-checksum`, `unauthorised`, …
    package let reason: String
    /// The provider's own error code.
    package let code: Int?
    package let attempts: Int
    package init(
      conversation: ConversationID, message: MessageID, attachment: AttachmentID, reason: String, code: Int?,
      attempts: Int
    ) {
      self.conversation = conversation
      self.message = message
      self.attachment = attachment
      self.reason = reason
      self.code = code
      self.attempts = attempts
    }
  }
  package typealias Private = Nothing
}
