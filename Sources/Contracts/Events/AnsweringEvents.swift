/// The agent called one of its tools while it wrote an answer. A replay answers the same call from here.
package enum ToolCalled: EventSpec {
  package static let type: EventType = "tool.called"
  package static let topic = Topic.conversations

  /// What happened.
  package struct Facts: Codable, Sendable, Equatable {
    package let conversation: ConversationID
    /// The reply that it was called for, as a message.
    package let message: MessageID
    package let agent: AgentID
    package let agentVersion: Int
    /// Counts the calls of one reply, from 1.
    package let ordinal: Int
    package let tool: String
    /// As the agent's definition says: `http`, `order`, `hand-over`, `close`; `unknown` for a name that it does not.
    package let kind: String
    /// Whether it may have changed something: then it was made at most once.
    package let changes: Bool
    /// `succeeded`, `failed` (the server or the way to it), `refused` (the arguments, the host or the bound on calls: no
    /// call was made), `uncertain` (a change whose outcome nobody knows).
    package let outcome: String
    /// A stable word for what is not `succeeded`.
    package let reason: String?
    /// The HTTP status.
    package let status: Int?
    package let milliseconds: Double
    /// Length of the result in UTF-8 bytes.
    package let bytes: Int
    package let known: KnownOffsets
    /// Counts the turns of the model in which it asked for calls, from 1: those of one turn it asked for together.
    package let turn: Int?
    package init(
      conversation: ConversationID, message: MessageID, agent: AgentID, agentVersion: Int, ordinal: Int,
      tool: String, kind: String, changes: Bool, outcome: String, reason: String? = nil, status: Int? = nil,
      milliseconds: Double, bytes: Int, known: KnownOffsets, turn: Int? = nil
    ) {
      self.conversation = conversation
      self.message = message
      self.agent = agent
      self.agentVersion = agentVersion
      self.ordinal = ordinal
      self.tool = tool
      self.kind = kind
      self.changes = changes
      self.outcome = outcome
      self.reason = reason
      self.status = status
      self.milliseconds = milliseconds
      self.bytes = bytes
      self.known = known
      self.turn = turn
    }
    enum CodingKeys: String, CodingKey {
      case conversation
      case message
      case agent
      case agentVersion = "agent_version"
      case ordinal
      case tool
      case kind
      case changes
      case outcome
      case reason
      case status
      case milliseconds
      case bytes
      case known
      case turn
    }
  }

  /// What the model asked, and what it was told. Sealed under the contact's key.
  package struct Private: Codable, Sendable, Equatable {
    /// What the model calls this call.
    package let callID: String
    /// As the model wrote them; JSON when it is right.
    package let arguments: String
    package let result: String
    /// What the model wrote beside the calls of a turn; with the first of them.
    package let said: String?
    package init(
      callID: String, arguments: String, result: String, said: String? = nil
    ) {
      self.callID = callID
      self.arguments = arguments
      self.result = result
      self.said = said
    }
    enum CodingKeys: String, CodingKey {
      case callID = "call_id"
      case arguments
      case result
      case said
    }
  }
}

/// What was said so far, in short: what stands for the older turns in later prompts.
package enum ConversationSummarised: EventSpec {
  package static let type: EventType = "conversation.summarised"
  package static let topic = Topic.conversations

  /// What happened.
  package struct Facts: Codable, Sendable, Equatable {
    package let conversation: ConversationID
    package let agent: AgentID
    /// How many turns of the conversation it covers, from the first on.
    package let turns: Int
    /// The model that wrote it, as its server calls it.
    package let model: String
    package let promptTokens: Int?
    package let completionTokens: Int?
    package let costMicros: Int64?
    package let currency: String?
    package let milliseconds: Double
    package let bytes: Int
    package init(
      conversation: ConversationID, agent: AgentID, turns: Int, model: String, promptTokens: Int? = nil,
      completionTokens: Int? = nil, costMicros: Int64? = nil, currency: String? = nil, milliseconds: Double,
      bytes: Int
    ) {
      self.conversation = conversation
      self.agent = agent
      self.turns = turns
      self.model = model
      self.promptTokens = promptTokens
      self.completionTokens = completionTokens
      self.costMicros = costMicros
      self.currency = currency
      self.milliseconds = milliseconds
      self.bytes = bytes
    }
    enum CodingKeys: String, CodingKey {
      case conversation
      case agent
      case turns
      case model
      case promptTokens = "prompt_tokens"
      case completionTokens = "completion_tokens"
      case costMicros = "cost_micros"
      case currency
      case milliseconds
      case bytes
    }
  }

  package struct Private: Codable, Sendable, Equatable {
    package let text: String
    package init(text: String) { self.text = text }
  }
}

/// The labels of the conversation are these from here on, `vip` for instance.
package enum ConversationLabelled: EventSpec {
  package static let type: EventType = "conversation.labelled"
  package static let topic = Topic.conversations

  package struct Facts: Codable, Sendable, Equatable {
    package let conversation: ConversationID
    /// All of them, as they were written in the clear before they were sealed; empty since then.
    package let labels: [String]
    package init(conversation: ConversationID, labels: [String] = []) {
      self.conversation = conversation
      self.labels = labels
    }
  }
  /// Sealed under the key of the conversation's contact. Events of before have none: of them the facts count.
  package typealias Private = ContactLabelled.Private
}
