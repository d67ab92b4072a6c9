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
    var seen: Set<String> = []
    for (tag, input) in translations.sorted(by: { $0.key < $1.key }) {
      guard isTag(tag) else { throw refusal(of: tag, "translations") }
      guard seen.insert(tag.lowercased()).inserted else {
        throw Problem(.invalidContent, "$.translations has \(tag.lowercased()) twice")
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

  /// A language, and a script, a region and variants where they are named (RFC 5646, 2.1): what a text can be written in. The
  /// language is one of ISO 639, by the shortest of its codes.
  static func isTag(_ tag: String) -> Bool {
    let form =
      /([a-z]{2,3})(-[a-z]{4})?(-([a-z]{2}|[0-9]{3}))?(-([a-z0-9]{5,8}|[0-9][a-z0-9]{3})){0,4}/
      .ignoresCase().asciiOnlyCharacterClasses()
    guard let language = tag.wholeMatch(of: form)?.1.lowercased() else { return false }
    return Locale.LanguageCode(language).identifier(.alpha2) == language
  }
}

extension AgentDefinition {
  /// Texts that a translation lacks and the definition has, which are said in the definition's words; nil when there are none.
  var untranslated: [String]? {
    let found = (translations ?? [:]).keys.sorted().compactMap { tag -> String? in
      let (own, spoken) = (sayings, spoken(in: tag).sayings)
      let missing = own.keys.sorted().filter { spoken[$0] == own[$0] }
      guard !missing.isEmpty else { return nil }
      return "$.translations.\(tag) leaves to the agent's own words: \(missing.joined(separator: ", "))"
    }
    return found.isEmpty ? nil : found
  }

  /// What it says, by member.
  private var sayings: [String: String] {
    var sayings = ["fallback": fallback]
    sayings["greeting"] = greeting
    sayings["texts.handover"] = texts?.handover
    sayings["texts.outside_hours"] = texts?.outsideHours
    sayings["texts.failure"] = texts?.failure
    for rule in escalation ?? [] { sayings["escalation.\(rule.name)"] = rule.text }
    return sayings
  }
}
