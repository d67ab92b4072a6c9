import Foundation
import JSON
import TestKit
import Testing

/// The checker of histories finds each kind of error that is planted in one, and names the lines that say it.
@Suite struct HistoryTests {
  /// Two keys, two readers, a commit: everything that may be in a history, and nothing wrong with it.
  private static let sound = [
    append("invoke", 0, "a", 1),
    append("ok", 0, "a", 1),
    append("invoke", 1, "a", 2),
    append("info", 1, "a", 2),
    append("invoke", 1, "a", 2),
    append("ok", 1, "a", 2, #","runs":[{"partition":0,"offset":1}]"#),
    append("invoke", 2, "b", 1),
    append("fail", 2, "b", 1),
    append("invoke", 3, "b", 2),
    append("info", 3, "b", 2),
    reading("reader-0", "assign", 0),
    #"{"time":12,"process":"reader-0","type":"invoke","f":"poll"}"#,
    reading("reader-0", "poll", 0, [0]),
    reading("reader-0", "poll", 1, [1]),
    reading("reader-1", "assign", 0),
    reading("reader-1", "poll", 0, [0, 1]),
    reading("stage deliver", "commit", 1),
    reading("stage deliver", "commit", 2),
    #"{"time":19,"process":"faults","type":"invoke","f":"fault","fault":"killed"}"#,
    #"{"time":20,"process":"faults","type":"ok","f":"fault","fault":"killed"}"#,
    reading("log", "read", 0, [0, 1]),
  ]

  private static func append(
    _ type: String, _ value: Int, _ key: String, _ number: Int, _ more: String = ""
  ) -> String {
    #"{"time":1,"process":"writer","type":"\#(type)","f":"append","value":\#(value),"key":"\#(key)","#
      + #""number":\#(number)\#(more)}"#
  }

  private static func reading(_ process: String, _ work: String, _ offset: Int, _ values: [Int]? = nil)
    -> String
  {
    let read = values.map { #","values":[\#($0.map(String.init).joined(separator: ","))]"# } ?? ""
    return #"{"time":1,"process":"\#(process)","type":"ok","f":"\#(work)","#
      + #""runs":[{"partition":0,"offset":\#(offset)\#(read)}]}"#
  }

  struct Error: Sendable, CustomTestStringConvertible {
    let name: String
    /// What stands in these lines instead, from 1 on.
    let planted: [Int: String]
    /// What has to be found, all of it.
    let found: [String]
    var testDescription: String { name }
  }

  static let errors = [
    Error(
      name: "a write that was acknowledged is lost",
      planted: [
        14: reading("reader-0", "poll", 1, []), 16: reading("reader-1", "poll", 0, [0]),
        21: reading("log", "read", 0, [0]),
      ], found: ["lost, line 6"]),
    Error(
      name: "all that was acknowledged is lost",
      planted: [
        13: reading("reader-0", "poll", 0, []), 14: reading("reader-0", "poll", 0, []),
        16: reading("reader-1", "poll", 0, []), 21: reading("log", "read", 0, []),
      ], found: ["lost, line 2", "lost, line 6"]),
    Error(
      name: "what was read is not there in the end", planted: [21: reading("log", "read", 0, [0])],
      found: ["lost, line 14"]),
    Error(
      name: "the log has a gap",
      planted: [13: reading("reader-0", "poll", 0, [0]), 21: reading("log", "read", 1, [1])],
      found: ["lost, line 21", "lost, line 13"]),
    Error(
      name: "a poll passes over a record", planted: [13: reading("reader-0", "poll", 0, [])],
      found: ["skipped, lines 13, 14"]),
    Error(
      name: "a record is given to no reader", planted: [21: reading("log", "read", 0, [0, 1, 3])],
      found: ["skipped, line 21"]),
    Error(
      name: "a record stands twice",
      planted: [16: reading("reader-1", "poll", 0, [0, 1, 0]), 21: reading("log", "read", 0, [0, 1, 0])],
      found: ["doubled, lines 13, 16"]),
    Error(
      name: "the order of a key is not that of its appends",
      planted: [
        6: append("ok", 1, "a", 2, #","runs":[{"partition":0,"offset":0}]"#),
        13: reading("reader-0", "poll", 0, [1]), 14: reading("reader-0", "poll", 1, [0]),
        16: reading("reader-1", "poll", 0, [1, 0]), 21: reading("log", "read", 0, [1, 0]),
      ], found: ["misordered, lines 13, 14"]),
    Error(
      name: "what was read changes",
      planted: [16: reading("reader-1", "poll", 0, [0, 3]), 21: reading("log", "read", 0, [0, 3])],
      found: ["changed, lines 14, 16", "changed, lines 6, 16"]),
    Error(
      name: "a committed offset goes back", planted: [18: reading("stage deliver", "commit", 0)],
      found: ["wentBack, lines 17, 18"]),
    Error(
      name: "a reader goes back", planted: [14: reading("reader-0", "poll", 0, [0, 1])],
      found: ["wentBack, lines 13, 14"]),
    Error(
      name: "what was refused is there",
      planted: [
        14: reading("reader-0", "poll", 1, [1, 2]), 16: reading("reader-1", "poll", 0, [0, 1, 2]),
        21: reading("log", "read", 0, [0, 1, 2]),
      ], found: ["madeUp, lines 8, 14"]),
    Error(
      name: "what nobody appended is there",
      planted: [
        16: reading("reader-1", "poll", 0, [0, 1, 99]), 21: reading("log", "read", 0, [0, 1, 99]),
      ], found: ["madeUp, line 16"]),
  ]

  @Test func aSoundHistoryPasses() async throws {
    let (status, printed) = try await check(Self.sound)
    #expect(status == 0, "\(printed)")
    let more = try JSONValue(parsing: Array(printed.split(separator: "\n")[0].utf8))["more"]
    let wanted = [
      "problems": 0.0, "operations": 21, "appends begun": 4, "appends acknowledged": 2, "appends refused": 1,
      "appends unknown": 1, "records read": 4, "records": 2, "steps of progress": 2, "faults": 1,
    ]
    let found = (more?.object ?? []).compactMap { figure in figure.value.double.map { (figure.key, $0) } }
    #expect(Dictionary(uniqueKeysWithValues: found) == wanted)
  }

  @Test(arguments: errors)
  func aPlantedErrorIsNamedWithItsLines(_ error: Error) async throws {
    var lines = Self.sound
    for (line, text) in error.planted { lines[line - 1] = text }
    let (status, printed) = try await check(lines)
    #expect(status == 1)
    let found = printed.split(separator: "\n").filter { !$0.hasPrefix("{") }
      .map { $0.prefix { $0 != ":" } }
    #expect(found.map(String.init) == error.found, "\(printed)")
  }

  @Test func aLineThatIsNoOperationIsNamed() async throws {
    for (line, text) in [(3, "{"), (5, #"{"time":1,"process":"writer","type":"ok","f":"append","value":1}"#)]
    {
      var lines = Self.sound
      lines[line - 1] = text
      let (status, printed) = try await check(lines)
      #expect(status != 0 && printed.contains("history, line \(line): "), "\(printed)")
    }
  }

  @Test func aHistoryOfNothingIsRefusedAndOneWithoutAnEndIsSaidToBeOne() async throws {
    let (status, printed) = try await check([])
    #expect(status != 0 && printed.contains("history holds no operation"), "\(printed)")
    let (partial, said) = try await check(Array(Self.sound.dropLast()))
    #expect(partial == 0 && said.contains("only progress was checked"), "\(said)")
    let (_, whole) = try await check(Self.sound)
    #expect(!whole.contains("only progress was checked"), "\(whole)")
  }

  private func check(_ lines: [String]) async throws -> (status: Int32, printed: String) {
    // No database is asked for anything.
    try await Workplace.with(database: "postgresql://nobody@127.0.0.1:1/none") { place in
      let file = place.folder.appendingPathComponent("history")
      try Data(lines.map { $0 + "\n" }.joined().utf8).write(to: file)
      let bench = try place.start(["bench", "faults", "--json", "--check", file.path])
      return (await bench.ended(), bench.printed)
    }
  }
}
