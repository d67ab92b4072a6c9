/// When a conversation goes to a person. All conditions that are given must hold; one without any never does.
package struct EscalationRule: Codable, Sendable, Equatable {
  /// What people call it; `reply.generated` names it.
  package let name: String
  /// One of these stands in the message, as whole words, without regard to case.
  package let keywords: [String]?
  /// The message asks for a person, by its intent or in words that say so.
  package let asksForPerson: Bool?
  /// The message has one of these intents.
  package let intents: [String]?
  /// The classifier is less sure of the intent than this, 0 to 1. Never holds of small talk, of what answers a question
  /// of the agent's, nor where no intents were trained.
  package let confidenceBelow: Double?
  /// The message is out of the scope of every intent, and neither small talk nor what answers a question of the agent's.
  package let outOfScope: Bool?
  /// The message is of this sentiment, `negative` for instance.
  package let sentiment: String?
  /// The conversation, or the contact, carries this label, `vip` for instance.
  package let label: String?
  /// Nothing supports an answer.
  package let noAnswer: Bool?
  /// No model answered, and the documents did not either.
  package let modelFailed: Bool?
  /// How many messages of the conversation in all must be so, since a person last had it. Nil for 1.
  package let times: Int?
  /// What the customer is told instead of the agent's own text for that.
  package var text: String?
  package init(
    name: String, keywords: [String]? = nil, asksForPerson: Bool? = nil, intents: [String]? = nil,
    confidenceBelow: Double? = nil, outOfScope: Bool? = nil, sentiment: String? = nil, label: String? = nil,
    noAnswer: Bool? = nil, modelFailed: Bool? = nil, times: Int? = nil, text: String? = nil
  ) {
    self.name = name
    self.keywords = keywords
    self.asksForPerson = asksForPerson
    self.intents = intents
    self.confidenceBelow = confidenceBelow
    self.outOfScope = outOfScope
    self.sentiment = sentiment
    self.label = label
    self.noAnswer = noAnswer
    self.modelFailed = modelFailed
    self.times = times
    self.text = text
  }
  enum CodingKeys: String, CodingKey {
    case name
    case keywords
    case asksForPerson = "asks_for_person"
    case intents
    case confidenceBelow = "confidence_below"
    case outOfScope = "out_of_scope"
    case sentiment
    case label
    case noAnswer = "no_answer"
    case modelFailed = "model_failed"
    case times
    case text
  }
}

extension EscalationRule {
  /// What an agent gets that names no rules. An empty list of rules has none.
  ///
  /// Written into the version when it is made, so that what a published version does never changes. Without trained intents
  /// there is no confidence, and the rule about it never holds.
  package static let standard = [
    EscalationRule(name: "asks for a person", asksForPerson: true),
    EscalationRule(name: "angry twice", sentiment: "angry", times: 2),
    EscalationRule(name: "low confidence", confidenceBelow: 0.3),
    EscalationRule(name: "no answer", noAnswer: true),
    EscalationRule(name: "no model", modelFailed: true),
  ]
}
