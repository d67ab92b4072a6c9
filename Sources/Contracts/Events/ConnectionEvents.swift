import FoundationEssentials

/// All that is known of a connection from now on: its name, its agent and what the provider gave us were changed.
package enum ConnectionChanged: EventSpec {
  package static let type: EventType = "connection.changed"
  package static let topic = Topic.tenants

  package struct Facts: Codable, Sendable, Equatable {
    package let connection: ConnectionID
    package let channel: Channel
    package let name: String
    /// Who answers on it; nil leaves it to people.
    package let agent: AgentID?
    /// How many messages a second the provider grants this account, where that is other than usual.
    package let sendsPerSecond: Double?
    /// Until when calls are accepted that the secrets before make authentic; nil not to accept them any more.
    package let previousUntil: Date?
    package init(
      connection: ConnectionID, channel: Channel, name: String, agent: AgentID?,
      sendsPerSecond: Double? = nil, previousUntil: Date?
    ) {
      self.connection = connection
      self.channel = channel
      self.name = name
      self.agent = agent
      self.sendsPerSecond = sendsPerSecond
      self.previousUntil = previousUntil
    }
    enum CodingKeys: String, CodingKey {
      case connection, channel, name, agent
      case sendsPerSecond = "sends_per_second"
      case previousUntil = "previous_until"
    }
  }
  /// Sealed under the tenant's key.
  package typealias Private = ConnectionCreated.Private
}

/// The connection takes and sends again.
package enum ConnectionEnabled: EventSpec {
  package static let type: EventType = "connection.enabled"
  package static let topic = Topic.tenants
  package typealias Facts = ConnectionDisabled.Facts
  package typealias Private = Nothing
}
