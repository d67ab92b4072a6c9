import Testing

@testable import Channels

@Suite struct WhatsAppTextTests {
  @Test(arguments: [
    ("plain", "plain"),
    ("**bold** and __bold__", "*bold* and *bold*"),
    ("*italic* and _italic_", "_italic_ and _italic_"),
    ("***both***", "*_both_*"),
    ("**a *b* c**", "*a _b_ c*"),
    ("~~gone~~", "~gone~"),
    ("`code *x*`", "`code *x*`"),
    ("``a`b``", "```a`b```"),
    ("```swift\nlet a = **b**\n```\n**c**", "```\nlet a = **b**\n```\n*c*"),
    ("~~~\nx\n~~~", "```\nx\n```"),
    ("```\nnever closed", "```\nnever closed\n```"),
    ("```inline``` text", "```inline``` text"),
    ("# Title", "*Title*"),
    ("### **Title** two", "*Title* two"),
    ("#hashtag", "#hashtag"),
    ("* one\n+ two\n- three", "- one\n- two\n- three"),
    ("  * **deep**", "  - *deep*"),
    ("1. one", "1. one"),
    (">quoted **x**", "> quoted *x*"),
    ("> > - twice", "> > - twice"),
    ("[us](https://a.example/b_c_d)", "us (https://a.example/b_c_d)"),
    ("[https://a.example](https://a.example)", "https://a.example"),
    ("[a@b.example](mailto:a@b.example)", "a@b.example"),
    ("**[x](https://a.example \"title\")**", "*x (https://a.example)*"),
    ("[w](https://a.example/x_(y))", "w (https://a.example/x_(y))"),
    ("![logo](https://a.example/l.png)", "logo (https://a.example/l.png)"),
    ("<https://a.example/_x_>", "https://a.example/_x_"),
    ("see https://a.example/__init__.py now", "see https://a.example/__init__.py now"),
    ("**https://a.example**", "*https://a.example*"),
    ("snake_case_name and 2*3*4", "snake_case_name and 2*3*4"),
    ("5 * 3 * 2", "5 * 3 * 2"),
    ("这是**重点**内容", "这是*重点*内容"),
    (##"\*not italic\* \# \n"##, ##"*not italic* # \n"##),
    ("**open", "**open"),
    ("[open](no", "[open](no"),
    ("a [b] c", "a [b] c"),
    ("*️⃣ key", "*️⃣ key"),
    ("****", "****"),
    ("a\r\n\r\nb", "a\n\nb"),
    ("", ""),
  ])
  func markdownBecomesWhatWhatsAppShows(markdown: String, expected: String) {
    #expect(WhatsAppText.from(markdown: markdown) == expected)
  }

  @Test(
    .timeLimit(.minutes(1)),
    arguments: [
      "*", "**a", "_ _", "[", "](", "[a](", "`", "` ``", "<http://", "\\", "~~x", "# ", "> ", "https://",
    ]
  )
  func hostileTextTakesLinearTime(unit: String) {
    let text = String(repeating: unit, count: 40_000 / unit.count)
    let clock = ContinuousClock()
    let taken = clock.measure { _ = WhatsAppText.from(markdown: text) }
    #expect(taken < .seconds(10))
  }
}
