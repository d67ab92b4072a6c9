import Channels
import JSON
import Testing

/// Real bodies, broken at random: whatever comes out is an error or items that hold what they promise.
@Suite struct MessengerMutationTests {
  static let own = [
    #""message":{"mid":"a","attachments":[{"type":"story_mention","payload":{"url":"https://x"}}]}"#,
    #""message":{"mid":"a","text":"b","reply_to":{"story":{"url":"https://x","id":"1"}},"is_deleted":false}"#,
    #""message_edit":{"mid":"a","text":"b","num_edit":1}"#,
    #""reaction":{"mid":"a","action":"react","reaction":"love","emoji":"x"}"#,
    #""message":{"mid":"a","is_echo":true,"app_id":1,"attachments":[{"type":"template","title":"t"}]}"#,
  ]

  func bodies() throws -> [String] {
    let cases = try Cases.messenger().sorted { $0.key < $1.key }.map(\.value)
    return cases + Self.own.map { MessengerBodyTests.body($0) }
  }

  @Test func brokenTextIsRefusedOrRead() throws {
    var random = Seeded.named("Messenger brokenTextIsRefusedOrRead")
    for body in try bodies() {
      for _ in 0..<60 { check(broken(Array(body.utf8), &random)) }
    }
  }

  @Test func truncatedTextIsRefused() throws {
    var random = Seeded.named("Messenger truncatedTextIsRefused")
    for body in try bodies() {
      let bytes = Array(body.utf8)
      for _ in 0..<20 {
        let cut = Array(bytes[..<Int.random(in: 0..<bytes.count - 2, using: &random)])
        #expect(throws: ChannelError.self) { try MessengerChannel().parse(cut, sender: nil) }
      }
    }
  }

  @Test func valuesOfAnyKindAnywhereAreReadWithoutFailing() throws {
    var random = Seeded.named("Messenger valuesOfAnyKindAnywhereAreReadWithoutFailing")
    for body in try bodies() {
      let root = try JSONValue(parsing: body.utf8)
      for _ in 0..<60 { check(Array(rewritten(root, &random).utf8)) }
    }
  }

  /// As either service's, whatever the body says it is of.
  private func check(_ body: [UInt8]) {
    let text = String(decoding: body, as: UTF8.self)
    let other = Array(text.replacing(#""page""#, with: #""instagram""#).utf8)
    let messenger = (try? MessengerChannel().parse(body, sender: nil)) ?? []
    let instagram = (try? InstagramChannel().parse(other, sender: nil)) ?? []
    for item in messenger + instagram { #expect(item.isSound, "\(text)") }
  }

  private func broken(_ bytes: [UInt8], _ random: inout Seeded) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
      let start = bytes.indices.randomElement(using: &random) ?? 0
      let end = min(bytes.count, start + Int.random(in: 1...30, using: &random))
      switch Int.random(in: 0..<4, using: &random) {
      case 0: bytes[start] = UInt8.random(in: 0...255, using: &random)
      case 1: bytes.removeSubrange(start..<end)
      case 2: bytes.insert(contentsOf: bytes[start..<end], at: start)
      default:
        bytes.insert(contentsOf: Array((Self.junk.randomElement(using: &random) ?? "").utf8), at: start)
      }
    }
    return bytes
  }

  /// The text of a value in which about one value in fifteen is replaced, dropped or doubled.
  private func rewritten(_ value: JSONValue, _ random: inout Seeded) -> String {
    if Int.random(in: 0..<15, using: &random) == 0 {
      return Self.junk.randomElement(using: &random) ?? "null"
    }
    if let members = value.object {
      let texts = members.flatMap { member in
        let copies = [0, 2].contains(Int.random(in: 0..<20, using: &random)) ? 2 : 1
        return (0..<copies).map { _ in #""\#(member.key)":"# + rewritten(member.value, &random) }
      }
      return "{" + texts.joined(separator: ",") + "}"
    }
    if let elements = value.array {
      return "[" + elements.map { rewritten($0, &random) }.joined(separator: ",") + "]"
    }
    return String(decoding: value.serialized(), as: UTF8.self)
  }

  private static let junk = [
    "null", "true", "[]", "{}", "[[]]", "-1", "1e300", "18446744073709551615", "0.5", #""""#, #""\u0000""#,
    #""page""#, #""7""#, #"{"mid":"a"}"#, #"{"story":{}}"#, #""ephemeral""#, #""\ud83d\ude2e""#,
    #""\#(String(repeating: "x", count: 600))""#, "9223372036854775807",
  ]
}
