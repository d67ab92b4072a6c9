import Models
import Testing

@Suite struct ExtractiveAnswerTests {
  let passages = [
    Passage(
      title: "Shipping", text: "We ship to all of Europe. Parcels take three days.\nExpress takes one day.",
      score: 0.9),
    Passage(
      title: "Returns policy", text: "Welcome! You can return shoes within 30 days. Refunds take a week.",
      score: 0.5),
  ]

  @Test func theSentenceThatCoversTheQuestionIsQuotedWithItsSource() {
    #expect(
      extractiveAnswer(question: "Can I return my shoe?", passages: passages)
        == .init(text: "From \"Returns policy\": \"You can return shoes within 30 days.\"", citations: [2]))
  }

  @Test func aQuestionOfTwoPartsIsAnsweredFromBoth() {
    #expect(
      extractiveAnswer(question: "How long do refunds take, and do you ship to Europe?", passages: passages)
        == .init(
          text:
            "From \"Shipping\": \"We ship to all of Europe.\"\nFrom \"Returns policy\": \"Refunds take a week.\"",
          citations: [1, 2])
    )
  }

  @Test(arguments: ["", "???", "What is the?", "quantum chromodynamics"])
  func nothingInCommonGivesNothing(question: String) {
    #expect(extractiveAnswer(question: question, passages: passages) == nil)
  }

  @Test func scriptsWithoutBlanksAreMatchedByCharacter() {
    let passage = Passage(title: "退货", text: "欢迎。三十天内可以退货。", score: 1)
    #expect(extractiveAnswer(question: "如何退货？", passages: [passage])?.text == "From \"退货\": \"三十天内可以退货。\"")
  }

  @Test(arguments: [
    ("de", "Aus „Returns policy“: „You can return shoes within 30 days.“"),
    ("fr", "Extrait de « Returns policy » : « You can return shoes within 30 days. »"),
    ("zh-Hant", "摘自《Returns policy》：“You can return shoes within 30 days.”"),
    ("en-GB", "From \"Returns policy\": \"You can return shoes within 30 days.\""),
    // No word rather than one of a language that nobody wrote.
    ("mt", "“Returns policy”: “You can return shoes within 30 days.”"),
  ])
  func theSourceIsNamedInTheCustomersLanguage(language: String, expected: String) {
    #expect(
      extractiveAnswer(question: "Can I return my shoe?", passages: passages, language: language)?.text
        == expected)
  }

  @Test func ofEqualSentencesTheOneFromTheBetterPassageIsTaken() {
    let passages = [0.1, 0.9, 0.9].enumerated().map {
      Passage(title: "\($0)", text: "Same words.", score: $1)
    }
    #expect(
      extractiveAnswer(question: "same words", passages: passages)?.text == "From \"1\": \"Same words.\"")
  }
}
