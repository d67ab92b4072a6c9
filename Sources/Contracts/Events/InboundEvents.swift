/// A provider called our webhook, or a web chat visitor our page's endpoint: the raw body, before any parsing.
/// Sealed under a key of its own.
package enum WebhookReceived: EventSpec {
  package static let type: EventType = "webhook.received"
  package static let topic = Topic.inbound

  package struct Facts: Codable, Sendable, Equatable {
    package let connection: ConnectionID
    package let channel: Channel
    /// Length of the body in bytes.
    package let bytes: Int
    /// Where the body lies when an event cannot hold it: the SHA-256 in hexadecimal of its compact JWE, which is
    /// in the blob store and sealed under the key of this event.
    package let blob: String?
    package init(connection: ConnectionID, channel: Channel, bytes: Int, blob: String? = nil) {
      self.connection = connection
      self.channel = channel
      self.bytes = bytes
      self.blob = blob
    }
  }

  package struct Private: Codable, Sendable, Equatable {
    /// The body as it came; UTF-8 was checked before it was taken. Empty when the facts name a blob.
    package let body: String
    /// Who sent it, where our own endpoint has established that: the web chat visitor's id.
    package let sender: String?
    package init(body: String, sender: String? = nil) {
      self.body = body
      self.sender = sender
    }
  }
}

/// An e-mail was fetched from a mailbox, or handed over by a mail server: its bytes, before any parsing. Sealed under
/// a key of its own.
package enum EmailReceived: EventSpec {
  package static let type: EventType = "email.received"
  package static let topic = Topic.inbound

  package struct Facts: Codable, Sendable, Equatable {
    package let connection: ConnectionID
    package let channel: Channel
    /// Length of the e-mail in bytes.
    package let bytes: Int
    /// SHA-256, in hexadecimal, of what lies sealed in the blob store; nil when the private part holds the e-mail.
    package let blob: String?
    package init(connection: ConnectionID, channel: Channel, bytes: Int, blob: String?) {
      self.connection = connection
      self.channel = channel
      self.bytes = bytes
      self.blob = blob
    }
  }

  package struct Private: Codable, Sendable, Equatable {
    /// The e-mail (RFC 5322) in Base64, as it may be in any charset; nil when it lies in the blob store.
    package let message: String?
    package init(message: String?) { self.message = message }
  }
}
