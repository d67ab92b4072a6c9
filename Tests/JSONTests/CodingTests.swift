import Foundation
import JSON
import Testing

private enum Channel: String, Codable { case web, mail }

private struct Part: Codable, Equatable {
  var name: String
  var size: UInt64?
}

private struct Sample: Codable, Equatable {
  var id: UUID
  var at: Date
  var channel: Channel
  var least: Int64
  var most: UInt64
  var ratio: Double
  var note: String?
  var parts: [Part]
  var labels: [String: Part]
  var isOpen: Bool
}

private struct Wrapped: Codable {
  var raw: JSONValue
  var maybe: JSONValue?
}

/// Writes its own members, then those of another into the same object.
private struct Flattened: Encodable {
  enum Key: CodingKey { case kind, nested, list, late }
  func encode(to encoder: any Encoder) throws {
    var own = encoder.container(keyedBy: Key.self)
    try own.encode("k", forKey: .kind)
    try Part(name: "n", size: 1).encode(to: encoder)
    var nested = own.nestedContainer(keyedBy: Key.self, forKey: .nested)
    var list = nested.nestedUnkeyedContainer(forKey: .list)
    try list.encode(1)
    try list.encode("two")
    _ = own.superEncoder()
    try own.encode(true, forKey: .late)
  }
}

private struct Stale: Encodable {
  enum Key: CodingKey { case a, b }
  func encode(to encoder: any Encoder) throws {
    var own = encoder.container(keyedBy: Key.self)
    var nested = own.nestedUnkeyedContainer(forKey: .a)
    try own.encode(1, forKey: .b)
    try nested.encode(2)
  }
}

private final class Chain: Codable {
  var next: Chain?
  init(next: Chain?) { self.next = next }
}

@Suite struct CodingTests {
  private func text(_ value: some Encodable) throws -> String {
    String(decoding: try JSON.encode(value), as: UTF8.self)
  }

  private func failure<Value: Decodable>(_ type: Value.Type, _ text: String) -> JSONError? {
    do throws(JSONError) {
      _ = try JSON.decode(type, from: Array(text.utf8))
      return nil
    } catch {
      return error
    }
  }

  @Test func aTypeIsWrittenInItsOrderAndReadBack() throws {
    let id = try #require(UUID(uuidString: "0190F3C2-7A55-7000-8000-00000000ABCD"))
    let sample = Sample(
      id: id,
      at: Date(timeIntervalSince1970: 1_795_369_544.123),
      channel: .mail,
      least: .min,
      most: .max,
      ratio: 0.1,
      note: nil,
      parts: [Part(name: "a\"b", size: nil)],
      labels: [
        "b": Part(name: "", size: 2), "a b": Part(name: "", size: nil), "a": Part(name: "é", size: 0),
      ],
      isOpen: true
    )
    let written = try text(sample)
    #expect(
      written == #"{"id":"0190f3c2-7a55-7000-8000-00000000abcd","at":"2026-11-22T17:45:44.123Z","#
        + #""channel":"mail","least":-9223372036854775808,"most":18446744073709551615,"ratio":0.1,"#
        + #""parts":[{"name":"a\"b"}],"labels":{"a":{"name":"é","size":0},"a b":{"name":""},"b":{"name":"","size":2}},"#
        + #""isOpen":true}"#
    )
    let read = try JSON.decode(Sample.self, from: Array(written.utf8))
    #expect(abs(read.at.timeIntervalSince(sample.at)) < 1e-6)
    var same = read
    same.at = sample.at
    #expect(same == sample)
    #expect(try text(read) == written)
  }

  @Test func dictionariesAreWrittenInTheOrderOfTheirKeys() throws {
    let numbers = Dictionary(uniqueKeysWithValues: (10..<60).map { ("k\($0)", ["y": $0, "x": $0]) })
    let expected = (10..<60).map { "\"k\($0)\":{\"x\":\($0),\"y\":\($0)}" }.joined(separator: ",")
    #expect(try text(numbers) == "{\(expected)}")
    #expect(try text([[3: "c", 1: "a"] as [Int: String]?]) == #"[{"1":"a","3":"c"}]"#)
  }

  @Test func aRawValueIsCarriedThroughAType() throws {
    let wrapped = try JSON.decode(
      Wrapped.self,
      from: Array(#"{"raw": {"b": [1, 2.5, null], "a": "\/"}, "maybe": null}"#.utf8)
    )
    #expect(wrapped.maybe == nil)
    #expect(wrapped.raw["b"]?[1]?.double == 2.5)
    #expect(wrapped.raw["b"]?[2]?.path == "$.raw.b[2]")
    #expect(try text(wrapped) == #"{"raw":{"b":[1,2.5,null],"a":"/"}}"#)
    #expect(throws: (any Error).self) { try JSONEncoder().encode(wrapped) }
  }

  @Test func nestedContainersCloseByThemselves() throws {
    #expect(
      try text(Flattened())
        == #"{"kind":"k","name":"n","size":1,"nested":{"list":[1,"two"]},"super":{},"late":true}"#
    )
  }

  @Test func aWriteToAClosedContainerIsRefused() {
    #expect { try JSON.encode(Stale()) } throws: { ($0 as? JSONError)?.code == .containerClosed }
  }

  @Test func aDocumentAtTheOuterBoundFitsIntoAnEvent() throws {
    let deep = try JSONValue(
      parsing: Array((String(repeating: "[", count: 64) + "1" + String(repeating: "]", count: 64)).utf8)
    )
    let bytes = try JSON.encode(["raw": ["body": deep]])
    #expect(try JSON.decode([String: [String: JSONValue]].self, from: bytes)["raw"]?["body"]?.kind == .array)
  }

  @Test func endlessNestingIsRefusedInWriting() {
    var chain = Chain(next: nil)
    for _ in 0..<1000 { chain = Chain(next: chain) }
    #expect { try JSON.encode(chain) } throws: { ($0 as? JSONError)?.code == .tooDeep }
  }

  @Test func numbersThatAreNotFiniteAreRefusedWithTheirPath() {
    for value in [Double.nan, .infinity, -.infinity] {
      #expect { try JSON.encode(["a": [1, 2, value]]) } throws: {
        let error = $0 as? JSONError
        return error?.code == .valueNotRepresentable && error?.path == "$.a[2]"
      }
    }
    #expect { try JSON.encode([Float.nan]) } throws: { ($0 as? JSONError)?.path == "$[0]" }
  }

  @Test func decodingErrorsNameTheirPlace() {
    let missing = failure([Part].self, #"[{"name":"a"},{"size":1}]"#)
    #expect(missing?.code == .missingKey)
    #expect(missing?.path == "$[1]")
    let mismatch = failure([String: [Part]].self, #"{"a":[{"name":"x"},{"name":7}]}"#)
    #expect(mismatch?.code == .typeMismatch)
    #expect(mismatch?.path == "$.a[1].name")
    #expect(failure([UInt8].self, "[1,256]")?.code == .valueNotRepresentable)
    #expect(failure([UInt8].self, "[-1]")?.path == "$[0]")
    #expect(failure([Int].self, "[1.5]")?.code == .valueNotRepresentable)
    #expect(failure([Int].self, "[2.0]") == nil)
    #expect(failure([Float].self, "[1e300]")?.code == .valueNotRepresentable)
    #expect(failure([Channel].self, #"["web","fax"]"#)?.code == .refused)
    #expect(failure([Channel].self, #"["web","fax"]"#)?.path == "$[1]")
    #expect(failure(String.self, "null")?.code == .typeMismatch)
    #expect(failure(String?.self, "null") == nil)
    #expect(failure(UUID.self, "\"0190f3c2-7a55-7000-8000-00000000abc\"")?.code == .valueNotRepresentable)
  }

  @Test(arguments: [
    ("2026-11-22T17:45:44.123Z", 1_795_369_544.123), ("2026-11-22T18:45:44+01:00", 1_795_369_544),
    ("1970-01-01T00:00:00Z", 0), ("1969-12-31T23:59:59.5Z", -0.5), ("2000-02-29T12:00:00Z", 951_825_600),
    ("0000-01-01T00:00:00Z", -62_167_219_200), ("9999-12-31T23:59:59.999Z", 253_402_300_799.999),
  ])
  func datesAreReadAsTheInstantTheyName(text: String, seconds: Double) throws {
    let date = try JSON.decode(Date.self, from: Array("\"\(text)\"".utf8))
    #expect(abs(date.timeIntervalSince1970 - seconds) < 1e-4)
    #expect(
      try JSON.decode(Date.self, from: JSON.encode(date))
        == Date(timeIntervalSinceReferenceDate: (date.timeIntervalSinceReferenceDate * 1000).rounded() / 1000)
    )
  }

  @Test(arguments: [
    "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-11-22", "2026-11-22T24:00:00Z",
    "2026-11-22T17:45:44",
    "2026-11-22T17:45:44.Z", "2026-11-22T17:45:44.1234567890Z", "2026-11-22T17:45:60Z",
    "2026-11-22T17:45:44Zx", "",
    "1900-02-29T00:00:00Z", "2026-11-22T17:45:44+25:00",
  ])
  func textThatIsNoDateIsRefused(text: String) {
    #expect(failure(Date.self, "\"\(text)\"")?.code == .valueNotRepresentable)
  }

  @Test func datesPastFourDigitsOfYearAreRefused() {
    for seconds in [253_402_300_800.0, -62_167_219_201, .infinity, .nan, 1e300] {
      #expect { try JSON.encode([Date(timeIntervalSince1970: seconds)]) } throws: {
        ($0 as? JSONError)?.code == .valueNotRepresentable
      }
    }
  }

  @Test(arguments: [5, 55] as [UInt64])
  func randomDatesAreWrittenAsFoundationWritesThem(seed: UInt64) throws {
    var random = Seeded(seed)
    let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
    for _ in 0..<500 {
      let seconds = Int.random(in: -2_208_988_800...32_503_680_000, using: &random)
      let date = Date(timeIntervalSince1970: Double(seconds) + 0.25)
      #expect(try text(date) == "\"\(date.formatted(style))\"", "seed \(seed) \(seconds)")
    }
  }
}
