import Testing

@testable import Pipeline

@Suite struct RobotsFileTests {
  @Test(arguments: [
    // The longest match counts, whatever the order (RFC 9309, section 5.2).
    ("Disallow: /example/\nAllow: /example/page/", "/example/page/a", true),
    ("Disallow: /example/\nAllow: /example/page/", "/example/other", false),
    ("Disallow: /a\nAllow: /a", "/a", true),
    ("Disallow: *.gif$\nDisallow: /example/\nAllow: /publications/", "/publications/", true),
    ("Disallow: *.gif$", "/x/y.gif", false), ("Disallow: *.gif$", "/x/y.gif?z", true),
    ("Disallow: /*/private*/x$", "/a/private-b/x", false),
    ("Disallow: /*/private*/x$", "/a/private-b/x/", true),
    ("Disallow: /$", "/", false), ("Disallow: /$", "/a", true),
    ("Disallow:", "/a", true), ("disallow : /a # no", "/ab", false), ("Disallow: /", "", false),
    ("Disallow: /ä", "/%c3%a4", false), ("Disallow: /%c3%a4", "/%C3%A4/b", false),
    ("Disallow: /a?b=", "/a?b=c", false), ("Disallow: /a*", "/a", false), ("Disallow: *", "/a", false),
  ])
  func rulesAreFollowed(rules: String, path: String, isAllowed: Bool) {
    #expect(RobotsFile("User-agent: *\n\(rules)\n".utf8).allows(path) == isAllowed)
  }

  @Test func ourOwnGroupsCountInPlaceOfEverybodys() {
    let file = RobotsFile(
      """
      User-agent: other
      Disallow: /
      User-agent: AIgentable/1.0
      User-agent: third
      Disallow: /a
      Crawl-delay: 5
      Sitemap: https://example.org/map.xml
      User-agent: *
      Disallow: /b
      user-agent: aigentable
      disallow: /c
      """.utf8)
    #expect(!file.allows("/a") && file.allows("/b") && !file.allows("/c") && file.allows("/d"))
    #expect(RobotsFile("User-agent: other\nDisallow: /".utf8).allows("/"))
  }

  @Test func whatIsNoRobotsFileAllowsAll() {
    #expect(RobotsFile("<html><body>Not found: /</body></html>".utf8).allows("/"))
    #expect(RobotsFile([0xFF, 0x00, 0x0A, 0x3A]).allows("/"))
    #expect(RobotsFile("Disallow: /".utf8).allows("/"))
  }

  @Test func aPatternOfManyStarsTakesNoTime() {
    let pattern = String(repeating: "*a", count: 2_000) + "b"
    let file = RobotsFile("User-agent: *\nDisallow: /\(pattern)".utf8)
    #expect(file.allows("/" + String(repeating: "a", count: 4_000)))
  }
}
