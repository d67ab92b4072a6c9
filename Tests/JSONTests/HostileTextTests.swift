import Foundation
import JSON
import Testing

@Suite struct HostileTextTests {
  private func failure(_ text: [UInt8], maximumDepth: Int = 64) -> JSONError? {
    do throws(JSONError) {
      _ = try JSONValue(parsing: text, maximumDepth: maximumDepth)
      return nil
    } catch {
      return error
    }
  }

  private func failure(_ text: String) -> JSONError? { failure(Array(text.utf8)) }

  @Test func nestingPastTheBoundIsRefusedAtItsPlace() {
    for opener in ["[", "{\"a\":"] {
      let error = failure(String(repeating: opener, count: 100_000))
      #expect(error?.code == .tooDeep)
      #expect(error?.offset == 64 * opener.utf8.count)
    }
  }

  @Test func asManyContainersAsAllowedMayNest() {
    func nested(_ depth: Int) -> [UInt8] {
      Array((String(repeating: "[", count: depth) + "1" + String(repeating: "]", count: depth)).utf8)
    }
    #expect(failure(nested(64)) == nil)
    #expect(failure(nested(65))?.code == .tooDeep)
    #expect(failure(nested(3), maximumDepth: 3) == nil)
    #expect(failure(nested(4), maximumDepth: 3)?.code == .tooDeep)
  }

  @Test func tenMegabytesAreReadAndMoreThanTheBoundIsRefused() throws {
    let text = "[\"" + String(repeating: "x", count: 10 << 20) + "\",7]"
    let value = try JSONValue(parsing: text.utf8)
    #expect(value[0]?.string?.utf8.count == 10 << 20)
    #expect(value[1]?.int == 7)
    let larger = [UInt8](repeating: 0x20, count: JSON.maximumBytes) + Array("7".utf8)
    #expect(failure(larger)?.code == .tooLarge)
    #expect(try JSONValue(parsing: larger, maximumBytes: larger.count).int == 7)
  }

  @Test func aLargeObjectDecodesInLinearTime() throws {
    let members = (0..<200_000).map { "\"key\($0)\":\($0)" }.joined(separator: ",")
    let decoded = try JSON.decode([String: Int].self, from: Array("{\(members)}".utf8))
    #expect(decoded.count == 200_000)
    #expect(decoded["key199999"] == 199_999)
  }

  @Test func everyTruncationIsRefusedWhereItEnds() {
    let text = Array(#"{"a":[1,-2.5e3,true,false,null,"x\u00e9\n€"],"b":{"c":{},"d":[]}}"#.utf8)
    #expect(failure(text) == nil)
    for count in 0..<text.count {
      let error = failure(Array(text[..<count]))
      // Cut inside of a character of several bytes, the text is no UTF-8.
      let isCut = String(validating: text[..<count], as: UTF8.self) == nil
      #expect(error?.code == (isCut ? .notUTF8 : .malformed), "cut at \(count)")
      if !isCut { #expect(error?.offset == count, "cut at \(count)") }
    }
  }

  @Test(arguments: [
    ("{} x", 3), ("[1,]", 3), ("{\"a\" 1}", 5), ("[01]", 2), ("[1.]", 3), ("[+1]", 1), ("'a'", 0),
    ("{a:1}", 1),
    ("[1}", 2), ("\"\u{1}\"", 1), ("\"\\x\"", 2), ("tru", 3), ("nulls", 4), ("[NaN]", 1), ("{\"a\":1,}", 7),
    ("", 0),
    ("   ", 3), ("\"\\ud800\"", 7), ("\"\\ud800\\u0041\"", 8), ("\"\\udc00\"", 1), ("[,1]", 1),
    ("[1] [2]", 4),
  ])
  func malformedTextIsRefusedAtItsPlace(text: String, offset: Int) {
    let error = failure(text)
    #expect(error?.code == .malformed)
    #expect(error?.offset == offset)
  }

  @Test(
    arguments: [
      ([0x22, 0xFF, 0x22], 1), ([0x22, 0x61, 0xC0, 0x80, 0x22], 2), ([0x22, 0xED, 0xA0, 0x80, 0x22], 1),
      ([0x22, 0xF5, 0x80, 0x80, 0x80, 0x22], 1), ([0x5B, 0x80, 0x5D], 1),
    ] as [([UInt8], Int)]
  )
  func bytesThatAreNotUTF8AreRefusedAtTheirPlace(text: [UInt8], offset: Int) {
    let error = failure(text)
    #expect(error?.code == .notUTF8)
    #expect(error?.offset == offset)
  }

  @Test func aByteOrderMarkIsIgnoredAndCountsInOffsets() throws {
    #expect(try JSONValue(parsing: [0xEF, 0xBB, 0xBF] + Array("{\"a\":1}".utf8))["a"]?.int == 1)
    #expect(failure([0xEF, 0xBB, 0xBF, 0x5B, 0x78])?.offset == 4)
    #expect(failure([0xEF, 0xBB, 0xBF])?.code == .malformed)
  }

  @Test func ofDuplicateKeysTheFirstCounts() throws {
    let text = Array(#"{"a":1,"b":2,"a":3}"#.utf8)
    let value = try JSONValue(parsing: text)
    #expect(value["a"]?.int == 1)
    #expect(value.object?.map(\.key) == ["a", "b", "a"])
    #expect(try JSON.decode([String: Int].self, from: text) == ["a": 1, "b": 2])
    let many = (0..<100).map { "\"k\($0)\":\($0)" }.joined(separator: ",")
    let large = try JSON.decode([String: Int].self, from: Array("{\(many),\"k7\":-1}".utf8))
    #expect(large["k7"] == 7)
    #expect(large.count == 100)
  }

  @Test func numbersAtTheirLimitsKeepTheirValue() throws {
    let value = try JSONValue(
      parsing: "[9223372036854775807,-9223372036854775808,18446744073709551615,1e308,5e-324,-0.0]".utf8
    )
    #expect(value[0]?.int == .max)
    #expect(value[1]?.int == .min)
    #expect(value[2]?.int == nil)
    #expect(try JSON.decode(UInt64.self, from: value[2]!) == .max)
    #expect(value[3]?.double == 1e308)
    #expect(value[4]?.double == .leastNonzeroMagnitude)
    #expect(value[5]?.double?.sign == .minus)
    #expect(failure("[1e400]")?.code == .malformed)
  }

  @Test func integersPastSixtyFourBitsAreReadAsDoubles() throws {
    let text =
      "{\"n\":[18446744073709551616,-9223372036854775809,123456789012345678901234567890,1.5,-7],\"s\":\"99999999999999999999999 \\\" 99999999999999999999999\"}"
    let value = try JSONValue(parsing: text.utf8)
    #expect(value["n"]?[0]?.double == 18446744073709551616.0)
    #expect(value["n"]?[1]?.double == -9223372036854775808.0)
    #expect(value["n"]?[2]?.double == 1.2345678901234568e29)
    #expect(value["n"]?[4]?.int == -7)
    #expect(value["s"]?.string == "99999999999999999999999 \" 99999999999999999999999")
    #expect(throws: JSONError.self) { try JSON.decode([Int].self, from: value["n"]!) }
  }

  @Test(arguments: [7, 77] as [UInt64])
  func randomDamageIsReadLikeFoundationReadsItOrRefused(seed: UInt64) {
    var random = Seeded(seed)
    let text = Array(#"{"a":[1,-2.5e3,true,null,"x\u00e9\n€"],"b":{"c":{},"d":[12345678901234567890]}}"#.utf8)
    for _ in 0..<3000 {
      var damaged = text
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let at = Int.random(in: 0..<damaged.count, using: &random)
        damaged[at] = UInt8.random(in: 0...255, using: &random)
      }
      if let error = failure(damaged) {
        #expect(error.offset != nil, "seed \(seed) \(damaged)")
      } else {
        let theirs = try? JSONDecoder().decode(Tree.self, from: Data(damaged))
        let ours = try? JSON.decode(Tree.self, from: damaged)
        #expect(theirs == nil || ours == theirs, "seed \(seed) \(damaged)")
      }
    }
  }
}
