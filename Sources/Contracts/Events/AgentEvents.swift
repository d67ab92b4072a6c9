package enum AgentCreated: EventSpec {
  package static let type: EventType = "agent.created"
  package static let topic = Topic.agents

  package struct Facts: Codable, Sendable, Equatable {
    package let agent: AgentID
    package let name: String
    package init(agent: AgentID, name: String) {
      self.agent = agent
      self.name = name
    }
  }
  package typealias Private = Nothing
}

/// A version of an agent, complete and immutable from here on. Versions count from 1.
package enum AgentPublished: EventSpec {
  package static let type: EventType = "agent.published"
  package static let topic = Topic.agents

  package struct Facts: Codable, Sendable, Equatable {
    package let agent: AgentID
    package let version: Int
    package let definition: AgentDefinition
    /// The earlier version that this one brings back.
    package let restores: Int?
    package init(agent: AgentID, version: Int, definition: AgentDefinition, restores: Int? = nil) {
      self.agent = agent
      self.version = version
      self.definition = definition
      self.restores = restores
    }
  }
  package typealias Private = AgentSecrets
}

/// The draft of an agent was written: what its next version may become. Nobody is answered from it.
package enum AgentChanged: EventSpec {
  package static let type: EventType = "agent.changed"
  package static let topic = Topic.agents

  package struct Facts: Codable, Sendable, Equatable {
    package let agent: AgentID
    package let name: String
    package let definition: AgentDefinition
    package init(agent: AgentID, name: String, definition: AgentDefinition) {
      self.agent = agent
      self.name = name
      self.definition = definition
    }
  }
  package typealias Private = AgentSecrets
}

/// What an agent's tools show to the servers that they call, by the names that its definition uses. Sealed under
/// the tenant's key.
package struct AgentSecrets: Codable, Sendable, Equatable {
  package let secrets: [AgentSecret]
  package init(secrets: [AgentSecret]) { self.secrets = secrets }

  package subscript(name: String) -> String? { secrets.first { $0.name == name }?.value }
}

package struct AgentSecret: Codable, Sendable, Equatable {
  package let name: String
  package let value: String
  package init(name: String, value: String) {
    self.name = name
    self.value = value
  }
}

package enum AgentArchived: EventSpec {
  package static let type: EventType = "agent.archived"
  package static let topic = Topic.agents

  package struct Facts: Codable, Sendable, Equatable {
    package let agent: AgentID
    package init(agent: AgentID) { self.agent = agent }
  }
  package typealias Private = Nothing
}
