/// The provider took the message.
package enum DeliverySucceeded: EventSpec {
  package static let type: EventType = "delivery.succeeded"
  package static let topic = Topic.conversations

  package struct Facts: Codable, Sendable, Equatable {
    package let conversation: ConversationID
    package let message: MessageID
    package let connection: ConnectionID
    package let channel: Channel
    package let providerHMAC: String
    /// Of a message that was sent in parts, those of the parts before the last, in their order.
    package let parts: [String]?
    package let attempts: Int
    /// How long the provider took to answer the call that succeeded; where its report came in place of the answer, how
    /// long that took.
    package let milliseconds: Double
    /// How often it was sent again after a call that may have been carried out and of which no report came; nil for
    /// never.
    package let resends: Int?
    package init(
      conversation: ConversationID, message: MessageID, connection: ConnectionID, channel: Channel,
      providerHMAC: String, parts: [String]? = nil, attempts: Int, milliseconds: Double, resends: Int? = nil
    ) {
      self.resends = resends
      self.conversation = conversation
      self.message = message
      self.connection = connection
      self.channel = channel
      self.providerHMAC = providerHMAC
      self.parts = parts
      self.attempts = attempts
      self.milliseconds = milliseconds
    }
    enum CodingKeys: String, CodingKey {
      case conversation, message, connection, channel
      case providerHMAC = "provider_hmac"
      case parts, attempts, milliseconds, resends
    }
  }

  package struct Private: Codable, Sendable, Equatable {
    package let providerID: String
    /// The ids of the parts before the last.
    package let parts: [String]?
    package init(providerID: String, parts: [String]? = nil) {
      self.providerID = providerID
      self.parts = parts
    }
    enum CodingKeys: String, CodingKey {
      case providerID = "provider_id"
      case parts
    }
  }
}

/// The message was certainly not taken, and will not be tried again.
package enum DeliveryFailed: EventSpec {
  package static let type: EventType = "delivery.failed"
  package static let topic = Topic.conversations
  package typealias Facts = DeliveryProblem
  package typealias Private = Nothing
}

/// Nobody can say whether the provider took the message. It is not sent again; people see it. A `message.status` that
/// names it settles it.
package enum DeliveryUncertain: EventSpec {
  package static let type: EventType = "delivery.uncertain"
  package static let topic = Topic.conversations
  package typealias Facts = DeliveryProblem
  package typealias Private = Nothing
}

package struct DeliveryProblem: Codable, Sendable, Equatable {
  package let conversation: ConversationID
  package let message: MessageID
  package let connection: ConnectionID
  package let channel: Channel
  /// A stable lower-case word: `rejected`, `unauthorised`, `throttled`, `timeout`, `owner-lost`, …
  package let reason: String
  /// The provider's own error code.
  package let code: Int?
  package let attempts: Int
  /// HMACs of the provider's ids of the parts that it took all the same, of a message that was sent in parts.
  package let parts: [String]?
  /// As of `DeliverySucceeded.Facts`.
  package let resends: Int?
  package init(
    conversation: ConversationID, message: MessageID, connection: ConnectionID, channel: Channel,
    reason: String, code: Int?, attempts: Int, parts: [String]? = nil, resends: Int? = nil
  ) {
    self.resends = resends
    self.conversation = conversation
    self.message = message
    self.connection = connection
    self.channel = channel
    self.reason = reason
    self.code = code
    self.attempts = attempts
    self.parts = parts
  }
}
