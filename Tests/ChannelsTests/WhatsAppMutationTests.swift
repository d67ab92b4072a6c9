import Channels
import Contracts
import JSON
import Testing

/// Real bodies, broken at random: whatever comes out is an error or items that hold what they promise.
@Suite struct WhatsAppMutationTests {
  let channel = WhatsAppChannel()

  @Test func brokenTextIsRefusedOrRead() throws {
    var random = Seeded.named("brokenTextIsRefusedOrRead")
    let bodies = try Cases.whatsApp().sorted { $0.key < $1.key }.map(\.value)
    for body in bodies {
      for _ in 0..<40 {
        check(String(decoding: broken(Array(body.utf8), &random), as: UTF8.self))
      }
    }
  }

  @Test func valuesOfAnyKindAnywhereAreReadWithoutFailing() throws {
    var random = Seeded.named("valuesOfAnyKindAnywhereAreReadWithoutFailing")
    let bodies = try Cases.whatsApp().sorted { $0.key < $1.key }.map(\.value)
    for body in bodies {
      let root = try JSONValue(parsing: body.utf8)
      for _ in 0..<40 { check(rewritten(root, &random)) }
    }
  }

  private func check(_ body: String) {
    guard let items = try? channel.parse(body, sender: nil) else { return }
    for item in items {
      #expect(item.isSound, "\(body)")
    }
  }

  private func broken(_ bytes: [UInt8], _ random: inout Seeded) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...4, using: &random) where !bytes.isEmpty {
      let start = bytes.indices.randomElement(using: &random) ?? 0
      let end = min(bytes.count, start + Int.random(in: 1...30, using: &random))
      switch Int.random(in: 0..<5, using: &random) {
      case 0: bytes[start] = UInt8.random(in: 0...255, using: &random)
      case 1: bytes.removeSubrange(start..<end)
      case 2: bytes.insert(contentsOf: bytes[start..<end], at: start)
      case 3: bytes.removeLast(bytes.count - start)
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
    #""messages""#, #""system""#, #""edit""#, #""revoke""#, #""image""#, #""contacts""#,
    #""smb_message_echoes""#,
    #""user_id_update""#, #"{"type":"edit"}"#, #""\ud83d\ude2e""#,
    #""999999999999999999""#,
  ]
}
