import Channels
import Contracts
import JSON
import Testing

/// Real updates, broken at random: whatever comes out is an error or items that hold what they promise.
@Suite struct TelegramMutationTests {
  let channel = TelegramChannel()
  let connection = ConnectionCreated.Private(
    account: "thebot", appSecret: nil, verifyToken: "s", accessToken: "111111111:t")

  /// Those from elsewhere, and one that holds most of what may be in a message.
  func bodies() throws -> [String] {
    try Cases.telegram().sorted { $0.key < $1.key }.map(\.value) + [Self.rich]
  }

  private static let rich =
    #"{"update_id":7,"business_message":{"message_id":9,"business_connection_id":"Bc","date":1,"#
    + #""chat":{"id":-5,"type":"supergroup","title":"T"},"from":{"id":5,"is_bot":false,"first_name":"A"},"#
    + #""sender_chat":{"id":-6,"title":"S"},"message_thread_id":4,"is_topic_message":true,"#
    + #""media_group_id":"g","reply_to_message":{"message_id":8,"from":{"id":111111111}},"#
    + #""quote":{"text":"q","is_manual":true},"caption":"/start@thebot x @thebot 😆 here","#
    + #""caption_entities":[{"type":"mention","offset":16,"length":7},"#
    + #"{"type":"text_link","offset":24,"length":2,"url":"https://a.example"}],"#
    + #""photo":[{"file_id":"p","width":1,"height":2,"file_size":3}],"sticker":{"file_id":"s","emoji":"👍"}}}"#

  @Test func brokenTextIsRefusedOrRead() throws {
    var random = Seeded.named("brokenTelegramTextIsRefusedOrRead")
    for body in try bodies() {
      for _ in 0..<40 { check(mutations.broken(Array(body.utf8), &random)) }
    }
  }

  @Test func everyTruncationIsRefused() throws {
    for length in 0..<Self.rich.utf8.count {
      #expect(throws: ChannelError.self) {
        try channel.parse(Array(Self.rich.utf8.prefix(length)), sender: nil, for: connection)
      }
    }
  }

  @Test func valuesOfAnyKindAnywhereAreReadWithoutFailing() throws {
    var random = Seeded.named("telegramValuesOfAnyKindAnywhereAreReadWithoutFailing")
    for body in try bodies() {
      let root = try JSONValue(parsing: body.utf8)
      for _ in 0..<40 { check(Array(mutations.rewritten(root, &random).utf8)) }
    }
  }

  @Test func aHugeMessageIsReadInLittleTime() throws {
    let entities = Array(repeating: #"{"type":"mention","offset":1,"length":2}"#, count: 10_000)
    let body =
      #"{"update_id":1,"message":{"message_id":1,"chat":{"id":-1,"type":"group"},"from":{"id":5},"text":""#
      + String(repeating: "😆", count: 100_000) + #"","entities":["# + entities.joined(separator: ",") + "]}}"
    #expect(body.utf8.count < channel.maximumBodyBytes)
    let taken = ContinuousClock().measure { check(Array(body.utf8)) }
    #expect(taken < .seconds(10))
  }

  private func check(_ body: [UInt8]) {
    guard let items = try? channel.parse(body, sender: nil, for: connection) else { return }
    #expect(!items.isEmpty || body.contains(UInt8(ascii: "[")))
    for item in items { #expect(item.isSound, "\(String(decoding: body, as: UTF8.self))") }
    // The same bytes give the same items.
    #expect((try? channel.parse(body, sender: nil, for: connection)) == items)
  }

  private let mutations = Mutations(junk: [
    "null", "true", "[]", "{}", "[[]]", "-1", "0", "1e300", "18446744073709551615", "-9223372036854775808",
    "9223372036854775807", "0.5", #""""#, #""\u0000""#, #""private""#, #""/start \u0000""#, #""@thebot""#,
    #""\ud83d\ude2e""#, #""a/b@c""#, "[{}]",
  ])
}
