import Testing

@testable import Models

@Suite struct EventStreamParserTests {
  /// The data of the events in `text`, cut into pieces of `size` bytes.
  func events(_ text: String, by size: Int = 1_000) throws -> [String] {
    var parser = EventStreamParser()
    let bytes = Array(text.utf8)
    return try stride(from: 0, to: bytes.count, by: size)
      .flatMap { try parser.receive(Array(bytes[$0..<min($0 + size, bytes.count)])) }
      .map { String(decoding: $0, as: UTF8.self) }
  }

  @Test(arguments: ["\n", "\r\n", "\r"], [1, 2, 3, 7, 1_000])
  func linesEndInAnyOfThreeWaysHoweverTheBytesAreCut(end: String, size: Int) throws {
    let text = [
      "data: grüße 🎉", "", ": comment", "event: x", "data:two", "data:  lines", "data", "", "data: torn",
    ]
    #expect(try events(text.joined(separator: end) + end, by: size) == ["grüße 🎉", "two\n lines\n"])
  }

  @Test func aByteOrderMarkIsPassedOverAtTheStartAlone() throws {
    #expect(try events("\u{FEFF}data: a\n\n\u{FEFF}data: b\n\ndata: c\n\n", by: 1) == ["a", "c"])
  }

  @Test func anEventWithoutDataIsNone() throws {
    #expect(try events("event: ping\nid: 1\n\n\n\nretry: 5\n\n").isEmpty)
  }

  @Test func anEndlessLineAndAnEndlessEventAreRefused() {
    #expect(throws: EventStreamParser.TooLong.self) {
      try events("data: " + String(repeating: "x", count: 1 << 20), by: 1 << 16)
    }
    #expect(throws: EventStreamParser.TooLong.self) {
      try events(
        String(repeating: "data: \(String(repeating: "x", count: 1_000))\n", count: 1_100), by: 1 << 16)
    }
  }
}
