import Testing

@testable import Understanding

@Suite struct WrittenLanguageTests {
  /// - Parameter texts: as they were written, the first one first.
  private func language(of texts: String...) -> String? {
    WrittenLanguage.of(texts.reversed()) { $0 }
  }

  private static let french = "Où est ma commande ?"

  @Test(arguments: [
    "Bestellung 12345", "jean.martin@example.com", "AB-1234-XY", "DHL", "12345 Berlin", "ok", "👍",
    "https://shop.example/en/where-is-my-order", "www.example.com/order jean@example.com",
  ])
  func whatIsTheSameInEveryLanguageChangesNone(text: String) {
    #expect(language(of: Self.french, text) == "fr")
    #expect(language(of: Self.french, text, text) == "fr")
  }

  @Test func aSentenceOrALongWordChangesIt() {
    #expect(language(of: Self.french, "Where is my order 12345?") == "en")
    #expect(language(of: Self.french, "Lieferbestätigung?") == "de")
    #expect(language(of: Self.french, "我的订单12345在哪里？") == "zh")
    #expect(language(of: "Where is my order?", Self.french, "Wo ist sie?", "DHL") == "de")
  }

  /// Also what came before it, where that tells none.
  @Test func fewWordsTellTheLanguageWhereNothingElseDid() {
    #expect(language(of: "Danke!") == "de")
    #expect(language(of: "AB-1234-XY", "Guten Morgen") == "de")
    #expect(language(of: "Guten Morgen", "DHL") == "de")
    #expect(language(of: "AB-1234-XY", "jean.martin@example.com", "12345") == nil)
  }

  @Test func wordsAreWhatIsLeftOfLinksAddressesAndNumbers() {
    #expect(
      WrittenLanguage.words(of: "Bestellung 12345, siehe https://a.example/b oder a@b.example")
        == ["Bestellung", "siehe", "oder"])
    #expect(WrittenLanguage.words(of: "注文番号A-123はどこですか") == ["注文番号はどこですか"])
  }
}
