import Contracts
import Pipeline

/// An agent as a caller describes it; what is left out has its default.
struct AgentInput: Decodable, Sendable {
  let name: String?
  /// Whether the agent is made without publishing it.
  let isDraft: Bool?
  let instructions: String
  let language: String?
  let fallback: String?
  let model: String?
  let temperature: Double?
  let maximumTokens: Int?
  let passages: Int?
  let debounceMilliseconds: Int?
  let persona: String?
  let tone: String?
  let answerLanguage: String?
  let greeting: String?
  let texts: AgentTexts?
  let translations: [String: TranslationInput]?
  let hours: BusinessHours?
  let escalation: [EscalationRule]?
  let tools: [AgentTool]?
  let knowledgeBases: [String]?
  let tags: [String]?
  let documents: [DocumentID]?
  let fallbackModels: [String]?
  let grounding: String?
  let citations: String?
  let historyTokens: Int?
  let cacheMinutes: Int?
  let limits: AgentLimits?
  let template: MessageTemplate?
  /// What tools' headers name; left out, those of before stay.
  let secrets: [AgentSecret]?

  enum CodingKeys: String, CodingKey {
    case name
    case isDraft = "draft"
    case instructions, language, fallback, model, temperature
    case maximumTokens = "maximum_tokens"
    case passages
    case debounceMilliseconds = "debounce_milliseconds"
    case persona, tone
    case answerLanguage = "answer_language"
    case greeting, texts, translations, hours, escalation, tools
    case knowledgeBases = "knowledge_bases"
    case tags, documents
    case fallbackModels = "fallback_models"
    case grounding, citations
    case historyTokens = "history_tokens"
    case cacheMinutes = "cache_minutes"
    case limits, template, secrets
  }

  /// Checked in itself; whether models, hosts and secrets are there is for `AgentCheck`.
  /// - Parameter known: the version that answers now. One that was published before there were standard rules, support
  ///   and words for when it is closed goes on without those that it names as little as this.
  func definition(after known: AgentDefinition? = nil) throws(Problem) -> AgentDefinition {
    try CommandBounds.check(instructions, "$.instructions", atMost: CommandBounds.instructions)
    let said: [(String?, String)] = [
      (fallback, "fallback"), (greeting, "greeting"), (persona, "persona"), (tone, "tone"),
      (texts?.handover, "texts.handover"), (texts?.outsideHours, "texts.outside_hours"),
      (texts?.failure, "texts.failure"),
    ]
    for case (let text?, let name) in said {
      try CommandBounds.check(text, "$.\(name)", atMost: CommandBounds.message)
    }
    for (text, name) in [(model, "model"), (answerLanguage, "answer_language")] {
      if let text { try CommandBounds.check(text, "$.\(name)", atMost: CommandBounds.name) }
    }
    // One that was published before it had to be a tag is kept.
    if let answerLanguage, answerLanguage != known?.answerLanguage, !TranslationInput.isTag(answerLanguage) {
      throw TranslationInput.refusal(of: answerLanguage, "answer_language")
    }
    let language = language ?? "english"
    try CommandBounds.check(language, "$.language", atMost: 63)
    let temperature = temperature ?? 0.2
    guard (0...2).contains(temperature) else {
      throw Problem(.invalidContent, "$.temperature must be 0 to 2")
    }
    try template?.check("$.template")
    try word(grounding, among: ["supported", "cited", "free"], "grounding")
    try word(citations, among: ["sources", "hidden"], "citations")
    let named = [
      (knowledgeBases, "knowledge_bases"), (tags, "tags"), (fallbackModels, "fallback_models"),
    ]
    for (names, member) in named {
      guard names?.count ?? 0 <= 100 else {
        throw Problem(.invalidContent, "$.\(member) has more than 100 items")
      }
      for name in names ?? [] { try CommandBounds.check(name, "$.\(member)", atMost: CommandBounds.name) }
    }
    guard documents?.count ?? 0 <= 100 else {
      throw Problem(.invalidContent, "$.documents has more than 100 items")
    }
    _ = try bounded(limits?.requestsPerMinute, 0, 0...1_000_000, "limits.requests_per_minute")
    _ = try bounded(limits?.tokensPerDay, 0, 0...1_000_000_000_000, "limits.tokens_per_day")
    _ = try bounded(limits?.toolCalls, 0, 0...20, "limits.tool_calls")
    guard limits?.costPerDayMicros ?? 0 >= 0 else {
      throw Problem(.invalidContent, "$.limits.cost_per_day_micros is negative")
    }
    let isWithoutRules = known.map { $0.escalation == nil } ?? false
    let isUngrounded = known.map { $0.grounding == nil } ?? false
    let escalation = escalation ?? (isWithoutRules ? nil : EscalationRule.standard)
    try TranslationInput.check(translations ?? [:], rules: escalation ?? [])
    let grounding = grounding ?? (isUngrounded ? nil : "supported")
    let standard =
      AgentDefinition.handsOverUnanswered(by: escalation, grounding: grounding)
      ? "I do not know. A person will get back to you." : "I do not know."
    let fallback = fallback ?? standard
    let saysClosed = fallback == standard && isSilentWhileClosed(after: known)
    return AgentDefinition(
      instructions: instructions, language: language, fallback: fallback, model: model,
      temperature: temperature, maximumTokens: try bounded(maximumTokens, 500, 1...100_000, "maximum_tokens"),
      passages: try bounded(passages, 4, 1...20, "passages"),
      debounceMilliseconds: try bounded(debounceMilliseconds, 0, 0...60_000, "debounce_milliseconds"),
      persona: persona, tone: tone, answerLanguage: answerLanguage, greeting: greeting,
      texts: saysClosed ? texts.closed(Self.closed) : texts,
      translations: translations?.mapValues(\.translation), hours: hours,
      escalation: escalation, tools: tools,
      knowledgeBases: knowledgeBases,
      tags: tags, documents: documents,
      fallbackModels: fallbackModels, grounding: grounding,
      citations: citations,
      historyTokens: try historyTokens.map { value throws(Problem) in
        try bounded(value, 0, 0...1_000_000, "history_tokens")
      },
      cacheMinutes: try cacheMinutes.map { value throws(Problem) in
        try bounded(value, 0, 0...10_080, "cache_minutes")
      }, limits: limits, template: template)
  }

  private static let closed = "We are closed at present. Please write again when we are open."

  /// Whether it says nothing of its own while it is closed. Nobody is told of what is written then, and the fallback
  /// that it has by default may announce a person.
  private func isSilentWhileClosed(after known: AgentDefinition?) -> Bool {
    guard hours?.answersOutside == false, texts?.outsideHours == nil else { return false }
    return known.map { $0.hours?.answersOutside != false || $0.texts?.outsideHours != nil } ?? true
  }

  private func word(_ value: String?, among words: [String], _ name: String) throws(Problem) {
    guard let value, !words.contains(value) else { return }
    throw Problem(.invalidContent, "$.\(name) must be \(words.joined(separator: " or "))")
  }

  private func bounded(
    _ value: Int?, _ standard: Int, _ range: ClosedRange<Int>, _ name: String
  ) throws(Problem) -> Int {
    let value = value ?? standard
    guard range.contains(value) else {
      throw Problem(.invalidContent, "$.\(name) must be \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }
}

extension AgentTexts? {
  /// The same, with what is said while nobody is there.
  fileprivate func closed(_ text: String) -> AgentTexts {
    AgentTexts(handover: self?.handover, outsideHours: text, failure: self?.failure)
  }
}
