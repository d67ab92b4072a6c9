import Testing

@testable import Channels

@Suite struct TextPartsTests {
  func split(_ text: String, _ limit: Int) -> [String]? {
    TextParts.split(text, limit: limit, maximumParts: 100)
  }

  @Test func aTextWithinTheLimitIsOnePart() {
    #expect(split("twelve chars", 12) == ["twelve chars"])
    #expect(split("  around  ", 20) == ["around"])
    #expect(split(" \n", 20) == [])
  }

  @Test func theBestBoundOfTheSecondHalfIsTaken() {
    #expect(split("One two. Three four. Five six", 24) == ["One two. Three four.", "Five six"])
    #expect(split("One. Two three\nfour. five six", 24) == ["One. Two three", "four. five six"])
    #expect(split("One two\nthree\n\nfour\nfive. six", 24) == ["One two\nthree", "four\nfive. six"])
    #expect(split("One. two three four five six", 20) == ["One. two three four", "five six"])
    #expect(split("He said \"no.\" Then he left", 20) == ["He said \"no.\"", "Then he left"])
    #expect(split("今日は晴れです。明日は雨でしょう", 12) == ["今日は晴れです。", "明日は雨でしょう"])
  }

  @Test func aWordLongerThanAPartIsCutBetweenCharacters() {
    #expect(split("abcdefghij", 4) == ["abcd", "efgh", "ij"])
    #expect(split("👩‍👩‍👧👩‍👩‍👧", 10) == ["👩‍👩‍👧", "👩‍👩‍👧"])
  }

  @Test func aCharacterLongerThanAPartIsCutBetweenCodePoints() {
    let zalgo = "e" + String(repeating: "\u{301}", count: 9)
    #expect(split(zalgo, 4)?.map(\.unicodeScalars.count) == [4, 4, 2])
    #expect(split(zalgo, 4)?.joined() == zalgo)
  }

  @Test func moreThanTheMostPartsAreRefused() {
    #expect(TextParts.split("aaaa bbbb cccc", limit: 4, maximumParts: 3) == ["aaaa", "bbbb", "cccc"])
    #expect(TextParts.split("aaaa bbbb cccc d", limit: 4, maximumParts: 3) == nil)
    #expect(TextParts.split(String(repeating: "x", count: 1 << 20), limit: 4, maximumParts: 3) == nil)
  }

  @Test func nothingButWhiteSpaceIsEverLost() {
    var random = Seeded.named("nothingButWhiteSpaceIsEverLost")
    let alphabet = ["a", "b", ".", "! ", " ", "\n", "\n\n", "é", "e\u{301}", "👍🏽", "。", "\t", "\"", "𝒳"]
    for _ in 0..<500 {
      let text = (0..<Int.random(in: 0...120, using: &random))
        .map { _ in alphabet.randomElement(using: &random) ?? "" }.joined()
      let limit = Int.random(in: 2...40, using: &random)
      guard let parts = TextParts.split(text, limit: limit, maximumParts: 1_000) else {
        Issue.record("refused \(text.debugDescription)")
        continue
      }
      #expect(parts.joined().filter { !$0.isWhitespace } == text.filter { !$0.isWhitespace })
      #expect(parts.allSatisfy { !$0.isEmpty && $0.utf16.count <= limit })
    }
  }
}
