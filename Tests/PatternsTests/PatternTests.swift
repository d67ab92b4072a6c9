import Testing

@testable import Patterns

@Suite(.timeLimit(.minutes(5))) struct PatternTests {
  func isFound(_ pattern: String, _ text: String) throws -> Bool {
    var work = PatternWork()
    return try Pattern(pattern).isFound(in: text, &work)
  }

  @Test(arguments: [
    ("b+", "abba", true), ("^b", "abba", false), ("", "", true), ("^$", "", true), (".", "", false),
    ("a\0b", "a\0b", true), ("^.$", "😀", true), ("^\\p{Lu}\\p{Ll}+$", "Österreich", true),
    // A text ends where it ends.
    ("^a$", "a\n", false), ("^a$", "b\na", false), ("^.$", "\n", false), ("^.$", "\r", false),
    // Escapes and classes that Perl does not have, or has in another way.
    ("^\\u00e9$", "é", true), ("^\\u{1F600}$", "😀", true), ("^\\/$", "/", true), ("^[^]$", "\n", true),
    ("[]", "a", false), ("^\\d$", "٣", false), ("^\\w$", "é", false), ("^(?:(a)|b)\\1$", "b", true),
    // An address of mail as Zod has it.
    (
      #"^(?!\.)(?!.*\.\.)([A-Za-z0-9_'+\-\.]*)[A-Za-z0-9_+-]@([A-Za-z0-9][A-Za-z0-9\-]*\.)+[A-Za-z]{2,}$"#,
      "ada.l@mail.example.org", true
    ),
    (
      #"^(?!\.)(?!.*\.\.)([A-Za-z0-9_'+\-\.]*)[A-Za-z0-9_+-]@([A-Za-z0-9][A-Za-z0-9\-]*\.)+[A-Za-z]{2,}$"#,
      "ada..l@mail.example.org", false
    ),
  ])
  func patternsAreThoseOfECMAScript(pattern: String, text: String, expected: Bool) throws {
    #expect(try isFound(pattern, text) == expected)
  }

  @Test(arguments: [
    ("(a", PatternError.Code.malformed), ("[a", .malformed), ("a{2,1}", .malformed), ("*a", .malformed),
    ("\\", .malformed), ("\\p{Nothing}", .malformed), ("\\ud800", .malformed), ("(?<n>a)\\k<m>", .malformed),
    // One that would match a byte alone, and one that would change what \w is.
    ("\\C", .malformed), ("(*UCP)\\w", .malformed), (String(repeating: "(", count: 1_000), .malformed),
    (String(repeating: "a", count: Pattern.maximumBytes + 1), .tooLarge),
    ("((((a{1,100}){1,100}){1,100}){1,100}){1,100}", .tooLarge),
  ])
  func whatIsNoPatternIsRefused(pattern: String, code: PatternError.Code) {
    let error = #expect(throws: PatternError.self) { try Pattern(pattern) }
    #expect(error?.code == code)
  }

  @Test(arguments: [
    // Compiled, this alone would take two seconds.
    "(?i)[\(String(repeating: "𠀀-\u{10FFFF}", count: 220))]",
    "(?i)k", "(?i:k)", "(?^:k)", "a(?-i)", "(?x) a", "(?#c)", "(?P<n>a)", "(?'n'a)", "(?>a)", "(?|a)",
    "(?*a)", "(?<*a)", "(?1)(a)", "^((?1)?a)*[bc]", "(?R)?", "(?&n)(?<n>a)", "(?(1)a)", "(?C1)a", "(?", "(?<",
    "(*UTF)a", "(*LIMIT_MATCH=1)a", "a(*F)", "(*pla:a)", "(a)\\g{1}", "(a)\\g<1>", "\\Aa", "\\R", "\\Qa\\E",
    "\\c1",
    // Where it is not the text that it looks like.
    #"\\(?i)k"#, #"[\]](?i)k"#, "[](?i)k[]", "[^](?i)k]", "[a](?i)k", #"\Q[\E(?i)k"#, #"\c\(?i)k"#,
    #"\c[(?i)k]"#,
    "é(?i)k", "[é](?i)k",
  ])
  func syntaxThatECMAScriptDoesNotHaveIsRefusedWhereverItStands(pattern: String) {
    let error = #expect(throws: PatternError.self) { try Pattern(pattern) }
    #expect(error?.code == .malformed)
    #expect(error?.message.hasPrefix("syntax that ECMA-262 does not have") == true, "\(error?.message ?? "")")
  }

  @Test(arguments: [
    (#"^\(?i\)$"#, "i)"), (#"^\(\?i\)$"#, "(?i)"), ("^[(?i)(*]+$", "(?i)*"), (#"^[\](?i)]+$"#, "](?i)"),
    (#"^\\\(?a$"#, #"\a"#), ("^(?<n>a)\\k<n>$", "aa"), ("^(?<é>a)$", "a"), ("(?<=a)b", "ab"),
    ("(?<!a)b", "cb"),
    (#"^\cJ\t\x20\@\-$"#, "\n\t @-"), ("^(a)(?:b)(?=c)(?!d)c$", "abc"),
  ])
  func whatOnlyLooksLikeItIsTaken(pattern: String, text: String) throws {
    #expect(try isFound(pattern, text))
  }

  @Test func theSizeOfAPatternIsThatOfWhatItIsWrittenOutTo() throws {
    let (plain, long) = (try Pattern("^[A-Z]{2}\\d{4}$"), try Pattern("(?:a*){2900}"))
    #expect((100..<1_000).contains(plain.size))
    #expect((50_000..<70_000).contains(long.size))
  }

  static let hostile: [(String, String)] = [
    ("^(a+)+$", String(repeating: "a", count: 60) + "!"),
    ("^(a|a)*$", String(repeating: "a", count: 60) + "!"),
    ("(?:x+x+)+[yz]", String(repeating: "x", count: 4_000)),
    // Between two places to come back to the whole text is read, many times over.
    ("^(?:(?=a*+)(?=a*+)(?=a*+)(?=a*+).)*[bc]", String(repeating: "a", count: 60_000)),
    ("^(?:a{60000}|a{60001}|a{60002}|.)*[bc]", String(repeating: "a", count: 59_000)),
    // From each start anew.
    (".*a.*a.*a.*a.*[bc]", String(repeating: "a", count: 5_000)),
    ("^(?:[\(String(repeating: "\\pN", count: 500))\\pL]*[bc]|.)*$", String(repeating: "é", count: 30_000)),
    ("^(a*)(?:\\1[bc]|.)*[bc]", String(repeating: "a", count: 30_000)),
  ]

  @Test(arguments: hostile)
  func whatWouldRunForEverEndsAndSaysSo(pattern: String, text: String) throws {
    var work = PatternWork()
    let hostile = try Pattern(pattern)
    let error = #expect(throws: PatternError.self) { try hostile.isFound(in: text, &work) }
    #expect(error?.code == .tooMuchWork)
  }

  @Test func workIsSharedByAllThatIsPaidFromIt() throws {
    var work = PatternWork()
    let (hostile, harmless) = (try Pattern("^(a+)+$"), try Pattern("^a$"))
    #expect(try harmless.isFound(in: "a", &work))
    #expect(throws: PatternError.self) {
      try hostile.isFound(in: String(repeating: "a", count: 60) + "!", &work)
    }
    let error = #expect(throws: PatternError.self) { try harmless.isFound(in: "a", &work) }
    #expect(error?.code == .tooMuchWork)
    var anew = PatternWork()
    #expect(try harmless.isFound(in: "a", &anew))
  }

  @Test(arguments: [
    ("^[\\s\\S]{1,65535}$", 60_000), ("^(?:[a-z]+ ?)*$", 4_000), ("world", 60_000), ("hello.*world$", 2_000),
  ])
  func longTextsAreComparedWithWhatPeopleWrite(pattern: String, count: Int) throws {
    let text = String(repeating: "hello ", count: count / 6)
    #expect(try isFound(pattern, text) == !pattern.contains("world"))
    #expect(try isFound(pattern, text + "world"))
  }

  @Test func aPatternServesManyAtATime() async throws {
    let pattern = try Pattern("^(?:[0-9a-f]{4}-)*end$")
    let found = await withTaskGroup(of: Int.self) { group in
      for task in 0..<8 {
        group.addTask {
          var work = PatternWork()
          return (0..<500).count {
            let text = String(repeating: "01af-", count: $0 % 50) + ($0 % 2 == task % 2 ? "end" : "none")
            return (try? pattern.isFound(in: text, &work)) == true
          }
        }
      }
      return await group.reduce(0, +)
    }
    #expect(found == 8 * 250)
  }
}
