import Foundation
import Testing

@testable import JSON

struct TextTests {
  private struct Item: Encodable {
    let id: UUID
    let name: String
    let at: Date
    let count: Int
    let tags: [String]
  }

  @Test func aTextWrittenByHandIsTheOneThatTheEncoderWrites() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = TextRandom(state: seed)
    for _ in 0..<200 {
      let items = (0..<Int.random(in: 0...4, using: &random)).map { _ in
        Item(
          id: UUID(), name: random.text(),
          at: Date(timeIntervalSince1970: .random(in: 0...4e9, using: &random)),
          count: .random(in: .min ... .max, using: &random),
          tags: (0..<Int.random(in: 0...3, using: &random)).map { _ in random.text() })
      }
      var text = JSONText(capacity: 1)
      try text.array { text throws(JSONError) in
        for item in items {
          try text.object { text throws(JSONError) in
            text.key("id")
            text.write(item.id)
            text.key("name")
            var name = item.name
            name.withUTF8 { text.write(validUTF8: $0) }
            text.key("at")
            try text.write(item.at)
            text.key("count")
            text.write(item.count)
            text.key("tags")
            text.array { text in for tag in item.tags { text.write(tag) } }
          }
        }
      }
      #expect(text.bytes == (try JSON.encode(items)), "seed \(seed)")
    }
  }

  @Test func nullsAndWholeTextsStandAsTheyAre() {
    var text = JSONText(capacity: 1)
    text.object { text in
      text.key("a")
      text.null()
      text.key("b")
      Array(#"{"c": 1}"#.utf8).withUnsafeBufferPointer { text.write(json: $0) }
      text.key("d")
      text.array { $0.null() }
    }
    #expect(String(decoding: text.bytes, as: UTF8.self) == #"{"a":null,"b":{"c": 1},"d":[null]}"#)
  }
}

private struct TextRandom: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state
  }

  mutating func text() -> String {
    let characters: [Character] = ["a", "\"", "\\", "\n", "\u{1}", "é", "☕", "{", "[", ":", ",", " "]
    return String(
      (0..<Int.random(in: 0...30, using: &self)).map { _ in
        characters[Int.random(in: characters.indices, using: &self)]
      })
  }
}
