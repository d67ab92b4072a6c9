import Contracts
import Foundation
import JSON

/// An agent's fixed texts in one language, as a caller writes them. A member that there is not is refused: nobody would ever
/// hear it.
struct TranslationInput: Decodable, Sendable {
  let translation: AgentTranslation

  static let most = 100

  init(from decoder: any Decoder) throws {
    let members = try decoder.container(keyedBy: Member.self)
    try Self.refuse(members, beside: ["fallback", "greeting", "texts", "escalation"])
    if let texts = members.allKeys.first(where: { $0.stringValue == "texts" }),
      try !members.decodeNil(forKey: texts)
    {
      let said = try members.nestedContainer(keyedBy: Member.self, forKey: texts)
      try Self.refuse(said, beside: ["handover", "outside_hours", "failure"])
    }
    translation = try AgentTranslation(from: decoder)
  }

  private struct Member: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  private static func refuse(
    _ members: KeyedDecodingContainer<Member>, beside known: Set<String>
  ) throws {
    guard let other = members.allKeys.first(where: { !known.contains($0.stringValue) }) else { return }
    throw DecodingError.dataCorruptedError(
      forKey: other, in: members,
      debugDescription: "there is no such text; there are \(known.sorted().joined(separator: ", "))")
  }

  /// - Parameter rules: of the agent.
  static func check(_ translations: [String: Self], rules: [EscalationRule]) throws(Problem) {
    guard translations.count <= most else {
      throw Problem(.invalidContent, "$.translations has more than \(most) languages")
    }
    var seen: [[String]: String] = [:]
    for (tag, input) in translations.sorted(by: { $0.key < $1.key }) {
      guard isTag(tag) else { throw refusal(of: tag, "translations") }
      if let other = seen.updateValue(tag, forKey: AgentDefinition.subtags(tag)) {
        throw Problem(
          .invalidContent,
          other.lowercased() == tag.lowercased()
            ? "$.translations has \(tag.lowercased()) twice"
            : "$.translations has \(other) and \(tag), which are one language here")
      }
      try check(input.translation, "$.translations.\(tag)", rules)
    }
  }

  private static func check(
    _ words: AgentTranslation, _ place: String, _ rules: [EscalationRule]
  ) throws(Problem) {
    let said: [(String?, String)] = [
      (words.fallback, "fallback"), (words.greeting, "greeting"),
      (words.texts?.handover, "texts.handover"), (words.texts?.outsideHours, "texts.outside_hours"),
      (words.texts?.failure, "texts.failure"),
    ]
    for case (let text?, let name) in said {
      try CommandBounds.check(text, "\(place).\(name)", atMost: CommandBounds.message)
    }
    for (name, text) in (words.escalation ?? [:]).sorted(by: { $0.key < $1.key }) {
      let member = "\(place).escalation.\(name.prefix(64))"
      guard rules.contains(where: { $0.name == name }) else {
        throw Problem(.invalidContent, "\(member): the agent has no rule of that name")
      }
      try CommandBounds.check(text, member, atMost: CommandBounds.message)
    }
  }

  static func refusal(of tag: String, _ member: String) -> Problem {
    Problem(
      .invalidContent,
      "$.\(member): \(tag.prefix(64)) is no language tag (BCP 47), as de, pt-BR and zh-Hant are")
  }

  /// A language, and what says more of it, as a script or a region (RFC 5646, 2.1). The language is one of ISO 639, by the
  /// shortest of its codes.
  static func isTag(_ tag: String) -> Bool {
    guard AgentDefinition.isTag(tag),
      let language = tag.lowercased().split(separator: "-").first.map(String.init)
    else { return false }
    return Locale.LanguageCode(language).identifier(.alpha2) == language
  }
}

extension AgentDefinition {
  /// Texts that a translation lacks and the definition has, which are said in the definition's words; nil when there are none.
  var untranslated: [String]? {
    let found = (translations ?? [:]).keys.sorted().compactMap { tag -> String? in
      let said = Set(words(in: tag).flatMap(\.members))
      let missing = sayings.filter { !said.contains($0) }.sorted()
      guard !missing.isEmpty else { return nil }
      return "$.translations.\(tag) leaves to the agent's own words: \(missing.joined(separator: ", "))"
    }
    return found.isEmpty ? nil : found
  }

  /// The members in which it says something.
  private var sayings: [String] {
    ["fallback"] + (greeting.map { _ in ["greeting"] } ?? []) + (texts?.members ?? [])
      + (escalation ?? []).filter { $0.text != nil }.map { "escalation.\($0.name)" }
  }
}

extension AgentTranslation {
  /// As of the definition.
  fileprivate var members: [String] {
    [(fallback, "fallback"), (greeting, "greeting")].compactMap { text, name in text.map { _ in name } }
      + (texts?.members ?? []) + (escalation ?? [:]).keys.map { "escalation.\($0)" }
  }
}

extension AgentTexts {
  fileprivate var members: [String] {
    [
      (handover, "texts.handover"), (outsideHours, "texts.outside_hours"), (failure, "texts.failure"),
    ].compactMap { text, name in text.map { _ in name } }
  }
}
