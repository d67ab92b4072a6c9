import Markdown
import Testing

@Suite struct MarkdownTests {
  func events(_ text: String) -> [MarkdownEvent]? { Markdown.events(of: text, maximumBytes: 1 << 20) }

  @Test func whatOpensIsClosedInTurn() {
    let list = MarkdownElement.list(start: 3, isTight: true)
    #expect(
      events("3. a **b**\n") == [
        .open(list), .open(.item), .open(.paragraph), .text("a "), .open(.strong), .text("b"),
        .close(.strong),
        .close(.paragraph), .close(.item), .close(list),
      ])
  }

  @Test func leavesHoldWhatWasWritten() {
    #expect(
      events("```swift x\na\n```\n\n---\n\n`b`  \n<i>\n\n<div>\n") == [
        .codeBlock("a\n", language: "swift"), .rule, .open(.paragraph), .code("b"), .lineBreak,
        .html("<i>", isBlock: false), .close(.paragraph), .html("<div>\n", isBlock: true),
      ])
    #expect(
      events("~~a~~ [b](c \"d\")") == [
        .open(.paragraph), .open(.strike), .text("a"), .close(.strike), .text(" "), .open(.link("c")),
        .text("b"), .close(.link("c")), .close(.paragraph),
      ])
  }

  @Test func everyTextIsADocument() {
    #expect(events("") == [])
    #expect(events("a\0b") == [.open(.paragraph), .text("a\u{FFFD}b"), .close(.paragraph)])
    #expect(
      events("[a](") == [
        .open(.paragraph), .text("[a]("), .close(.paragraph),
      ])
  }

  @Test func aTextThatIsTooLongIsNotRead() {
    #expect(Markdown.events(of: "äa", maximumBytes: 3) != nil)
    #expect(Markdown.events(of: "äa", maximumBytes: 2) == nil)
  }

  @Test(.timeLimit(.minutes(1)), arguments: ["> ", "- a\n ", "1. ", "*a **b ", "[", "![", "- "])
  func deepNestingIsWalkedWithoutRecursion(unit: String) throws {
    let walked = try #require(events(String(repeating: unit, count: 20_000) + "x"))
    var depth = 0
    for event in walked {
      if case .open = event { depth += 1 }
      if case .close = event { depth -= 1 }
    }
    #expect(depth == 0)
  }
}
