import Testing

@testable import Channels

@Suite struct TelegramTextTests {
  func html(_ markdown: String, limit: Int = 4_096) -> [String]? {
    TelegramMarkdown.text(markdown)?.parts(limit: limit, maximumParts: 50)
  }

  @Test(arguments: [
    ("plain", "plain"),
    ("a < b & c > \"d\"", "a &lt; b &amp; c &gt; &quot;d&quot;"),
    ("&lt; &amp;", "&lt; &amp;"),
    ("**bold** and __bold__", "<b>bold</b> and <b>bold</b>"),
    ("*italic* _italic_", "<i>italic</i> <i>italic</i>"),
    ("***both***", "<i><b>both</b></i>"),
    ("**a *b* c**", "<b>a <i>b</i> c</b>"),
    ("~~gone~~", "<s>gone</s>"),
    ("`a < *b*`", "<code>a &lt; *b*</code>"),
    ("**a `b` c**", "<b>a </b><code>b</code><b> c</b>"),
    (
      "```swift\nlet a = 1 < 2\n\nb\n```",
      "<pre><code class=\"language-swift\">let a = 1 &lt; 2\n\nb</code></pre>"
    ),
    ("```\nx\n```\nafter", "<pre>x</pre>\n\nafter"),
    ("```a\"><b>\nx\n```", "<pre><code class=\"language-a&quot;&gt;&lt;b&gt;\">x</code></pre>"),
    ("# Title\ntext", "<b>Title</b>\n\ntext"),
    ("## **Title** two", "<b>Title two</b>"),
    ("one\ntwo\n\nthree", "one\ntwo\n\nthree"),
    ("* one\n* two\n  - **deep**", "• one\n• two\n  • <b>deep</b>"),
    ("one:\n- a\n- b\n\ntwo", "one:\n\n• a\n• b\n\ntwo"),
    ("3. three\n4. four", "3. three\n4. four"),
    ("1. one\n\n2. two", "1. one\n\n2. two"),
    ("> quoted **x**\n> > inner\n\nafter", "<blockquote>quoted <b>x</b>\n\ninner</blockquote>\n\nafter"),
    ("a\n> b\n\nc", "a\n\n<blockquote>b</blockquote>\n\nc"),
    ("- > a\n- # b", "<blockquote>• a</blockquote>\n• <b>b</b>"),
    ("[us](https://a.example/b?c=1&d=2)", "<a href=\"https://a.example/b?c=1&amp;d=2\">us</a>"),
    ("[**us** `x`](https://a.example)", "<a href=\"https://a.example\"><b>us</b> x</a>"),
    ("[mail](mailto:a@b.example)", "mail (a@b.example)"),
    ("[a@b.example](mailto:a@b.example)", "a@b.example"),
    ("[x](javascript:alert)", "x (javascript:alert)"),
    ("![logo](https://a.example/l.png)", "<a href=\"https://a.example/l.png\">logo</a>"),
    ("<https://a.example>", "<a href=\"https://a.example\">https://a.example</a>"),
    ("<b>raw</b> html", "&lt;b&gt;raw&lt;/b&gt; html"),
    ("<div>\nx\n</div>", "&lt;div&gt;\nx\n&lt;/div&gt;"),
    ("a\n\n---\n\nb", "a\n\n———\n\nb"),
    ("\\*not\\* \\<b\\>", "*not* &lt;b&gt;"),
    ("| a | b |\n|---|---|\n| 1 | 2 |", "| a | b |\n|---|---|\n| 1 | 2 |"),
    ("**open", "**open"),
    ("-", "•"),
  ])
  func markdownBecomesWhatTelegramShows(markdown: String, expected: String) {
    #expect(html(markdown) == [expected])
  }

  @Test func nothingIsNoPart() {
    #expect(html("") == [])
    #expect(html(" \n\n") == [])
  }

  @Test func aCutClosesAndOpensWhatItCuts() {
    #expect(
      html("**one two three** four", limit: 8) == ["<b>one two</b>", "<b>three</b>", "four"])
    #expect(
      html("> **aaaa [bbbb](https://a.example)**", limit: 7)
        == [
          "<blockquote><b>aaaa</b></blockquote>",
          "<blockquote><b><a href=\"https://a.example\">bbbb</a></b></blockquote>",
        ])
    // What is shown is counted, not the marks.
    #expect(html("a&b&c **d**", limit: 7) == ["a&amp;b&amp;c <b>d</b>"])
    #expect(html("`" + String(repeating: "x", count: 9) + "`", limit: 4)?.count == 3)
  }

  @Test func marksThatAreLongerThanTelegramReadsAreLeftOut() {
    let address = "https://a.example/" + String(repeating: "x", count: 40_000)
    #expect(html("[words](\(address)) **more**") == ["words more"])
  }

  @Test func tooLongIsNone() {
    #expect(TelegramMarkdown.text(String(repeating: "a", count: (256 << 10) + 1)) == nil)
    #expect(TelegramMarkdown.text("a")?.parts(limit: 4_096, maximumParts: 1) == ["a"])
    let long = String(repeating: "word ", count: 20_000)
    #expect(TelegramMarkdown.text(long)?.parts(limit: 4_096, maximumParts: 10) == nil)
  }

  /// Whatever was written and wherever it was cut: each part is well-formed, short enough, and nothing is
  /// lost.
  @Test func everyPartIsWellFormed() throws {
    var random = Seeded.named("everyPartIsWellFormed")
    let alphabet = [
      "**", "*", "_", "~~", "`", "```\n", "> ", "- ", "1. ", "# ", "[", "](https://a.example)", "](x:y)", "<",
      ">",
      "&", "\"", "\n", "\n\n", " ", "a", "word ", "é", "👩‍👩‍👧", "\\", "<b>", "---\n", "    ", "\0", "![",
    ]
    for _ in 0..<400 {
      let markdown = (0..<Int.random(in: 0...60, using: &random))
        .map { _ in alphabet.randomElement(using: &random) ?? "" }.joined()
      let limit = Int.random(in: 12...60, using: &random)
      let text = try #require(TelegramMarkdown.text(markdown))
      let parts = try #require(text.parts(limit: limit, maximumParts: 1_000))
      let texts = try parts.map { try shown($0, of: markdown) }
      #expect(texts.allSatisfy { !$0.isEmpty && $0.utf16.count <= limit }, "\(markdown.debugDescription)")
      #expect(
        texts.joined().filter { !$0.isWhitespace } == text.plain.filter { !$0.isWhitespace },
        "\(markdown.debugDescription)")
    }
  }

  /// The text of HTML whose elements are closed in turn.
  private func shown(_ html: String, of markdown: String) throws -> String {
    var shown = ""
    var open: [Substring] = []
    var rest = html[...]
    while let start = rest.firstIndex(of: "<") {
      shown += rest[..<start]
      let end = try #require(rest[start...].firstIndex(of: ">"), "\(markdown.debugDescription)")
      let tag = rest[rest.index(after: start)..<end]
      if tag.hasPrefix("/") {
        #expect(open.popLast() == tag.dropFirst(), "\(markdown.debugDescription)")
      } else {
        open.append(tag.prefix { $0 != " " })
      }
      rest = rest[rest.index(after: end)...]
    }
    #expect(open.isEmpty, "\(markdown.debugDescription)")
    shown += rest
    return shown.replacing("&lt;", with: "<").replacing("&gt;", with: ">").replacing("&quot;", with: "\"")
      .replacing("&amp;", with: "&")
  }

  @Test(
    .timeLimit(.minutes(1)),
    arguments: [
      "*", "**a", "_ _", "[", "](", "[a](", "`", "` ``", "<http://", "\\", "~~x", "# ", "> ", "https://",
      "- ", "![",
      "~", "<!--", "&", "1. ", "[a]: b\n",
    ]
  )
  func hostileTextTakesLittleTime(unit: String) {
    let text = String(repeating: unit, count: 40_000 / unit.count)
    let taken = ContinuousClock().measure {
      _ = TelegramMarkdown.text(text)?.parts(limit: 4_096, maximumParts: 10)
    }
    #expect(taken < .seconds(10))
  }
}
