import Channels
import Contracts
import FoundationEssentials
import Testing

/// Bodies as Meta documents them and as nobody does.
@Suite struct WhatsAppBodyTests {
  let channel = WhatsAppChannel()

  func items(_ value: String, field: String = "messages") throws -> [InboundItem] {
    let change = #"{"field":"\#(field)","value":\#(value)}"#
    let body = #"{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[\#(change)]}]}"#
    return try channel.parse(body, sender: nil)
  }

  func message(_ value: String) throws -> InboundMessage {
    let items = try items(value)
    guard items.count == 1, case .message(let message) = items[0] else { throw Unexpected(items) }
    return message
  }

  func error(_ body: String) -> ChannelError.Code? {
    #expect(throws: ChannelError.self) { try channel.parse(body, sender: nil) }?.code
  }

  @Test func aWriterWithoutANumberIsKnownByTheUserID() throws {
    let message = try message(
      #"""
      {"contacts":[{"profile":{"name":"Ada"},"user_id":"GB.123"},{"profile":{"name":"Bo"},"wa_id":"45"}],
       "messages":[{"from_user_id":"GB.123","id":"m1","timestamp":"1","type":"text","text":{"body":"hi"}}]}
      """#
    )
    #expect(message.origin.address == "GB.123")
    #expect(message.origin.name == "Ada")
  }

  @Test func aWriterNamedByTheOnlyContactIsThatContact() throws {
    let message = try message(
      #"""
      {"contacts":[{"profile":{"name":"Ada"},"wa_id":"","user_id":"GB.123"}],
       "messages":[{"from":"","id":"m1","type":"text","text":{"body":"hi"}}]}
      """#
    )
    #expect(message.origin.address == "GB.123")
    #expect(message.origin.name == "Ada")
    #expect(message.origin.time == nil)
  }

  @Test func aNameOfSomeoneElseIsNotTaken() throws {
    let message = try message(
      #"""
      {"contacts":[{"profile":{"name":"Bo"},"wa_id":"45"}],
       "messages":[{"from":"44","id":"m1","type":"text","text":{"body":"hi"}}]}
      """#
    )
    #expect(message.origin.name == nil)
  }

  @Test func aGroupsMessageIsKeptButIsNoTextToAnswer() throws {
    let message = try message(
      #"{"messages":[{"from":"44","group_id":"G","id":"m1","type":"text","text":{"body":"hi all"}}]}"#
    )
    #expect(message.content.kind == .unsupported)
    #expect(message.origin.address == "44")
    #expect(message.content.text == "hi all")
    #expect(message.content.raw?.contains(#""group_id":"G""#) == true)
  }

  @Test(arguments: [
    (#"{"messages":[{"from":"44","type":"text","text":{"body":"hi"}}]}"#, "other message.without_id"),
    (#"{"messages":[{"from":"44","id":7,"type":"text"}]}"#, "other message.without_id"),
    (#"{"messages":[{"from":"44","id":"a\u0000b","type":"text"}]}"#, "other message.without_id"),
    (#"{"messages":[{"id":"m1","type":"text","text":{"body":"hi"}}]}"#, "other message.without_sender"),
    (#"{"messages":[17]}"#, "other malformed"),
    (#"{"messages":{}}"#, "other malformed"),
    (#"{}"#, "other malformed"),
    (#"[]"#, "other malformed"),
    (#"{"messages":[{"type":"system","system":{"type":["x"]}}]}"#, "other system.unknown"),
    (#"{"messages":[{"from":"44","id":"m1"}]}"#, "unsupported"),
    (#"{"messages":[{"from":"44","id":"m1","type":["text"],"text":"x"}]}"#, "unsupported"),
    (#"{"messages":[{"from":"44","id":"m1","type":"text","text":{"body":""}}]}"#, "unsupported"),
    (#"{"messages":[{"from":"44","id":"m1","type":"text","text":{"body":9}}]}"#, "unsupported"),
    (#"{"messages":[{"from":"44","id":"m1","type":"text","text":{"body":"a\u0000b"}}]}"#, "text a\u{FFFD}b"),
    (
      #"{"messages":[{"from":"44","id":"m1","type":"edit","edit":{"message":{"type":"edit"}}}]}"#,
      "unsupported"
    ),
    (#"{"statuses":[{"id":"m1","status":"deleted","recipient_id":"44"}]}"#, "other status.deleted"),
    (#"{"statuses":[{"id":"m1","status":"<b>","recipient_id":"44"}]}"#, "other status.unknown"),
    (#"{"statuses":[{"status":"read","recipient_id":"44"}]}"#, "other status.without_id"),
    (#"{"statuses":[{"id":"m1","status":"read"}]}"#, "other status.without_recipient"),
    (#"{"statuses":[{"id":"m1","status":"read","recipient_user_id":"GB.1"}]}"#, "status read"),
    (#"{"statuses":[{"id":"m1","status":"failed","recipient_id":"44","errors":{}}]}"#, "status failed"),
    (#"{"errors":[{"code":130429}]}"#, "other errors"),
  ])
  func nothingIsDroppedSilently(value: String, expected: String) throws {
    #expect(try items(value).map(\.summary) == [expected])
  }

  @Test func aFieldThatIsNoWordIsCountedAsUnknown() throws {
    #expect(try items("{}", field: String(repeating: "x", count: 49)) == [.other(kind: "unknown")])
    #expect(try items("{}", field: "Ä b") == [.other(kind: "unknown")])
  }

  @Test(arguments: [
    ("1e3", nil), (#""-1""#, nil), (#""253402300800""#, nil), ("1697043223", 1_697_043_223.0),
  ])
  func aTimeIsSecondsThatCanBeWritten(timestamp: String, expected: Double?) throws {
    let message = try message(#"{"messages":[{"from":"44","id":"m1","timestamp":\#(timestamp)}]}"#)
    #expect(message.origin.time?.timeIntervalSince1970 == expected)
  }

  @Test func aBodyOfAnotherShapeIsRefused() {
    #expect(error("") == .notJSON)
    #expect(error(#"{"object":"whatsapp_business_account","entry":["#) == .notJSON)
    #expect(error(String(repeating: "[", count: 100_000)) == .notJSON)
    #expect(error("[]") == .wrongShape)
    #expect(error(#"{"object":"page","entry":[]}"#) == .wrongShape)
    #expect(error(#"{"object":"whatsapp_business_account","entry":{}}"#) == .wrongShape)
    #expect(error(String(repeating: " ", count: (4 << 20) + 1)) == .tooLarge)
  }

  @Test func aBodyHoldsABoundedNumberOfItems() throws {
    let many = { (count: Int) in "[" + Array(repeating: "1", count: count).joined(separator: ",") + "]" }
    #expect(try items(#"{"messages":\#(many(10_000))}"#).count == 10_000)
    let error = #expect(throws: ChannelError.self) { try items(#"{"messages":\#(many(10_001))}"#) }
    #expect(error?.code == .tooManyItems)
  }

  @Test(.timeLimit(.minutes(1))) func manyContactsAndMessagesTakeLinearTime() throws {
    let contacts = (0..<9_000).map { #"{"wa_id":"\#($0)","profile":{"name":"n\#($0)"}}"# }
    let messages = (0..<9_000).map { #"{"from":"\#($0)","id":"m\#($0)","type":"text","text":{"body":"x"}}"# }
    let items = try items(
      #"{"contacts":[\#(contacts.joined(separator: ","))],"messages":[\#(messages.joined(separator: ","))]}"#
    )
    guard case .message(let last) = try #require(items.last) else { throw Unexpected([]) }
    #expect(last.origin.name == "n8999")
  }
}
