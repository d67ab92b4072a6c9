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
      for _ in 0..<60 { check(mutations.broken(Array(body.utf8), &random)) }
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
      for _ in 0..<60 { check(Array(mutations.rewritten(root, &random).utf8)) }
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

  private let mutations = Mutations(junk: [
    "null", "true", "[]", "{}", "[[]]", "-1", "1e300", "18446744073709551615", "0.5", #""""#, #""\u0000""#,
    #""page""#, #""7""#, #"{"mid":"a"}"#, #"{"story":{}}"#, #""ephemeral""#, #""\ud83d\ude2e""#,
    #""\#(String(repeating: "x", count: 600))""#, "9223372036854775807",
  ])
}
