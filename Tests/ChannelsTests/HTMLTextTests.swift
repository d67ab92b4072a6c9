import Mail
import Testing

/// Pages of mails as text: what a reader sees of them, and all of it.
@Suite struct HTMLTextTests {
  @Test(arguments: [
    ("<p>One</p><p>Two <b>bold</b>er</p>", "One\n\nTwo bolder"),
    ("<ul><li>a</li><li>b</li></ul>c", "- a\n- b\n\nc"),
    ("<a href='https://a.example/x'>here</a> now", "here (https://a.example/x) now"),
    ("<a href='https://a.example/x'>a.example/x</a>", "a.example/x"),
    ("<div style='color:red; DISPLAY : None'>gone <p>and this</p></div>kept", "kept"),
    ("<div style='display:block'>kept</div>", "kept"),
    ("<div>x</div><blockquote>y<blockquote>z</blockquote></blockquote>", "x\n> y\n> > z"),
    ("<div class='a gmail_quote'>y</div>", "> y"),
    ("<pre>a  b\r\nc\n\nd</pre>", "a  b\nc\n\nd"),
    ("<table><tr><td>1</td><td>2 \u{FC}</td></tr></table>", "1 2 \u{FC}"),
    ("a&nbsp;b &amp; c&#12288;d", "a b & c d"),
    ("<p>a<img alt=' a shoe '>b<br>c", "a[a shoe]b\nc"),
    ("<script>x</script><style>y</style><title>z</title>", ""),
    ("", ""),
  ]) func aPageIsWhatAReaderSees(page: String, text: String) {
    #expect(HTMLText.text(of: page) == text)
  }

  /// A link is followed by its address, unless it shows that or cannot be followed.
  @Test(arguments: [
    ("<a href='https://a.example/x/y'> \n x/y\t</a>", "x/y"),
    ("<a href='https://a.example/x'>/x/</a>", "/x/ (https://a.example/x)"),
    ("<a href='https://a.example/\u{FC}'>\u{FC}</a>", "\u{FC}"),
    // No part of an address ends within a character.
    ("<a href='https://a.example/q\u{308}'>q</a>", "q (https://a.example/q\u{308})"),
    ("<a href='https://a.example/\u{FC}'>a.example</a>", "a.example"),
    ("<a href='https://a.example/x'>b\u{A0}</a>", "b  (https://a.example/x)"),
    ("<a href='https://a.example/x'>&nbsp;</a>.", "."), ("<a href='https://a.example/x'></a>.", "."),
    ("<a href='http'>a</a>", "a (http)"), ("<a href='http\u{FC}'>a</a>", "a (http\u{FC})"),
    ("<a href='http\u{308}'>a</a>", "a"), ("<a href='HTTP://a.example'>a</a>", "a"), ("<a href>a</a>", "a"),
    ("<a href='https://a.example/x\r\n y '>a b</a>", "a b (https://a.example/x y )"),
    ("<pre>\n<a href='https://a.example/\r\nx'>b</a></pre>", "b (https://a.example/\nx)"),
  ]) func aLinkIsFollowedByItsAddress(page: String, text: String) {
    #expect(
      HTMLText.text(of: page).utf8.elementsEqual(text.utf8), "\(HTMLText.text(of: page).debugDescription)")
  }

  @Test func anAddressThatNobodyCouldReadIsLeftOut() {
    for (length, isTold) in [(2_048, true), (2_049, false)] {
      let address = "https://a.example/" + String(repeating: "x", count: length - 18)
      let text = HTMLText.text(of: "<a href='\(address)'>here</a>")
      #expect(text == (isTold ? "here (\(address))" : "here"))
    }
  }

  /// However many names a page has made up.
  @Test func elementsAreKnownOnAPageOfManyNames() {
    let names = (0..<100).map { "<x-\($0)>a</x-\($0)>" }.joined()
    let page = "\(names)<blockquote>b</blockquote>\(names)<ul><li>c</ul><style>d</style>"
    let text = String(repeating: "a", count: 100)
    #expect(HTMLText.text(of: page) == "\(text)\n> b\n\(text)\n\n- c")
  }

  @Test func aBrokenCharacterDoesNotEndAPage() {
    let page = Array("<p>gr\u{FC}n ".utf8) + [0xC3] + Array(" rot</p><p>\u{FC}ber allem</p>".utf8)
    #expect(HTMLText.text(of: page, charset: nil) == "gr\u{FC}n \u{FFFD} rot\n\n\u{FC}ber allem")
  }

  @Test func aPageSaysItselfWhatItIsIn() {
    let page =
      Array("<html><head><META content='text/html; charset=KOI8-R'></head><body>".utf8) + [0xC4, 0xC1]
    #expect(HTMLText.text(of: page, charset: nil) == "да")
    // What the mail says comes first, and what nobody says is as browsers take it.
    #expect(HTMLText.text(of: page, charset: "iso-8859-1") == "ÄÁ")
    #expect(HTMLText.text(of: [0x80, 0x20, 0xE9], charset: nil) == "€ é")
  }

  @Test(.timeLimit(.minutes(1))) func deepAndUnclosedPagesTakeLinearTime() {
    let deep = String(repeating: "<div>a", count: 200_000) + String(repeating: "</span>", count: 100_000)
    #expect(HTMLText.text(of: deep).hasPrefix("a\na\na"))
    let links = String(repeating: "<a href='https://a.example'>", count: 50_000)
    #expect(HTMLText.text(of: links + "a").isEmpty == false)
    #expect(HTMLText.text(of: String(repeating: "<p><pre>&#x2028;", count: 60_000)).utf8.count < 1_000_000)
  }
}
