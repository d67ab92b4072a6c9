import Channels
import Contracts
import FoundationEssentials
import Testing

/// Bodies of the forms that Meta documents.
@Suite struct MessengerBodyTests {
  let channel = MessengerChannel()

  /// A body of one event of the contact `7` on the page `1`.
  static func body(_ event: String, sender: String = "7", recipient: String = "1", object: String = "page")
    -> String
  {
    #"{"object":"\#(object)","entry":[{"id":"1","time":1458692752478,"messaging":[{"sender":{"id":"\#(sender)"},"#
      + #""recipient":{"id":"\#(recipient)"},"timestamp":1458692752478,\#(event)}]}]}"#
  }

  func item(_ event: String, sender: String = "7", recipient: String = "1") throws -> InboundItem {
    let items = try channel.parse(Self.body(event, sender: sender, recipient: recipient), sender: nil)
    return try #require(items.count == 1 ? items.first : nil)
  }

  func content(_ message: String) throws -> InboundContent {
    let item = try item(#""message":{"mid":"m_1",\#(message)}"#)
    guard case .message(let message) = item else { throw Unexpected([item]) }
    return message.content
  }

  @Test func aMessageOfAKindThatIsNotKnownIsKeptAsItCame() throws {
    let raw = #"{"mid":"m_9","text":"hi","shape":"new"}"#
    guard case .message(let message) = try item(#""message_v2":\#(raw)"#) else { throw Unexpected([]) }
    #expect(message.providerID == "m_9" && message.origin.address == "7")
    #expect(message.content == InboundContent(.unsupported, text: "hi", raw: raw))
    // Nobody wrote what names no message, and the page's own words are none of the contact's.
    #expect(try item(#""vote":{"option":"a"}"#) == .other(kind: "vote"))
    #expect(try item(#""message_v2":\#(raw)"#, sender: "1", recipient: "7") == .other(kind: "message_v2"))
    #expect(try item(#""message_v2":{"mid":""}"#) == .other(kind: "message_v2"))
    // This names a message of ours.
    #expect(
      try item(#""response_feedback":{"feedback":"Good response","mid":"m_9"}"#)
        == .other(kind: "response_feedback"))
  }

  @Test func filesOfEveryKindAreAttachments() throws {
    let files = [
      ("image", AttachmentKind.image), ("audio", .audio), ("video", .video), ("file", .document),
      ("sticker", .sticker),
    ]
    let json = files.map { #"{"type":"\#($0.0)","payload":{"url":"https://x.fbcdn.net/\#($0.0)"}}"# }
    let content = try content(#""text":"all","attachments":[\#(json.joined(separator: ","))]"#)
    #expect(content.kind == .attachment)
    #expect(content.text == "all")
    #expect(content.raw == nil)
    #expect(
      content.attachments
        == files.map { InboundAttachment(kind: $0.1, source: .url("https://x.fbcdn.net/\($0.0)")) })
  }

  @Test(arguments: [("STOP NOTIFICATIONS", ConsentState.optedOut), ("RESUME_NOTIFICATIONS", .optedIn)])
  func whoStopsMarketingMessagesSaysSo(status: String, state: ConsentState) throws {
    let optin = #""optin":{"type":"notification_messages","notification_messages_status":"\#(status)"}"#
    guard case .consent(let consent) = try item(optin) else { throw Unexpected([try item(optin)]) }
    #expect(consent.state == state && consent.scope == .marketing && consent.origin.address == "7")
    let first = #""optin":{"type":"notification_messages","payload":"P"}"#
    guard case .message = try item(first) else { throw Unexpected([try item(first)]) }
  }

  @Test func aStickerThatComesAsAnImageTooIsOne() throws {
    let payload = #""payload":{"url":"https://x.fbcdn.net/s","sticker_id":369239263222822}"#
    let both = try content(#""attachments":[{"type":"image",\#(payload)},{"type":"sticker",\#(payload)}]"#)
    let old = try content(#""attachments":[{"type":"image",\#(payload)}]"#)
    let sticker = InboundAttachment(kind: .sticker, source: .url("https://x.fbcdn.net/s"))
    #expect(both == InboundContent(.attachment, attachments: [sticker]))
    #expect(old == both)
  }

  @Test func anAnswerNamesWhatItAnswers() throws {
    let content = try content(#""text":"yes","reply_to":{"mid":"m_0","is_self_reply":false}"#)
    #expect(content == InboundContent(.text, text: "yes", replyTo: "m_0"))
  }

  @Test func aLocationIsAPlace() throws {
    let place = #"{"type":"location","title":"Home","payload":{"coordinates":{"lat":1.5,"long":-2}}}"#
    #expect(
      try content(#""attachments":[\#(place)]"#)
        == InboundContent(.location, location: Location(latitude: 1.5, longitude: -2, name: "Home")))
    let nowhere = try content(
      #""attachments":[{"type":"location","payload":{"coordinates":{"lat":91,"long":0}}}]"#)
    #expect(nowhere.kind == .unsupported && nowhere.location == nil && nowhere.raw != nil)
  }

  @Test func whatIsPassedOnIsItsTitleAndAddress() throws {
    let post = try content(
      #""attachments":[{"type":"post","payload":{"title":"Sale","url":"https://f.example/1"}}]"#)
    #expect(post.kind == .text)
    #expect(post.text == "Sale\nhttps://f.example/1")
    #expect(post.raw != nil)
    let link = try content(
      #""text":"see https://a.example","attachments":[{"type":"fallback","payload":null,"title":"A"}]"#)
    #expect(link.text == "see https://a.example")
  }

  @Test func whatIsUnknownIsKept() throws {
    let product = try content(
      #""attachments":[{"type":"template","title":"Shoe","payload":{"product":{"elements":[]}}}]"#)
    #expect(product.kind == .unsupported)
    #expect(product.text == "Shoe")
    #expect(product.raw?.contains("elements") == true)
    #expect(try content(#""is_unsupported":true"#).kind == .unsupported)
    #expect(try content(#""attachments":7"#).kind == .unsupported)
  }

  @Test func anAdvertisementIsNamed() throws {
    let content = try content(
      #""text":"hi","referral":{"ref":"R","ad_id":42,"source":"ADS","type":"OPEN_THREAD","#
        + #""ads_context_data":{"ad_title":"Shoes","post_id":"9"}}"#)
    #expect(content.referral == Referral(source: "ADS", id: "42", headline: "Shoes", payload: "R"))
  }

  @Test func aPersonsEchoIsToldFromAProgramsAndOurs() throws {
    func echo(_ more: String) throws -> InboundItem {
      try item(#""message":{"is_echo":true,"mid":"m_1","text":"hi"\#(more)}"#, sender: "1", recipient: "7")
    }
    for more in ["", #","app_id":263902037430900"#, #","app_id":"1217981644879628""#] {
      guard case .echo(let message) = try echo(more) else { throw Unexpected([try echo(more)]) }
      #expect(message.origin.address == "7")
      #expect(message.content.text == "hi")
    }
    #expect(try echo(#","app_id":42"#) == .other(kind: "echo.app"))
    let own = #","app_id":42,"metadata":"aigentable/0193a6f0-52ab-7c1e-8f3e-0123456789ab""#
    guard case .status(let status) = try echo(own) else { throw Unexpected([try echo(own)]) }
    let id = try #require(MessageID("0193a6f0-52ab-7c1e-8f3e-0123456789ab"))
    #expect(status.mark == SendMark(id) && status.status == .sent && status.providerID == "m_1")
    #expect(status.origin.address == "7")
    guard case .status(let part) = try echo(#","metadata":"aigentable/\#(id)/2""#) else {
      throw Unexpected([])
    }
    #expect(part.mark == SendMark(id, part: 2))
    // Of before marks named messages, and of nothing that we write.
    let odd = [
      "x", "\(id)/-1", "\(id)/01", "\(id)/1000", "\(id)/1/2", "\(id)/", String(repeating: "7", count: 99),
    ]
    for text in odd {
      #expect(try echo(#","metadata":"aigentable/\#(text)""#) == .other(kind: "echo.own"), "\(text)")
    }
  }

  @Test func reactionsComeAndGo() throws {
    func reactions(_ more: String) throws -> InboundReaction {
      let item = try item(#""reaction":{"mid":"m_0",\#(more)}"#)
      guard case .reaction(let reaction) = item else { throw Unexpected([item]) }
      return reaction
    }
    let given = try reactions(#""action":"react","reaction":"love","emoji":"\u2764\uFE0F""#)
    #expect(given.reactions == ["❤️"])
    #expect(given.target == "m_0")
    #expect(given.providerID == "m_0/reaction/1458692752478")
    #expect(try reactions(#""action":"react","reaction":"love""#).reactions == ["love"])
    #expect(try reactions(#""action":"unreact""#).reactions == [])
  }

  @Test func anEditHoldsWhatIsSaidNow() throws {
    let item = try item(#""message_edit":{"mid":"m_0","text":"two","num_edit":2}"#)
    guard case .edit(let edit) = item else { throw Unexpected([item]) }
    #expect(edit.target == "m_0")
    #expect(edit.providerID == "m_0/edit/2")
    #expect(edit.content == InboundContent(.text, text: "two"))
  }

  @Test func aPostbackHasTheIDOfItsMessage() throws {
    let item = try item(#""postback":{"mid":"m_9","payload":"START"}"#)
    guard case .message(let message) = item else { throw Unexpected([item]) }
    #expect(message.providerID == "m_9")
    #expect(message.content == InboundContent(.text, text: "START", payload: "START"))
  }

  /// What happens while another app has the conversation.
  private func standby(_ event: String) throws -> [InboundItem] {
    try channel.parse(
      #"{"object":"page","entry":[{"id":"1","standby":[{"sender":{"id":"7"},"recipient":{"id":"1"},"#
        + #""timestamp":1458692752478,\#(event)}]}]}"#, sender: nil)
  }

  @Test func whatTheContactSaysToAnotherAppIsKeptAndNotForTheAgent() throws {
    func message(_ event: String) throws -> InboundMessage {
      let items = try standby(event)
      guard items.count == 1, case .message(let message) = items.first else { throw Unexpected(items) }
      return message
    }
    let said = try message(#""message":{"mid":"m_1","text":"hi"}"#)
    #expect(said.isStandby && said.providerID == "m_1" && said.origin.address == "7")
    #expect(said.content == InboundContent(.text, text: "hi"))
    let chosen = try message(#""postback":{"mid":"m_2","title":"Start","payload":"START"}"#)
    #expect(chosen.isStandby && chosen.content.payload == "START")
    let edits = try standby(#""message_edit":{"mid":"m_1","text":"ho","num_edit":1}"#)
    guard case .edit(let edit) = edits.first else { throw Unexpected(edits) }
    #expect(edit.isStandby && edit.target == "m_1")
    let others = [
      #""reaction":{"mid":"m_0","action":"react","emoji":"\u2764\uFE0F"}"#,
      #""message":{"mid":"m_1","is_deleted":true}"#, #""read":{"watermark":1458692752478}"#,
    ]
    #expect(
      try others.flatMap(standby).map(\.summary)
        == ["reaction to m_0: ❤️", "deletion of m_1", "progress read"])
    // The same message is for the agent where it is told as ours.
    let told = try item(#""message":{"mid":"m_1","text":"hi"}"#)
    guard case .message(let ours) = told else { throw Unexpected([told]) }
    #expect(!ours.isStandby && ours.providerID == said.providerID)
  }

  @Test func conversationsOfOtherAppsAreCounted() throws {
    let standby =
      #"{"object":"page","entry":[{"id":"1","standby":[{"sender":{"id":"7"}},{"sender":{"id":"8"}}]}]}"#
    #expect(
      try channel.parse(standby, sender: nil) == [.other(kind: "standby"), .other(kind: "standby")])
    // Meta's inbox has the conversation once a person writes there.
    func told(_ sender: String, _ recipient: String, _ message: String) throws -> String {
      let event =
        #"{"sender":{"id":"\#(sender)"},"recipient":{"id":"\#(recipient)"},"timestamp":1458692752478,"#
        + #""message":{"mid":"m_1","text":"hi"\#(message)}}"#
      let items = try channel.parse(
        #"{"object":"page","entry":[{"id":"1","standby":[\#(event)]}]}"#, sender: nil)
      guard case .echo(let echo) = items.first, items.count == 1 else {
        return items.map(\.summary).joined(separator: ", ")
      }
      return "echo to \(echo.origin.address)"
    }
    #expect(try told("1", "7", #","is_echo":true,"app_id":263902037430900"#) == "echo to 7")
    #expect(try told("1", "7", #","is_echo":true,"app_id":42"#) == "other standby")
    #expect(try told("1", "7", #","is_echo":true"#) == "other standby")
    for (kind, owner) in [
      ("pass_thread_control", "263902037430900"), ("pass_thread_control", ""), ("take_thread_control", "1"),
      ("request_thread_control", "1"),
    ] {
      #expect(try item(#""\#(kind)":{"new_owner_app_id":"\#(owner)"}"#) == .other(kind: kind))
    }
  }

  /// The app that is told of it is the one that it goes to.
  @Test func aConversationIsOursOnceItIsPassedToUs() throws {
    let passed = #""pass_thread_control":{"previous_owner_app_id":"263902037430900","new_owner_app_id":"42"}"#
    guard case .control(let control) = try item(passed) else { throw Unexpected([try item(passed)]) }
    #expect(control.origin.address == "7" && !control.providerID.isEmpty)
    let event = #"{"sender":{"id":"7"},"recipient":{"id":"1"},"timestamp":1458692752478,\#(passed)}"#
    let standby = #"{"object":"page","entry":[{"id":"1","standby":[\#(event)]}]}"#
    #expect(try channel.parse(standby, sender: nil) == [.other(kind: "standby")])
  }

  @Test func everyEntryIsOfItsPage() throws {
    func entry(_ page: String) -> String {
      #"{"id":"\#(page)","messaging":[{"sender":{"id":"7"},"recipient":{"id":"\#(page)"},"timestamp":"1458692752","#
        + #""message":{"mid":"m_\#(page)","text":"hi"}}]}"#
    }
    let body = #"{"object":"page","entry":[\#(entry("1")),\#(entry("2")),{"id":"3"}]}"#
    let items = try channel.parse(body, sender: nil)
    #expect(items.map(\.summary) == ["text hi", "text hi", "other malformed"])
    #expect(items.compactMap { $0.origin?.account } == ["1", "2"])
    #expect(items.first?.origin?.time?.timeIntervalSince1970 == 1_458_692_752)
  }

  @Test func changesAreReadWhereTheyAreEvents() throws {
    let event = #"{"sender":{"id":"7"},"recipient":{"id":"1"},"message":{"mid":"m_1","text":"hi"}}"#
    let body =
      #"{"object":"page","entry":[{"id":"1","changes":[{"field":"messages","value":\#(event)},"#
      + #"{"field":"feed","value":{"item":"post"}},{"field":"Feed!"},4]}]}"#
    #expect(
      try channel.parse(body, sender: nil).map(\.summary)
        == ["text hi", "other feed", "other unknown", "other malformed"])
  }

  @Test(arguments: [
    ("", ChannelError.Code.notJSON), ("[]", .wrongShape), ("{}", .wrongShape),
    (#"{"object":"instagram","entry":[]}"#, .wrongShape), (#"{"object":"page","entry":{}}"#, .wrongShape),
    (#"{"object":"page","entry":[]"#, .notJSON),
  ])
  func aBodyOfAnotherShapeIsRefused(body: String, code: ChannelError.Code) {
    let error = #expect(throws: ChannelError.self) { try channel.parse(body, sender: nil) }
    #expect(error?.code == code)
  }

  @Test func aBodyIsBounded() throws {
    let many = Array(repeating: "1", count: 10_001).joined(separator: ",")
    let error = #expect(throws: ChannelError.self) {
      try channel.parse(#"{"object":"page","entry":[\#(many)]}"#, sender: nil)
    }
    #expect(error?.code == .tooManyItems)
    let ids = Array(repeating: #""m_1""#, count: 10_000).joined(separator: ",")
    let mids = #expect(throws: ChannelError.self) {
      try channel.parse(Self.body(#""delivery":{"mids":[\#(ids)],"watermark":1458692752478}"#), sender: nil)
    }
    #expect(mids?.code == .tooManyItems)
    let large = #expect(throws: ChannelError.self) {
      try channel.parse([UInt8](repeating: 0x20, count: 4 << 20 + 1), sender: nil)
    }
    #expect(large?.code == .tooLarge)
  }
}
