import Testing

@testable import Channels

/// Bytes tell of lines what characters do, whatever is written in them.
@Suite struct PlainLinesTests {
  private static let pieces = [
    "\r", "\n", "\r\n", "\n\n", "\u{B}", "\u{C}", "\u{85}", "\u{2028}", "\u{2029}", " ", "\t", "\u{A0}",
    "\u{1680}", "\u{2003}", "\u{3000}", "\u{301}", "\u{34F}", "\u{200D}", "\u{FE0F}", "a", "> b", "ü",
    "e\u{301}",
    "ˀ", "ͽ", "я", "\u{483}", "字", "か\u{3099}", "한", "กำ", "📦", "👩‍👧", "\u{0}", "\u{1C}", "…", "¶",
  ]

  /// Of many random texts.
  private func forEachText(_ name: String, _ check: (String) -> Void) {
    var random = Seeded.named(name)
    for _ in 0..<3_000 {
      let count = Int.random(in: 0...20, using: &random)
      check((0..<count).map { _ in Self.pieces.randomElement(using: &random) ?? "" }.joined())
    }
  }

  @Test func whateverEndsALineIsALineFeed() {
    forEachText("whateverEndsALineIsALineFeed") { text in
      var plain = String.UnicodeScalarView()
      var last: Unicode.Scalar?
      for scalar in text.unicodeScalars {
        switch scalar {
        case "\n" where last == "\r": break
        case "\r", "\u{B}", "\u{C}", "\u{85}", "\u{2028}", "\u{2029}": plain.append("\n")
        default: plain.append(scalar)
        }
        last = scalar
      }
      // By bytes: strings are equal by characters, of which CRLF is one.
      #expect(PlainLines.text(text).utf8.elementsEqual(String(plain).utf8), "\(text.debugDescription)")
    }
  }

  @Test func linesAreWhatIsBetweenLineFeeds() {
    forEachText("linesAreWhatIsBetweenLineFeeds") { text in
      let lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      #expect(PlainLines.split(text).map { Array($0.utf8) } == lines.map(Array.init))
    }
  }

  @Test func aLineEndsInItsLastCharacterThatIsSeen() {
    forEachText("aLineEndsInItsLastCharacterThatIsSeen") { text in
      for line in PlainLines.split(text) {
        let seen = line.lastIndex { !$0.isWhitespace }.map { line[...$0] } ?? ""
        #expect(PlainLines.trimmingEnd(line).utf8.elementsEqual(seen.utf8), "\(line.debugDescription)")
      }
    }
  }

  @Test func linesAreJoinedAsTheyStand() {
    forEachText("linesAreJoinedAsTheyStand") { text in
      for lines in [PlainLines.split(text), PlainLines.split(text).map(PlainLines.trimmingEnd)] {
        let parts: [ArraySlice<Substring>] = [lines[...], lines.dropFirst(), lines.dropLast(), []]
        for part in parts {
          let joined = part.joined(separator: "\n")
          #expect(PlainLines.joined(part).utf8.elementsEqual(joined.utf8), "\(text.debugDescription)")
        }
      }
    }
  }
}
