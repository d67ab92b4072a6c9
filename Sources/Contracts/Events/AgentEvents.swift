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
    package init(agent: AgentID, version: Int, definition: AgentDefinition) {
      self.agent = agent
      self.version = version
      self.definition = definition
    }
  }
  package typealias Private = Nothing
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

/// What a version of an agent is.
package struct AgentDefinition: Codable, Sendable, Equatable {
  /// What the model is told to be and do.
  package let instructions: String
  /// The text-search configuration of Postgres for its documents and questions, `english` for instance.
  package let language: String
  /// Said when neither model nor documents have an answer.
  package let fallback: String
  /// The model to ask, or nil for the engine's configured one.
  package let model: String?
  package let temperature: Double
  package let maximumTokens: Int
  /// How many passages retrieval hands over, 1 to 20.
  package let passages: Int
  /// How long to wait for more messages before answering, 0 to 60,000.
  package let debounceMilliseconds: Int
  /// Sent in the place of a reply once the platform takes no free text any more; nil fails such a reply.
  package let template: MessageTemplate?
  package init(
    instructions: String, language: String = "english", fallback: String, model: String? = nil,
    temperature: Double = 0.2, maximumTokens: Int = 500, passages: Int = 4, debounceMilliseconds: Int = 0,
    template: MessageTemplate? = nil
  ) {
    self.instructions = instructions
    self.language = language
    self.fallback = fallback
    self.model = model
    self.temperature = temperature
    self.maximumTokens = maximumTokens
    self.passages = passages
    self.debounceMilliseconds = debounceMilliseconds
    self.template = template
  }
  enum CodingKeys: String, CodingKey {
    case instructions, language, fallback, model, temperature
    case maximumTokens = "maximum_tokens"
    case passages
    case debounceMilliseconds = "debounce_milliseconds"
    case template
  }
}
