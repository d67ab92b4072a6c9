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
  /// of `de`: the lookup of RFC 4647, 3.4), else in its own. A language that is told without a place also takes the first
  /// translation that names more: `pt` that of `pt-BR`, where there is none of `pt`, and `zh-Hant` that of `zh-TW`.
  /// - Parameter language: BCP 47; nil where it is not known.
  package func spoken(in language: String?) -> AgentDefinition {
    guard let language else { return self }
    return words(in: language).reduce(self) { $0.saying($1) }
  }

  /// What is said in a language, the nearest translation last.
  package func words(in language: String) -> [AgentTranslation] {
    guard let translations, !translations.isEmpty else { return [] }
    let wanted = Self.subtags(language)
    // In one order, whatever they are: of tags that are the same here the last one's words are said.
    let known = translations.map { (subtags: Self.subtags($0.key), tag: $0.key, words: $0.value) }
      .sorted {
        $0.subtags == $1.subtags
          ? $0.tag < $1.tag : $0.subtags.lexicographicallyPrecedes($1.subtags)
      }
    var fitting = known.filter { wanted.starts(with: $0.subtags) }
    let namesNoPlace = wanted.count == 1 || wanted == ["zh", "hans"] || wanted == ["zh", "hant"]
    if namesNoPlace, fitting.last?.subtags != wanted {
      fitting += known.filter { $0.subtags.starts(with: wanted) }.prefix(1)
    }
    return fitting.map(\.words)
  }

  /// Whether this has the form of a tag (BCP 47). What was published before `answerLanguage` had to be one may be the name of
  /// a language, or anything else that a model understands.
  package static func isTag(_ language: String) -> Bool {
    guard language.utf8.count <= longestTag else { return false }
    return language.wholeMatch(
      of: /[a-z]{2,3}(-[a-z0-9]{2,8})*/.ignoresCase().asciiOnlyCharacterClasses()) != nil
  }

  /// Bytes of a tag.
  package static let longestTag = 200

  /// Lower case. What is one language to the customer is one here: detectors know Norwegian and Filipino by the older codes, and
  /// Chinese by its script, which a place alone tells, too.
  package static func subtags(_ tag: String) -> [String] {
    var subtags = tag.lowercased().split(separator: "-").map(String.init)
    if let first = subtags.first { subtags[0] = ["nb": "no", "fil": "tl"][first] ?? first }
    if subtags.count > 1, subtags[0] == "zh", let script = scripts[subtags[1]] {
      subtags.insert(script, at: 1)
    }
    return subtags
  }

  /// In which Chinese is written, by the place (likely subtags of CLDR).
  private static let scripts = ["tw": "hant", "hk": "hant", "mo": "hant", "cn": "hans", "sg": "hans"]

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
