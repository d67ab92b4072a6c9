import Contracts
import Testing

struct AgentTranslationTests {
  private static let agent = AgentDefinition(
    instructions: "Answer.", fallback: "No idea.", greeting: "Hello!",
    texts: AgentTexts(handover: "One moment.", failure: "Sorry."),
    translations: [
      "de": AgentTranslation(
        fallback: "Keine Ahnung.", greeting: "Hallo!", texts: AgentTexts(handover: "Moment."),
        escalation: ["angry": "Ich hole jemanden."]),
      "de-AT": AgentTranslation(greeting: "Servus!", texts: AgentTexts(outsideHours: "Zua is.")),
      "pt-BR": AgentTranslation(greeting: "Oi!"),
      "pt-PT": AgentTranslation(greeting: "Olá!"),
      "nb": AgentTranslation(greeting: "Hei!"),
      "zh-Hant": AgentTranslation(greeting: "您好！"),
    ],
    escalation: [
      EscalationRule(name: "angry", sentiment: "angry", text: "I get somebody."),
      EscalationRule(name: "asks", asksForPerson: true, text: "Of course."),
    ])

  @Test(arguments: [
    ("de", "Hallo!"), ("DE", "Hallo!"), ("de-AT", "Servus!"), ("de-at-1996", "Servus!"), ("de-CH", "Hallo!"),
    ("pt", "Oi!"), ("pt-PT", "Olá!"), ("no", "Hei!"), ("nb-NO", "Hei!"), ("zh-Hant", "您好！"),
    // No kind of these is among them: `den` is no German, and nobody writes one kind of Portuguese for another.
    ("en", "Hello!"), ("den", "Hello!"), ("pt-AO", "Hello!"), ("und", "Hello!"), (nil, "Hello!"),
  ])
  func theNearestTranslationIsSaid(language: String?, greeting: String) {
    #expect(Self.agent.spoken(in: language).greeting == greeting)
  }

  private static let chinese: [(tags: [String], language: String, said: String?)] = [
    (["zh", "zh-TW"], "zh-Hant", "zh-TW"), (["zh", "zh-TW"], "zh-HK", "zh"),
    (["zh-Hant"], "zh-HK", "zh-Hant"), (["zh-HK", "zh-TW"], "zh-TW", "zh-TW"),
    (["zh-CN", "zh-MO"], "zh", "zh-CN"), (["zh-Hans"], "zh-SG", "zh-Hans"),
    (["zh-CN", "zh-MO"], "zh-Hant", "zh-MO"), (["zh-CN"], "zh-Hant", nil), (["zh-yue"], "zh-yue", "zh-yue"),
  ]

  /// Detectors tell Chinese by its script.
  @Test(arguments: chinese)
  func aPlaceTellsTheScriptOfChinese(tags: [String], language: String, said: String?) {
    #expect(greeting(of: tags, in: language) == said)
  }

  /// Dictionaries have another order in every process.
  @Test func ofTagsThatAreTheSameTheLastOneIsSaid() {
    for _ in 0..<50 {
      #expect(greeting(of: ["no", "nb"].shuffled(), in: "no") == "no")
      #expect(greeting(of: ["tl", "fil"].shuffled(), in: "fil") == "tl")
    }
  }

  private func greeting(of tags: [String], in language: String) -> String? {
    var translations = [String: AgentTranslation](minimumCapacity: .random(in: 2...500))
    for tag in tags { translations[tag] = AgentTranslation(greeting: tag) }
    return AgentDefinition(instructions: "x", fallback: "x", translations: translations).spoken(in: language)
      .greeting
  }

  @Test func whatATranslationLeavesOutIsSaidInTheNextOnesWordsAndLastInTheAgentsOwn() {
    let austrian = Self.agent.spoken(in: "de-AT")
    #expect(austrian.fallback == "Keine Ahnung.")
    #expect(
      austrian.texts == AgentTexts(handover: "Moment.", outsideHours: "Zua is.", failure: "Sorry."))
    #expect(austrian.escalation?.map(\.text) == ["Ich hole jemanden.", "Of course."])
    #expect(austrian.escalation?.map(\.name) == ["angry", "asks"])
    let plain = AgentDefinition(instructions: "Answer.", fallback: "No idea.")
    #expect(plain.spoken(in: "de") == plain)
  }
}
