/// An agent's fixed texts in one language. What is nil is said as it would be without this one.
package struct AgentTranslation: Codable, Sendable, Equatable {
  package let fallback: String?
  package let greeting: String?
  package let texts: AgentTexts?
  /// What rules of escalation say, by the rules' names.
  package let escalation: [String: String]?

  package init(
    fallback: String? = nil, greeting: String? = nil, texts: AgentTexts? = nil,
    escalation: [String: String]? = nil
  ) {
    self.fallback = fallback
    self.greeting = greeting
    self.texts = texts
    self.escalation = escalation
  }
}

extension AgentDefinition {
  /// The same with its fixed texts in a language: each in the words of the nearest translation that has it (of `de-AT`, then
  /// of `de`: the lookup of RFC 4647, 3.4), else in its own. A language that is told by its code alone also takes the first
  /// translation that names more: `pt` that of `pt-BR`, where there is none of `pt`.
  /// - Parameter language: BCP 47; nil where it is not known.
  package func spoken(in language: String?) -> AgentDefinition {
    guard let language, let translations, !translations.isEmpty else { return self }
    let wanted = Self.subtags(language)
    let known = translations.map { (subtags: Self.subtags($0.key), words: $0.value) }
      .sorted { $0.subtags.lexicographicallyPrecedes($1.subtags) }
    var fitting = known.filter { wanted.starts(with: $0.subtags) }
    if fitting.isEmpty, wanted.count == 1 {
      fitting = Array(known.filter { $0.subtags.starts(with: wanted) }.prefix(1))
    }
    return fitting.reduce(self) { $0.saying($1.words) }
  }

  /// Lower case. What is one language to the customer is one here: detectors know Norwegian and Filipino by the older codes.
  private static func subtags(_ tag: String) -> [String] {
    var subtags = tag.lowercased().split(separator: "-").map(String.init)
    if let first = subtags.first { subtags[0] = ["nb": "no", "fil": "tl"][first] ?? first }
    return subtags
  }

  private func saying(_ words: AgentTranslation) -> AgentDefinition {
    var spoken = self
    spoken.fallback = words.fallback ?? fallback
    spoken.greeting = words.greeting ?? greeting
    if let said = words.texts {
      spoken.texts = AgentTexts(
        handover: said.handover ?? texts?.handover, outsideHours: said.outsideHours ?? texts?.outsideHours,
        failure: said.failure ?? texts?.failure)
    }
    if let said = words.escalation {
      spoken.escalation = escalation?.map { rule in
        var rule = rule
        rule.text = said[rule.name] ?? rule.text
        return rule
      }
    }
    return spoken
  }
}
