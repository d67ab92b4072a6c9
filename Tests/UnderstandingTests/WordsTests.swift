import Foundation
import Testing

@testable import Understanding

@Suite struct WordsTests {
  private func words(_ text: String) -> [String] {
    Words(text).words.map { String(String.UnicodeScalarView($0.compactMap { Unicode.Scalar($0) })) }
  }

  @Test func wordsAndMarksStandAlone() {
    #expect(words("Where's my card?!  It's late.") == ["wheres", "my", "card", "?", "!", "its", "late", "."])
    #expect(words("Größe ÄRGER 42€") == ["größe", "ärger", "42", "€"])
  }

  @Test func bothWaysToWriteAnUmlautAreOne() { #expect(words("für") == words("fu\u{308}r")) }

  @Test func aTextHasNoMoreWordsThanTheBound() {
    #expect(Words(String(repeating: "a ", count: 10_000)).words.count == Words.maximumWords)
    #expect(Words(String(repeating: "?", count: 10_000)).words.count == Words.maximumWords)
    let long = Words(String(repeating: "a", count: 10_000)).words
    #expect(long.count <= Words.maximumWords + 1 && long.allSatisfy { $0.count <= Words.maximumLength })
  }

  @Test func ourArithmeticIsThatOfTheLibrary() {
    for step in -800...800 {
      let x = Float(step) / 10
      let expected = exp(Double(x))
      #expect(abs(Double(exponential(Lanes(repeating: x))[3]) - expected) <= expected * 1e-5)
    }
    for step in 1...2_000 {
      let x = Float(step) / 100
      #expect(abs(logarithm(x) - Float(log(Double(x)))) < 2e-6)
    }
  }
}
