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

  @Test func messagesOfAFieldThatIsNotKnownAreKept() throws {
    let text = #"{"from":"7","id":"m1","timestamp":"1","type":"hologram","hologram":{"a":1}}"#
    let items = try items(#"{"messages":[\#(text)]}"#, field: "messages_v2")
    guard items.count == 1, case .message(let message) = items[0] else { throw Unexpected(items) }
    #expect(message.content.kind == .unsupported && message.content.raw?.contains("hologram") == true)
    #expect(try self.items(#"{"messages":[]}"#, field: "messages_v2") == [.other(kind: "messages_v2")])
    #expect(try self.items(#"{"calls":[{"id":"c"}]}"#, field: "calls") == [.other(kind: "calls")])
  }

  /// Such as Meta's own agent.
  @Test func whatIsSaidToAnotherAppIsKeptForPeople() throws {
    let said =
      #"{"from":"44","from_user_id":"GB.1","id":"m1","timestamp":"1","type":"text","text":{"body":"hi"}}"#
    let echo = #"{"id":"m2","timestamp":"2","message":{"to":"44","type":"text","text":{"body":"ho"}}}"#
    let status = #"{"id":"m0","status":"read","timestamp":"3","recipient_id":"44"}"#
    let contacts = #"[{"wa_id":"44","profile":{"name":"Ada"}}]"#
    let items = try items(
      #"""
      {"standby":{"contacts":\#(contacts),"messages":[\#(said)],"message_echoes":[\#(echo)],
       "statuses":[\#(status)]}}
      """#, field: "standby")
    #expect(items.map(\.summary) == ["text hi", "status read", "other standby"])
    guard case .message(let message) = items.first else { throw Unexpected(items) }
    #expect(message.isStandby && message.providerID == "m1" && message.origin.name == "Ada")
    #expect(message.origin.address == "44" && message.origin.alias == "GB.1")
    #expect(try self.items(#"{"standby":{}}"#, field: "standby") == [.other(kind: "standby")])
  }

  @Test func aConversationIsOursOnceItIsPassedToUs() throws {
    func handover(_ type: String) throws -> [InboundItem] {
      try items(
        #"""
        {"sender":{"phone_number":"44"},"recipient":{"phone_number_id":"9"},"type":"\#(type)",
         "timestamp":"1750101000","\#(type)":{"previous_owner_role":"ai_agent","new_owner_role":"escalation"}}
        """#, field: "messaging_handovers")
    }
    let passed = try handover("control_passed")
    guard case .control(let control) = passed.first, passed.count == 1 else { throw Unexpected(passed) }
    #expect(control.origin.address == "44" && control.origin.account == "9")
    #expect(control.providerID == "control/44/1750101000")
    #expect(try handover("control_taken") == [.other(kind: "handover.control_taken")])
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

  /// One of the two may come alone later.
  @Test func aWriterWithBothIsKnownByEither() throws {
    let message = try message(
      #"""
      {"messages":[{"from":"44","from_user_id":"GB.123","id":"m1","timestamp":"1","type":"text",
       "text":{"body":"hi"}}]}
      """#
    )
    #expect(message.origin.address == "44" && message.origin.alias == "GB.123")
    #expect(try self.message(#"{"messages":[{"from_user_id":"GB.123","id":"m1"}]}"#).origin.alias == nil)
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

  @Test func aGroupsMessageIsInTheGroupsThread() throws {
    let message = try message(
      #"{"messages":[{"from":"44","group_id":"G","id":"m1","type":"text","text":{"body":"hi all"}}]}"#
    )
    #expect(message.content == InboundContent(.text, text: "hi all"))
    #expect(message.origin.address == "44")
    #expect(message.origin.thread == "G")
  }

  @Test func eachNumberOfABusinessHasItsOwnMessages() throws {
    let changes = ["1", "2"].map { account in
      #"{"field":"messages","value":{"metadata":{"phone_number_id":"\#(account)"},"messages":["#
        + #"{"from":"44","id":"m\#(account)","type":"text","text":{"body":"hi"}}]}}"#
    }
    let body =
      #"{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[\#(changes[0])]},"#
      + #"{"id":"2","changes":[\#(changes[1])]}]}"#
    let items = try channel.parse(body, sender: nil)
    #expect(items.map { $0.origin?.account } == ["1", "2"])
  }

  @Test func aNewUserIDMovesTheContactOnceHoweverItIsReported() throws {
    let system = try items(
      #"""
      {"messages":[{"id":"m1","timestamp":"2","type":"system","system":{"type":"user_changed_user_id",
       "body":"User X changed from US.9 to US.8 changed from US.1 to US.2","user_id":"US.2"}}]}
      """#
    )
    let update = try items(
      #"""
      {"user_id_update":[{"detail":"User id for X has been updated.",
       "user_id":{"previous":"US.1","current":"US.2"},"timestamp":"3"}]}
      """#,
      field: "user_id_update"
    )
    guard case .move(let first) = try #require(system.first),
      case .move(let second) = try #require(update.first)
    else { throw Unexpected(system + update) }
    #expect(first.origin.address == "US.1")
    #expect(first.address == "US.2")
    #expect(second.origin.address == "US.1")
    #expect(second.address == "US.2")
    #expect(first.providerID == second.providerID)
  }

  @Test func aMoveNamesTheUserIDThatCameWithIt() throws {
    let shown = try items(
      #"""
      {"messages":[{"from":"44","id":"m1","type":"system","system":{"type":"user_changed_number",
       "wa_id":"45","user_id":"US.2","previous_user_id":"US.1"}}]}
      """#)
    let hidden = try items(
      #"""
      {"messages":[{"id":"m1","type":"system","system":{"type":"user_changed_number",
       "user_id":"US.2","previous_user_id":"US.1"}}]}
      """#)
    guard case .move(let number) = try #require(shown.first), case .move(let id) = try #require(hidden.first)
    else { throw Unexpected(shown + hidden) }
    #expect(number.origin.address == "44" && number.address == "45" && number.alias == "US.2")
    #expect(id.origin.address == "US.1" && id.address == "US.2" && id.alias == nil)
  }

  @Test(arguments: [
    // Whoever shows a number is known by the user id, too.
    (
      #"{"user_id_update":[{"wa_id":"44","user_id":{"previous":"US.1","current":"US.2"}}]}"#,
      "user_id_update", "move to US.2"
    ),
    (
      #"{"messages":[{"from":"44","id":"m1","type":"system","system":{"type":"user_changed_user_id","#
        + #""wa_id":"45","user_id":"US.2"}}]}"#,
      "messages", "move to 45"
    ),
    (
      #"{"messages":[{"from":"44","id":"m1","type":"system","system":{"type":"user_changed_user_id","#
        + #""user_id":"US.2"}}]}"#,
      "messages", "move to US.2"
    ),
    (
      #"{"messages":[{"id":"m1","type":"system","system":{"type":"user_changed_user_id","user_id":"US.2","#
        + #""body":"User X changed from me to US.2"}}]}"#,
      "messages", "other system.user_changed_user_id"
    ),
    (
      #"{"messages":[{"from":"44","id":"m1","type":"system","system":{"type":"user_changed_number","#
        + #""wa_id":"44"}}]}"#,
      "messages", "other system.user_changed_number"
    ),
    (#"{"user_id_update":[{"user_id":"US.2"}]}"#, "user_id_update", "other user_id_update"),
    (#"{"user_id_update":{}}"#, "user_id_update", "other malformed"),
    (#"{"message_echoes":[7]}"#, "smb_message_echoes", "other malformed"),
    (#"{"message_echoes":[{"to":"44"}]}"#, "smb_message_echoes", "other echo.without_id"),
    (#"{"message_echoes":[{"id":"m1"}]}"#, "smb_message_echoes", "other echo.without_recipient"),
    (
      #"{"message_echoes":[{"id":"m1","to":"44","type":"reaction","reaction":{"message_id":"m0","emoji":"x"}}]}"#,
      "smb_message_echoes", "echo unsupported"
    ),
    ("[]", "smb_message_echoes", "other malformed"),
    (#"{"event":"FLAGGED"}"#, "message_template_status_update", "notice template.flagged"),
    (#"{"event":7}"#, "message_template_status_update", "notice template.unknown"),
    ("[]", "message_template_status_update", "other message_template_status_update"),
    (
      #"{"event":"THROUGHPUT_UPGRADE"}"#, "phone_number_quality_update",
      "notice number.quality.throughput_upgrade"
    ),
  ])
  func whatElseIsReportedIsReadOrCounted(value: String, field: String, expected: String) throws {
    #expect(try items(value, field: field).map(\.summary) == [expected])
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
    (#"{"messages":[{"from":"44","id":"m1","type":"image","image":{"caption":"hi"}}]}"#, "unsupported hi"),
    (
      #"{"messages":[{"from":"44","id":"m1","type":"location","location":{"latitude":91,"longitude":0}}]}"#,
      "unsupported"
    ),
    (#"{"messages":[{"from":"44","id":"m1","type":"contacts","contacts":[{"name":{}}]}]}"#, "unsupported"),
    (
      #"{"messages":[{"from":"44","id":"m1","type":"contacts","contacts":[{"phones":[{"phone":"+1"}]}]}]}"#,
      "contacts"
    ),
    (#"{"messages":[{"from":"44","id":"m1","type":"reaction","reaction":{"emoji":"x"}}]}"#, "unsupported"),
    (#"{"messages":[{"from":"44","id":"m1","type":"revoke"}]}"#, "unsupported"),
    (
      #"{"messages":[{"from":"44","id":"m1","type":"edit","edit":{"original_message_id":"m0","message":3}}]}"#,
      "edit of m0: unsupported"
    ),
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
    (
      #"{"statuses":[{"id":"m1","status":"read","recipient_id":"G","recipient_type":"group"}]}"#,
      "other status.group"
    ),
    (
      #"{"statuses":[{"id":"m1","status":"sent","recipient_id":"G","recipient_type":"group"}]}"#,
      "status sent"
    ),
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

  @Test(.timeLimit(.minutes(1))) func hugeMessagesTakeLinearTime() throws {
    let long = String(repeating: "x", count: 3 << 20)
    let text = try message(#"{"messages":[{"from":"44","id":"m","type":"text","text":{"body":"\#(long)"}}]}"#)
    #expect(text.content.text?.utf8.count == 3 << 20)
    let cards = Array(repeating: #"{"phones":[{"phone":"1"}],"emails":[{}]}"#, count: 60_000).joined(
      separator: ",")
    let contacts = try message(
      #"{"messages":[{"from":"44","id":"m","type":"contacts","contacts":[\#(cards)]}]}"#)
    #expect(contacts.content.contacts.count == 60_000)
    let nested =
      String(repeating: #"{"type":"edit","edit":{"message":"#, count: 25) + "1"
      + String(repeating: "}}", count: 25)
    let edit = try message(
      #"{"messages":[{"from":"44","id":"m","type":"edit","edit":{"message":\#(nested)}}]}"#)
    #expect(edit.content.kind == .unsupported)
    let words = String(repeating: " changed from", count: 100_000)
    let system = #"{"type":"user_changed_user_id","user_id":"US.2","body":"\#(words) US.1 to US.2"}"#
    #expect(
      try items(#"{"messages":[{"id":"m","type":"system","system":\#(system)}]}"#).map(\.summary) == [
        "move to US.2"
      ]
    )
    let blank = #"{"object":"whatsapp_business_account","entry":["# + String(repeating: " ", count: 4 << 20)
    #expect(error(blank) == .tooLarge)
  }
}
