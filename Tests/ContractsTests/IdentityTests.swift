import Contracts
import Foundation
import JSON
import Testing

@Suite struct IdentityTests {
  // MARK: Version 5

  /// The first is RFC 9562, appendix A.4; the others are what Python's `uuid` makes of them.
  @Test(arguments: [
    ("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "www.example.com", "2ed6657d-e927-568b-95e1-2665a8aea6a2"),
    ("6ba7b811-9dad-11d1-80b4-00c04fd430c8", "", "1b4db7eb-4057-5ddf-91e0-36dec72071f5"),
    ("6ba7b812-9dad-11d1-80b4-00c04fd430c8", "Größe 👟", "7c4d7ac0-7045-50f8-9dd7-00edf847c077"),
    (
      "6ba7b814-9dad-11d1-80b4-00c04fd430c8", String(repeating: "x", count: 1_000),
      "8f61a586-4256-50a9-9c5c-c33dc7cff218"
    ),
  ])
  func version5IsThatOfOthers(namespace: String, name: String, expected: String) throws {
    let namespace = try #require(UUID(uuidString: namespace))
    #expect(EventID(UUID.version5(of: name, in: namespace)).description == expected)
    #expect(EventID(UUID.version5(of: Array(name.utf8), in: namespace)).description == expected)
  }

  // MARK: Version 7

  @Test func version7IsTheExampleOfItsSpecification() throws {
    // RFC 9562, appendix A.6: 2022-02-22 14:22:22.00 GMT-05:00.
    var random = Scripted([0x0CC3, 0x18C4_DC0C_0C07_398F])
    let uuid = UUID.version7(at: Date(timeIntervalSince1970: 1_645_557_742), using: &random)
    #expect(EventID(uuid).description == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f")
  }

  @Test func version7HasItsVersionAndVariantWhateverTheRandomBits() {
    for bits in [UInt64.min, .max, 0x5555_5555_5555_5555] {
      var random = Scripted([bits, bits])
      let bytes = UUID.version7(at: Date(timeIntervalSince1970: 0), using: &random).bytes
      #expect(bytes.prefix(6).allSatisfy { $0 == 0 })
      #expect(bytes[6] >> 4 == 7)
      #expect(bytes[8] >> 6 == 0b10)
    }
  }

  @Test func version7SortsByTheMillisecondOfItsTime() {
    let start: Int64 = 1_795_370_400_000
    var random = SystemRandomNumberGenerator()
    var last: EventID?
    for millisecond in start..<start + 5_000 {
      let time = Date(microseconds: millisecond * 1_000)
      let uuid = UUID.version7(at: time, using: &random)
      let read = uuid.bytes.prefix(6).reduce(Int64(0)) { $0 << 8 | Int64($1) }
      #expect(read == millisecond)
      if let last { #expect(last < EventID(uuid)) }
      last = EventID(uuid)
    }
  }

  @Test func version7OfNowIsNow() {
    let before = Int64(Date().timeIntervalSince1970 * 1_000)
    let read = UUID.version7().bytes.prefix(6).reduce(Int64(0)) { $0 << 8 | Int64($1) }
    let after = Int64(Date().timeIntervalSince1970 * 1_000) + 1
    #expect((before...after).contains(read))
  }

  // MARK: Text and bytes

  @Test func anIDIsReadInEitherCaseAndWrittenInLowerCase() {
    let text = "0123abcd-4567-89ef-8123-456789abcdef"
    #expect(TenantID(text)?.description == text)
    #expect(TenantID(text.uppercased())?.description == text)
  }

  @Test(arguments: [
    "", "0123abcd", "0123abcd456789ef8123456789abcdef", "{0123abcd-4567-89ef-8123-456789abcdef}",
    "0123abcd-4567-89ef-8123-456789abcdef ", " 123abcd-4567-89ef-8123-456789abcdef",
    "+123abcd-4567-89ef-8123-456789abcdef", "0x23abcd-4567-89ef-8123-456789abcdef",
    "0123abcd-4567-89ef-8123-456789abcdeg", "0123abcd-4567-89ef-8123-456789abcde",
    "0123abcd-4567-89ef-8123-456789abcdef\u{0}; drop", "0123abcd-4567-89ef-8123-456789abcdeſ",
    "0123abcd4-567-89ef-8123-456789abcdef", "urn:uuid:0123abcd-4567-89ef-8123-456789abcdef",
  ])
  func whatIsNotAUUIDIsNoID(text: String) {
    #expect(TenantID(text) == nil)
  }

  @Test func aUUIDIsRefusedUnlessItHasSixteenBytes() throws {
    let id = try #require(TenantID("0123abcd-4567-89ef-8123-456789abcdef"))
    #expect(UUID(bytes: id.uuid.bytes) == id.uuid)
    for count in [0, 15, 17] { #expect(UUID(bytes: [UInt8](repeating: 1, count: count)) == nil) }
  }

  @Test func anIDIsCodedAsItsText() throws {
    let id = try #require(TenantID("0123abcd-4567-89ef-8123-456789abcdef"))
    #expect(try JSON.encode([id]) == Array(#"["0123abcd-4567-89ef-8123-456789abcdef"]"#.utf8))
    #expect(try JSON.decode([TenantID].self, from: JSON.encode([id])) == [id])
  }

  // MARK: Topics

  @Test func aTopicIsFoundByItsNumberAndNoTwoShareOne() {
    for topic in Topic.allCases { #expect(Topic(number: topic.number) == topic) }
    #expect(Set(Topic.allCases.map(\.number)).count == Topic.allCases.count)
    for number: Int16 in [0, -1, 6, .max] { #expect(Topic(number: number) == nil) }
  }

  /// Numbers stand in the tables of the embedded log: a change would move events to another topic.
  @Test func theNumbersOfTheTopicsStay() {
    let numbers = Dictionary(uniqueKeysWithValues: Topic.allCases.map { ($0.rawValue, $0.number) })
    #expect(numbers == ["inbound": 1, "conversations": 2, "agents": 3, "documents": 4, "tenants": 5])
  }
}

/// Random numbers that are no such thing.
private struct Scripted: RandomNumberGenerator {
  private var rest: ArraySlice<UInt64>
  init(_ numbers: [UInt64]) { rest = numbers[...] }
  mutating func next() -> UInt64 { rest.popFirst() ?? 0 }
}
