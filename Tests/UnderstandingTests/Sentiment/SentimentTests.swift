import Testing

@testable import Understanding

@Suite struct SentimentTests {
  /// As customers write. What counts is the share that is right: rules of words are not right about all of them.
  private static let labelled: [(SentimentGuess.Label, String)] = [
    (.positive, "Thank you so much, that was really helpful!"), (.positive, "Great service, I love it"),
    (.positive, "Perfect, it works now 👍"), (.positive, "You are the best support team ever 😍"),
    (.positive, "Vielen Dank, das hat super geklappt!"),
    (.positive, "Sehr freundlicher Service, danke schön"),
    (.positive, "Ich bin wirklich begeistert von der Qualität"),
    (.positive, "Perfekt, jetzt funktioniert alles 🎉"),
    (.neutral, "Where is my parcel?"), (.neutral, "How do I change my address?"),
    (.neutral, "I ordered two chairs on Monday."), (.neutral, "Can I pay by invoice?"),
    (.neutral, "Wann kommt mein Paket an?"), (.neutral, "Wie kann ich meine Adresse ändern?"),
    (.neutral, "Ich habe am Montag zwei Stühle bestellt."), (.neutral, "Kann ich auf Rechnung zahlen?"),
    (.negative, "The lamp arrived broken"), (.negative, "I am not happy with the quality"),
    (.negative, "Unfortunately my payment failed again"), (.negative, "This does not work 😕"),
    (.negative, "Die Lampe ist leider kaputt"), (.negative, "Das gefällt mir nicht"),
    (.negative, "Die Lieferung ist schon wieder verspätet"), (.negative, "Ich bin nicht zufrieden"),
    (.angry, "This is absolutely unacceptable! I want my money back!!"),
    (.angry, "You are useless, this is the worst company ever"), (.angry, "What a scam, I hate you 😡"),
    (.angry, "THIS IS RIDICULOUS, NOBODY ANSWERS, WORST SERVICE EVER!!!"),
    (.angry, "Das ist eine absolute Frechheit!"),
    (.angry, "Unverschämt! So ein Saftladen, ich bin stinksauer!"),
    (.angry, "Ihr seid Betrüger, das ist Abzocke"), (.angry, "Das ist unfassbar schlecht, ich bin wütend 🤬"),
  ]

  @Test func mostMessagesHaveTheirSentiment() {
    let wrong = Self.labelled.filter { label, text in Self.guess(text).label != label }
    #expect(
      Self.labelled.count - wrong.count >= 28,
      "\(wrong.map { "\($0.0): \($0.1) is \(Self.guess($0.1).label) \(Self.guess($0.1).score)" })")
  }

  @Test func noAngryMessageIsPositiveAndNoPositiveOneIsNegative() {
    for (label, text) in Self.labelled {
      let score = Self.guess(text).score
      if label == .angry || label == .negative { #expect(score <= 0, "\(text)") }
      if label == .positive { #expect(score > 0, "\(text)") }
    }
  }

  @Test func aNegationTurnsAWordRound() {
    #expect(Self.guess("this is good").score > 0 && Self.guess("this is not good").score < 0)
    #expect(Self.guess("das ist gut").score > 0 && Self.guess("das ist nicht gut").score < 0)
  }

  @Test func emphasisStrengthens() {
    #expect(Self.guess("this is bad!!!").score < Self.guess("this is bad").score)
    #expect(Self.guess("this is BAD").score < Self.guess("this is bad").score)
    #expect(Self.guess("this is very bad").score < Self.guess("this is bad").score)
  }

  @Test func emojiCountInEveryLanguage() {
    #expect(Self.guess("注文した商品はどこですか。もう二週間待っています。😡").score < -0.5)
    #expect(Self.guess("Gdzie jest moje zamówienie? Czekam już dwa tygodnie. 😍").score > 0.5)
  }

  @Test func theScoreIsBoundedForWhateverIsWritten() {
    for text in [
      "", "\u{0}", String(repeating: "hate ", count: 10_000), String(repeating: "!", count: 10_000),
      String(repeating: "😡", count: 10_000),
    ] {
      #expect((-1...1).contains(Self.guess(text).score), "\(text.prefix(10))")
    }
  }

  private static func guess(_ text: String) -> SentimentGuess {
    SentimentGuess(of: text, in: LanguageGuess(of: text))
  }
}
