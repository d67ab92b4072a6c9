import Markdown
import Testing

/// A text that is still being written.
@Suite struct UnfinishedMarkdownTests {
  @Test(arguments: [
    ("It is **on", "<p>It is <strong>on</strong></p>"), ("It is **", "<p>It is</p>"),
    ("**a *b", "<p><strong>a <em>b</em></strong></p>"), ("***a*", "<p><em><strong>a</strong></em></p>"),
    ("2 * 3", "<p>2 * 3</p>"), ("snake_case_n", "<p>snake_case_n</p>"), ("~~a", "<p><del>a</del></p>"),
    ("`a *b", "<p><code>a *b</code></p>"), ("see [the li", "<p>see the li</p>"), ("a ![", "<p>a</p>"),
    ("see [it](https://x.exa", "<p>see it</p>"), ("**[", ""), ("<b>a", "<p>&lt;b&gt;a</p>"),
    ("Text\n-", "<p>Text</p>"), ("- a\n- **b", "<ul>\n<li>a</li>\n<li><strong>b</strong></li>\n</ul>"),
    ("a\n```", "<p>a</p>"), ("```\n*a\n``", "<pre><code>*a\n</code></pre>"), ("a\\", "<p>a</p>"),
  ])
  func whatIsOpenIsShownAsIfItEndedHere(text: String, html: String) {
    #expect(Markdown.html(unfinished: text).trimmingSuffix("\n") == html)
  }

  /// Whatever the last part, what is shown is the beginning of what will be: nothing has to be taken back.
  @Test func whatIsShownOnlyGrows() {
    let text = """
      # Your *order*

      It is **on its way**, see [our *shop*](https://shop.example/b?a=1) or `track --id 7`:

      - [Track it](https://shop.example/t_x_y) ~~today~~ tomorrow
      - <b>not bold</b>, 2 * 3 = 6, and snake_case
      1. ***both*** ![a coat](https://shop.example/c.png)

      > Said **twice**

      ```sh
      echo "**no**" `date`
      ```

      That is _all_!
      """
    let whole = Self.shown(Markdown.html(text))
    for end in text.indices {
      let shown = Self.shown(Markdown.html(unfinished: String(text[..<end])))
      #expect(whole.hasPrefix(shown), "\(text[..<end].suffix(20))")
    }
    #expect(Markdown.html(unfinished: text + "\n") == Markdown.html(text))
  }

  /// The text without its elements and spaces.
  private static func shown(_ html: String) -> String {
    html.replacing(/<img [^>]*alt="([^"]*)"[^>]*>/) { String($0.output.1) }
      .replacing(/<[^>]*>/, with: "").filter { !$0.isWhitespace }
  }
}

extension String {
  fileprivate func trimmingSuffix(_ suffix: String) -> Substring {
    hasSuffix(suffix) ? dropLast(suffix.count) : self[...]
  }
}
