/// What a version of an agent is. Optional parts that are nil have the defaults named beside them; definitions of
/// before they existed read as that.
package struct AgentDefinition: Codable, Sendable, Equatable {
  /// What the model is told to do.
  package let instructions: String
  /// The text-search configuration of Postgres for its documents and questions, `english` for instance.
  package let language: String
  /// Said when neither model nor documents have an answer.
  package var fallback: String
  /// The name of the model to ask, or nil for the engine's default one.
  package var model: String?
  package let temperature: Double
  package let maximumTokens: Int
  /// How many passages retrieval hands over, 1 to 20.
  package let passages: Int
  /// How long to wait for more messages before answering, 0 to 60,000.
  package let debounceMilliseconds: Int
  /// Who it is, for instance "Mia, who has worked in the shop for years".
  package let persona: String?
  /// How it speaks, for instance "warm and brief".
  package let tone: String?
  /// BCP 47; nil answers in the customer's language. In definitions of before anything that a model understands (`German`):
  /// their fixed texts are in the customer's language.
  package let answerLanguage: String?
  /// Sent before the first answer of a conversation; nil for none.
  package var greeting: String?
  package var texts: AgentTexts?
  /// What it says in other languages, by their tags (BCP 47); `spoken(in:)` chooses.
  package let translations: [String: AgentTranslation]?
  /// When people are there; nil for always.
  package let hours: BusinessHours?
  /// When a conversation goes to a person, in order: the first rule that holds counts. Empty or nil for
  /// never: an agent that is made without naming rules has `EscalationRule.standard` here.
  package var escalation: [EscalationRule]?
  package let tools: [AgentTool]?
  /// The knowledge bases that are searched; nil for all of the tenant.
  package let knowledgeBases: [String]?
  /// Documents with any of these tags are searched; nil for all.
  package let tags: [String]?
  /// The documents that are searched; nil for all. With bases or tags beside, those that pass each.
  package let documents: [DocumentID]?
  /// The models to ask when the first one fails, in order; nil for the engine's.
  package let fallbackModels: [String]?
  /// What an answer of a model must be supported by, else it is not given:
  ///
  /// - `supported`: where there are documents to answer from, a passage that it cites or what a tool said. Small talk, and
  ///   asking back, want no support. What an agent gets that is made without naming it.
  /// - `cited`: the same for every answer, small talk too, whether there are documents or not.
  /// - `free` (when nil, as in definitions of before): nothing.
  package let grounding: String?
  /// `sources` (when nil): the sources that an answer cites are listed below it. `hidden`: marks and list are left out.
  package let citations: String?
  /// The most tokens of earlier turns in a prompt; what is older is summarised. Nil for 3,000; 0 looks back at nothing, and
  /// nothing is summarised.
  package let historyTokens: Int?
  /// How long the answer to a question that stood for itself may be given to whoever asks the same: to the first one of a
  /// conversation, or to any where `historyTokens` is 0. Nil for never.
  package let cacheMinutes: Int?
  package let limits: AgentLimits?
  /// Sent in the place of a reply once the platform takes no free text any more; nil fails such a reply.
  package let template: MessageTemplate?
  package init(
    instructions: String, language: String = "english", fallback: String, model: String? = nil,
    temperature: Double = 0.2, maximumTokens: Int = 500, passages: Int = 4, debounceMilliseconds: Int = 0,
    persona: String? = nil, tone: String? = nil, answerLanguage: String? = nil, greeting: String? = nil,
    texts: AgentTexts? = nil, translations: [String: AgentTranslation]? = nil, hours: BusinessHours? = nil,
    escalation: [EscalationRule]? = nil,
    tools: [AgentTool]? = nil, knowledgeBases: [String]? = nil, tags: [String]? = nil,
    documents: [DocumentID]? = nil, fallbackModels: [String]? = nil, grounding: String? = nil,
    citations: String? = nil,
    historyTokens: Int? = nil, cacheMinutes: Int? = nil,
    limits: AgentLimits? = nil, template: MessageTemplate? = nil
  ) {
    self.instructions = instructions
    self.language = language
    self.fallback = fallback
    self.model = model
    self.temperature = temperature
    self.maximumTokens = maximumTokens
    self.passages = passages
    self.debounceMilliseconds = debounceMilliseconds
    self.persona = persona
    self.tone = tone
    self.answerLanguage = answerLanguage
    self.greeting = greeting
    self.texts = texts
    self.translations = translations
    self.hours = hours
    self.escalation = escalation
    self.tools = tools
    self.knowledgeBases = knowledgeBases
    self.tags = tags
    self.documents = documents
    self.fallbackModels = fallbackModels
    self.grounding = grounding
    self.citations = citations
    self.historyTokens = historyTokens
    self.cacheMinutes = cacheMinutes
    self.limits = limits
    self.template = template
  }
  enum CodingKeys: String, CodingKey {
    case instructions
    case language
    case fallback
    case model
    case temperature
    case maximumTokens = "maximum_tokens"
    case passages
    case debounceMilliseconds = "debounce_milliseconds"
    case persona
    case tone
    case answerLanguage = "answer_language"
    case greeting
    case texts
    case translations
    case hours
    case escalation
    case tools
    case knowledgeBases = "knowledge_bases"
    case tags, documents
    case fallbackModels = "fallback_models"
    case grounding
    case citations
    case historyTokens = "history_tokens"
    case cacheMinutes = "cache_minutes"
    case limits, template
  }
}

/// What the agent says when it does not answer; what is nil is said in the words of `fallback`.
package struct AgentTexts: Codable, Sendable, Equatable {
  /// When the conversation goes to a person.
  package let handover: String?
  /// Instead of that, and of answers where there are none, while nobody is there.
  package let outsideHours: String?
  /// When no model answers.
  package let failure: String?
  package init(
    handover: String? = nil, outsideHours: String? = nil, failure: String? = nil
  ) {
    self.handover = handover
    self.outsideHours = outsideHours
    self.failure = failure
  }
  enum CodingKeys: String, CodingKey {
    case handover
    case outsideHours = "outside_hours"
    case failure
  }
}

/// What an agent may use up; nil for no bound of its own.
package struct AgentLimits: Codable, Sendable, Equatable {
  /// Calls of models.
  package let requestsPerMinute: Int?
  /// Of prompts and answers together, a day being one of UTC.
  package let tokensPerDay: Int?
  /// In millionths of the currency of the price table.
  package let costPerDayMicros: Int64?
  /// Per answer, 0 to 20. Nil for 5.
  package let toolCalls: Int?
  package init(
    requestsPerMinute: Int? = nil, tokensPerDay: Int? = nil, costPerDayMicros: Int64? = nil,
    toolCalls: Int? = nil
  ) {
    self.requestsPerMinute = requestsPerMinute
    self.tokensPerDay = tokensPerDay
    self.costPerDayMicros = costPerDayMicros
    self.toolCalls = toolCalls
  }
  enum CodingKeys: String, CodingKey {
    case requestsPerMinute = "requests_per_minute"
    case tokensPerDay = "tokens_per_day"
    case costPerDayMicros = "cost_per_day_micros"
    case toolCalls = "tool_calls"
  }
}
