import Markdown
import Testing

@Suite struct HTMLTests {
  @Test(arguments: [
    ("**a** *b* ~~c~~ `d`", "<p><strong>a</strong> <em>b</em> <del>c</del> <code>d</code></p>\n"),
    ("a\nb", "<p>a<br />\nb</p>\n"),
    ("[a](https://x.example/?a=1&b=2)", "<p><a href=\"https://x.example/?a=1&amp;b=2\">a</a></p>\n"),
    ("", ""),
  ])
  func marksBecomeElements(text: String, html: String) {
    #expect(Markdown.html(text) == html)
  }

  @Test(arguments: [
    ("It is <b>not bold</b>.", "<p>It is &lt;b&gt;not bold&lt;/b&gt;.</p>\n"),
    ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n"),
    (
      "<div onclick=\"x()\">\n**a**\n\n</div>\n",
      "<p>&lt;div onclick=&quot;x()&quot;&gt;<br />\n**a**</p>\n<p>&lt;/div&gt;</p>\n"
    ),
    ("a <!-- b --> c", "<p>a &lt;!-- b --&gt; c</p>\n"),
    ("- <img src=x onerror=y>", "<ul>\n<li>&lt;img src=x onerror=y&gt;</li>\n</ul>\n"),
  ])
  func rawHTMLIsShownAsText(text: String, html: String) {
    #expect(Markdown.html(text) == html)
  }

  @Test(arguments: [
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", "vbscript:a", "file:///etc/passwd", "data:text/html,a",
  ])
  func anAddressThatCouldRunAScriptIsLeftOut(address: String) {
    for text in ["[a](\(address))", "![a](\(address))", "<\(address)>", "[a][b]\n\n[b]: \(address)"] {
      let html = Markdown.html(text)
      #expect(!html.lowercased().contains("href=\"\(address.lowercased())"), "\(html)")
      #expect(!html.lowercased().contains("src=\"\(address.lowercased())"), "\(html)")
    }
  }

  /// Whatever is put together, no tag comes out but those of Markdown itself.
  @Test func nothingIsInjected() throws {
    let pieces = [
      "<script>", "</script>", "<img src=x onerror=alert(1)>", "<svg/onload=a>", "<!--", "-->", "<![CDATA[",
      "]]>",
      "<?php ?>", "[a](", "javascript:b)", "![", "](\"", "\" onmouseover=\"c\"", "`", "```", "<", ">",
      "&lt;b&gt;", "&#60;",
      "\n", "\n\n", "> ", "- ", "1. ", "    ", "**", "~~", "\\", "<a href='x'>", "\u{0}", "é",
      "<https://x.example/\">",
      "[b]: https://x.example/ 'q\">'\n", "<iframe\nsrc=//x>", "<p", "</p>", "<style>",
    ]
    let tag =
      /<(\/?(p|strong|em|del|code|pre|ul|ol|li|blockquote|h[1-6])|(br|hr) \/|ol start="\d+"|code class="[^"<>]*"|\/a|a href="[^"<>]*"( title="[^"<>]*")?|img src="[^"<>]*" alt="[^"<>]*"( title="[^"<>]*")? \/)>/
    for seed in UInt64(1)...500 {
      var random = Numbers(state: seed)
      let text = (0..<Int.random(in: 1...30, using: &random))
        .map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
      let html = Markdown.html(text)
      let rest = html.replacing(tag, with: "")
      #expect(!rest.contains("<"), "seed \(seed): \(html)")
      #expect(
        html.ranges(of: /(href|src)="\s*(javascript|vbscript|data):/.ignoresCase()).isEmpty, "seed \(seed)")
    }
  }

  @Test(
    .timeLimit(.minutes(1)),
    arguments: ["> ", "- a\n ", "1. ", "*a **b ", "[", "![", "<b>", "<div>\n\n", "<a <a ", "&lt;", "<!-- "])
  func hugeTextsAreRenderedInBoundedTime(unit: String) {
    let text = String(repeating: unit, count: 5_000)
    #expect(Markdown.html(text).utf8.count <= 64 * text.utf8.count + 64)
  }
}

/// A seeded source of numbers (SplitMix64).
private struct Numbers: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
