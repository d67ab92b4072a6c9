/// Where the folds of `agents` and `tenants` stood when a decision was taken: the next offset of each.
package struct KnownOffsets: Codable, Sendable, Equatable {
  package let agents: Offset
  package let tenants: Offset
  package init(agents: Offset, tenants: Offset) {
    self.agents = agents
    self.tenants = tenants
  }
}

/// A passage of a document that was found for a message, without its text.
package struct PassageFacts: Codable, Sendable, Equatable {
  package let document: DocumentID
  package let chunk: ChunkID
  package let score: Double
  package init(document: DocumentID, chunk: ChunkID, score: Double) {
    self.document = document
    self.chunk = chunk
    self.score = score
  }
}

/// What was found in the tenant's documents for one message.
package enum ContextRetrieved: EventSpec {
  package static let type: EventType = "context.retrieved"
  package static let topic = Topic.conversations

  package struct Facts: Codable, Sendable, Equatable {
    package let conversation: ConversationID
    package let message: MessageID
    package let connection: ConnectionID
    /// Nil when no agent answers on the connection.
    package let agent: AgentID?
    package let agentVersion: Int?
    /// The version of the index that was searched: the next offset of `documents` that it had folded.
    package let indexVersion: Int64
    /// Which index that was, counted from 1: each cuts documents, or embeds them, in its own way.
    package let index: Int?
    /// Best first; the same order as the texts in `private`.
    package let passages: [PassageFacts]
    /// Where vectors were compared, `postgres` or the kind of a store; nil: words alone were.
    package let vectors: String?
    /// The model that put them into their order; nil: they are as they were found.
    package let reranker: String?
    /// What is configured and did not answer in time: `embedding`, `vector-store`, `reranker`.
    package let missed: [String]?
    package let milliseconds: Double
    package let known: KnownOffsets
    /// Whether the tenant has any document in the index; nil where it was not looked for, and in events of before.
    package let hasDocuments: Bool?
    package init(
      conversation: ConversationID, message: MessageID, connection: ConnectionID, agent: AgentID?,
      agentVersion: Int?, indexVersion: Int64, index: Int? = nil, passages: [PassageFacts],
      vectors: String? = nil, reranker: String? = nil, missed: [String]? = nil, milliseconds: Double,
      known: KnownOffsets, hasDocuments: Bool? = nil
    ) {
      self.conversation = conversation
      self.message = message
      self.connection = connection
      self.agent = agent
      self.agentVersion = agentVersion
      self.indexVersion = indexVersion
      self.index = index
      self.passages = passages
      self.vectors = vectors
      self.reranker = reranker
      self.missed = missed
      self.milliseconds = milliseconds
      self.known = known
      self.hasDocuments = hasDocuments
    }
    enum CodingKeys: String, CodingKey {
      case conversation, message, connection, agent
      case agentVersion = "agent_version"
      case indexVersion = "index_version"
      case index, passages, vectors, reranker, missed, milliseconds, known
      case hasDocuments = "has_documents"
    }
  }

  package struct Private: Codable, Sendable, Equatable {
    package let query: String
    package let passages: [PassageText]
    package init(query: String, passages: [PassageText]) {
      self.query = query
      self.passages = passages
    }
  }

  package struct PassageText: Codable, Sendable, Equatable {
    package let title: String
    package let text: String
    package init(title: String, text: String) {
      self.title = title
      self.text = text
    }
  }
}

/// How a reply came about.
package enum ReplyKind: String, Codable, Sendable, Equatable {
  /// A chat model wrote it.
  case model
  /// No model was configured, or none answered: sentences quoted from the passages, with their source.
  case extractive
  /// Neither had anything: the agent's fallback text.
  case fallback
  /// The platform takes no free text any more: the agent's template, and no text.
  case template
  /// What the agent says before its first answer.
  case greeting
  /// The conversation goes to a person, and says so.
  case handover
  /// Nobody is there, and the agent does not answer either.
  case outsideHours = "outside-hours"
  /// The same question was answered before, and the agent allows to say that again.
  case cached
}

/// A model that did not answer, and why.
package struct TriedModel: Codable, Sendable, Equatable {
  /// Its name in the engine's settings.
  package let model: String
  package let attempts: Int
  /// A stable word: what a failed call came to (`timeout` for instance), or why there was none: `budget-exhausted`,
  /// `rate-limited`, `unknown-model`.
  package let reason: String
  package init(model: String, attempts: Int, reason: String) {
    self.model = model
    self.attempts = attempts
    self.reason = reason
  }
}

/// The agent answered; one reply may answer several messages.
package enum ReplyGenerated: EventSpec {
  package static let type: EventType = "reply.generated"
  package static let topic = Topic.conversations

  package struct Facts: Codable, Sendable, Equatable {
    package let conversation: ConversationID
    /// The id of the reply, as a message.
    package let message: MessageID
    package let answers: [MessageID]
    package let agent: AgentID
    package let agentVersion: Int
    package let kind: ReplyKind
    package let model: String?
    package let finishReason: String
    package let promptTokens: Int?
    package let completionTokens: Int?
    package let firstTokenMilliseconds: Double?
    package let milliseconds: Double
    package let attempts: Int
    package let indexVersion: Int64
    package let passages: [PassageFacts]
    package let bytes: Int
    package let known: KnownOffsets
    /// In millionths of `currency`, by the price table of the time; nil where it has no price for the model.
    package let costMicros: Int64?
    /// ISO 4217.
    package let currency: String?
    /// The models that were asked before, or instead, and why each did not answer.
    package let tried: [TriedModel]?
    /// The passages that the text cites, as places in `passages` from 1 on.
    package let citations: [Int]?
    /// Marks that named no passage, and were taken out.
    package let citationsRemoved: Int?
    /// How many tools were called.
    package let toolCalls: Int?
    /// The escalation rule that made it, by its name.
    package let rule: String?
    /// The reply whose words these are.
    package let cachedFrom: MessageID?
    /// Files to be sent with it, in this order; each was stored by an `attachment.stored` before.
    package let attachments: [AttachmentFacts]?
    /// HMAC under the contact's key of the prompt that the model was first asked with: it can be assembled again from the
    /// log, and this says whether it is the same.
    package let promptHMAC: String?
    /// What the model took at most then, by which passages and turns were cut.
    package let contextTokens: Int?
    /// The same HMAC of the prompt that it was last asked with, where tools had been called by then.
    package let lastPromptHMAC: String?
    /// Why what the model wrote was not said, so that `kind` is another: `no-answer` (it says that it has none), `empty`, or
    /// `unsupported` (it cites nothing that it was given).
    package let withheld: String?
    package init(
      conversation: ConversationID, message: MessageID, answers: [MessageID], agent: AgentID,
      agentVersion: Int, kind: ReplyKind, model: String?, finishReason: String, promptTokens: Int?,
      completionTokens: Int?, firstTokenMilliseconds: Double?, milliseconds: Double, attempts: Int,
      indexVersion: Int64, passages: [PassageFacts], bytes: Int, known: KnownOffsets,
      costMicros: Int64? = nil,
      currency: String? = nil, tried: [TriedModel]? = nil, citations: [Int]? = nil,
      citationsRemoved: Int? = nil,
      toolCalls: Int? = nil, rule: String? = nil, cachedFrom: MessageID? = nil,
      attachments: [AttachmentFacts]? = nil, promptHMAC: String? = nil, contextTokens: Int? = nil,
      lastPromptHMAC: String? = nil, withheld: String? = nil
    ) {
      self.conversation = conversation
      self.message = message
      self.answers = answers
      self.agent = agent
      self.agentVersion = agentVersion
      self.kind = kind
      self.model = model
      self.finishReason = finishReason
      self.promptTokens = promptTokens
      self.completionTokens = completionTokens
      self.firstTokenMilliseconds = firstTokenMilliseconds
      self.milliseconds = milliseconds
      self.attempts = attempts
      self.indexVersion = indexVersion
      self.passages = passages
      self.bytes = bytes
      self.known = known
      self.costMicros = costMicros
      self.currency = currency
      self.tried = tried
      self.citations = citations
      self.citationsRemoved = citationsRemoved
      self.toolCalls = toolCalls
      self.rule = rule
      self.cachedFrom = cachedFrom
      self.attachments = attachments
      self.promptHMAC = promptHMAC
      self.contextTokens = contextTokens
      self.lastPromptHMAC = lastPromptHMAC
      self.withheld = withheld
    }
    enum CodingKeys: String, CodingKey {
      case conversation, message, answers, agent
      case agentVersion = "agent_version"
      case kind, model
      case finishReason = "finish_reason"
      case promptTokens = "prompt_tokens"
      case completionTokens = "completion_tokens"
      case firstTokenMilliseconds = "first_token_milliseconds"
      case milliseconds, attempts
      case indexVersion = "index_version"
      case passages, bytes, known
      case costMicros = "cost_micros"
      case currency, tried, citations
      case citationsRemoved = "citations_removed"
      case toolCalls = "tool_calls"
      case rule
      case cachedFrom = "cached_from"
      case attachments
      case promptHMAC = "prompt_hmac"
      case contextTokens = "context_tokens"
      case lastPromptHMAC = "last_prompt_hmac"
      case withheld
    }
  }

  package struct Private: Codable, Sendable, Equatable {
    package let text: String
    /// What the contact may choose from.
    package let choices: [MessageChoice]?
    /// One for each of the facts'.
    package let attachments: [ComposedFile]?
    /// A place that is passed on.
    package let location: Location?
    /// Address cards that are passed on.
    package let contacts: [ContactCard]?
    package init(
      text: String, choices: [MessageChoice]? = nil, attachments: [ComposedFile]? = nil,
      location: Location? = nil, contacts: [ContactCard]? = nil
    ) {
      self.text = text
      self.choices = choices
      self.attachments = attachments
      self.location = location
      self.contacts = contacts
    }
  }
}

/// The agent did not answer, and was not meant to.
package enum ReplySkipped: EventSpec {
  package static let type: EventType = "reply.skipped"
  package static let topic = Topic.conversations

  package struct Facts: Codable, Sendable, Equatable {
    package let conversation: ConversationID
    package let answers: [MessageID]
    /// `handed-over`: a person holds the conversation. `no-agent`: none answers on the connection. `erased`: the
    /// question is gone. `outside-hours`: nobody is there, and that was said already. `opted-out`: the contact wants to hear
    /// no more. `small-talk`: nothing was asked, there are no words of a model that may be said, and the agent has no
    /// greeting. `standby`: another app had the conversation at the platform.
    package let reason: String
    package let known: KnownOffsets
    package init(conversation: ConversationID, answers: [MessageID], reason: String, known: KnownOffsets) {
      self.conversation = conversation
      self.answers = answers
      self.reason = reason
      self.known = known
    }
  }
  package typealias Private = Nothing
}

/// Every attempt to answer failed.
package enum ReplyFailed: EventSpec {
  package static let type: EventType = "reply.failed"
  package static let topic = Topic.conversations

  package struct Facts: Codable, Sendable, Equatable {
    package let conversation: ConversationID
    package let answers: [MessageID]
    package let agent: AgentID
    package let agentVersion: Int
    /// A stable word: `unreachable`, `timeout`, `rate-limited`, `rejected`, `server-error`, `malformed-answer`.
    package let reason: String
    package let attempts: Int
    package let known: KnownOffsets
    /// Every model that was asked, and why each did not answer.
    package let tried: [TriedModel]?
    package init(
      conversation: ConversationID, answers: [MessageID], agent: AgentID, agentVersion: Int, reason: String,
      attempts: Int, known: KnownOffsets, tried: [TriedModel]? = nil
    ) {
      self.conversation = conversation
      self.answers = answers
      self.agent = agent
      self.agentVersion = agentVersion
      self.reason = reason
      self.attempts = attempts
      self.known = known
      self.tried = tried
    }
    enum CodingKeys: String, CodingKey {
      case conversation, answers, agent
      case agentVersion = "agent_version"
      case reason, attempts, known, tried
    }
  }
  package typealias Private = Nothing
}
