import Channels
import Contracts
import HTTPClient
import Testing

/// What Instagram reports and Messenger does not.
@Suite struct InstagramBodyTests {
  let channel = InstagramChannel()

  func item(_ event: String, sender: String = "7", recipient: String = "1") throws -> InboundItem {
    let body = MessengerBodyTests.body(event, sender: sender, recipient: recipient, object: "instagram")
    let items = try channel.parse(body, sender: nil)
    return try #require(items.count == 1 ? items.first : nil)
  }

  func content(_ message: String) throws -> InboundContent {
    let item = try item(#""message":{"mid":"aWdf",\#(message)}"#)
    guard case .message(let message) = item else { throw Unexpected([item]) }
    return message.content
  }

  @Test func aStoryIsNamedAndItsMediaIsNot() throws {
    let url = "https://lookaside.fbsbx.com/story"
    let mention = try content(#""attachments":[{"type":"story_mention","payload":{"url":"\#(url)"}}]"#)
    #expect(
      mention
        == InboundContent(
          .unsupported, referral: Referral(source: "story_mention"), raw: #"{"type":"story_mention"}"#))
    let reply = try content(#""text":"wow","reply_to":{"story":{"url":"\#(url)","id":"55"}}"#)
    #expect(reply == InboundContent(.text, text: "wow", referral: Referral(source: "story", id: "55")))
    let gone = try content(#""is_unsupported":true,"reply_to":{"story":{"url":"\#(url)","id":"55"}}"#)
    #expect(gone.raw == #"{"type":"story_reply"}"#)
    let glance = try content(#""attachments":[{"type":"ephemeral","payload":{"url":"\#(url)"}}]"#)
    #expect(glance == InboundContent(.unsupported, raw: #"{"type":"ephemeral"}"#))
  }

  @Test func aSharedFilmIsItsTitleAndAddress() throws {
    let reel = try content(
      #""attachments":[{"type":"ig_reel","payload":{"reel_video_id":1,"title":"T","url":"https://c.example/r"}}]"#
    )
    #expect(reel.kind == .text)
    #expect(reel.text == "T\nhttps://c.example/r")
    #expect(
      try content(#""attachments":[{"type":"share","payload":{"url":"https://c.example/p"}}]"#).text
        == "https://c.example/p")
  }

  @Test func anUnsentMessageIsTakenBack() throws {
    let item = try item(#""message":{"mid":"aWdf","is_deleted":true}"#)
    guard case .deletion(let deletion) = item else { throw Unexpected([item]) }
    #expect(deletion.target == "aWdf")
    #expect(deletion.origin.address == "7")
  }

  @Test func beingSeenNamesAMessage() throws {
    let item = try item(#""read":{"mid":"aWdf"}"#)
    guard case .status(let status) = item else { throw Unexpected([item]) }
    #expect(status.providerID == "aWdf")
    #expect(status.status == .read)
  }

  @Test func anIceBreakerIsAMessage() throws {
    let item = try item(#""postback":{"mid":"aWdf","title":"Open today?","payload":"HOURS"}"#)
    guard case .message(let message) = item else { throw Unexpected([item]) }
    #expect(message.content == InboundContent(.text, text: "Open today?", payload: "HOURS"))
  }

  @Test func aChangeWithoutATextIsNoEdit() throws {
    #expect(try item(#""message_edit":{"mid":"aWdf","num_edit":0}"#) == .other(kind: "edit.without_text"))
    #expect(
      try item(#""message_edit":{"mid":"aWdf","text":"x","num_edit":1}"#).summary == "edit of aWdf: text x")
  }

  @Test func anEchoOfTheAppIsAPersons() throws {
    let echo = #""message":{"mid":"aWdf","is_echo":true,"text":"hello"}"#
    guard case .echo(let message) = try item(echo, sender: "1", recipient: "7") else {
      throw Unexpected([try item(echo)])
    }
    #expect(message.origin.address == "7")
  }

  @Test func callsOfBothServicesAreAuthenticByTheirSignature() {
    let secrets = ConnectionCreated.Private(
      account: "1", appSecret: MetaSignatureTests.secret, verifyToken: "right", accessToken: "t")
    for channel: any WebhookChannel in [MessengerChannel(), InstagramChannel()] {
      func isAuthentic(_ code: String) -> Bool {
        let headers = HTTPHeaders([("X-Hub-Signature-256", "sha256=" + code)])
        return channel.isAuthentic(
          WebhookCall(headers: headers, body: MetaSignatureTests.body), for: secrets)
      }
      #expect(isAuthentic(MetaSignatureTests.code))
      #expect(!isAuthentic(String(MetaSignatureTests.code.reversed())))
    }
  }

  @Test func aCommentIsNoConversation() throws {
    let body =
      #"{"object":"instagram","entry":[{"id":"1","changes":[{"field":"comments","value":{"id":"9"}}]}]}"#
    #expect(try channel.parse(body, sender: nil) == [.other(kind: "comments")])
  }
}
