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
    package init(connection: ConnectionID, channel: Channel, bytes: Int) {
      self.connection = connection
      self.channel = channel
      self.bytes = bytes
    }
  }

  package struct Private: Codable, Sendable, Equatable {
    /// The body as it came; UTF-8 was checked before it was taken.
    package let body: String
    /// Who sent it, where our own endpoint has established that: the web chat visitor's id.
    package let sender: String?
    package init(body: String, sender: String? = nil) {
      self.body = body
      self.sender = sender
    }
  }
}
