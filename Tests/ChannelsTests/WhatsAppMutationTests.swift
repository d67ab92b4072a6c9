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
        check(String(decoding: mutations.broken(Array(body.utf8), &random), as: UTF8.self))
      }
    }
  }

  @Test func valuesOfAnyKindAnywhereAreReadWithoutFailing() throws {
    var random = Seeded.named("valuesOfAnyKindAnywhereAreReadWithoutFailing")
    let bodies = try Cases.whatsApp().sorted { $0.key < $1.key }.map(\.value)
    for body in bodies {
      let root = try JSONValue(parsing: body.utf8)
      for _ in 0..<40 { check(mutations.rewritten(root, &random)) }
    }
  }

  private func check(_ body: String) {
    guard let items = try? channel.parse(body, sender: nil) else { return }
    for item in items {
      #expect(item.isSound, "\(body)")
    }
  }

  private let mutations = Mutations(junk: [
    "null", "true", "[]", "{}", "[[]]", "-1", "1e300", "18446744073709551615", "0.5", #""""#, #""\u0000""#,
    #""messages""#, #""system""#, #""edit""#, #""revoke""#, #""image""#, #""contacts""#,
    #""smb_message_echoes""#,
    #""user_id_update""#, #"{"type":"edit"}"#, #""\ud83d\ude2e""#,
    #""999999999999999999""#,
  ])
}
