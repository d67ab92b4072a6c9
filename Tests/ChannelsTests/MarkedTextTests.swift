import Testing

@testable import Channels

@Suite struct MarkedTextTests {
  @Test(arguments: [
    ("**bold** and *italic* and ~~gone~~", "bold and italic and gone"),
    ("***both***", "both"),
    ("`code *x*`", "code *x*"),
    ("```swift\nlet a = **b**\n```\n**c**", "let a = **b**\nc"),
    ("# Title", "Title"),
    ("* one\n+ two", "- one\n- two"),
    ("[us](https://a.example/b_c_d)", "us (https://a.example/b_c_d)"),
    ("snake_case_name and 2*3*4", "snake_case_name and 2*3*4"),
    ("**open", "**open"),
  ])
  func withoutMarksOnlyTheTextStays(markdown: String, expected: String) {
    #expect(MarkedText.from(markdown: markdown, marks: .none) == expected)
  }

  @Test func aLimitInBytesIsKept() {
    let parts = TextParts.split("äöü äöü äöü", limit: 7, unit: .utf8, maximumParts: 3)
    #expect(parts == ["äöü", "äöü", "äöü"])
    #expect(
      TextParts.split("👩‍👩‍👧", limit: 4, unit: .utf8, maximumParts: 9)?.allSatisfy { $0.utf8.count <= 4 } == true)
  }
}
