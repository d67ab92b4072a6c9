import Channels
import Contracts
import FoundationEssentials
import JSON
import Testing

/// What the bodies from elsewhere hold, member by member.
@Suite struct WhatsAppContentTests {
  private func item(_ name: String) throws -> InboundItem {
    let body = try #require(try Cases.whatsApp()[name + ".json"])
    return try #require(try WhatsAppChannel().parse(body, sender: nil).first)
  }

  private func message(_ name: String) throws -> InboundMessage {
    let item = try item(name)
    switch item {
    case .message(let message), .echo(let message): return message
    default: throw Unexpected([item])
    }
  }

  @Test func aTextHasItsSenderNameTimeAndAccount() throws {
    let message = try message("message__text")
    #expect(message.providerID == "wamid.xyzxyz")
    #expect(
      message.origin
        == InboundOrigin(
          account: "1122334455667",
          address: "972987654321",
          name: "Test Name",
          time: Date(timeIntervalSince1970: 1_697_043_223)
        )
    )
    #expect(message.content == InboundContent(.text, text: "Body Text"))
  }

  @Test func aReplyNamesTheMessageThatItAnswers() throws {
    #expect(
      try message("message__reply").content
        == InboundContent(.text, text: "replied text", replyTo: "wamid.xyzxyz==")
    )
    #expect(try message("message__forwarded").content.replyTo == nil)
  }

  @Test(arguments: [
    ("callback_button__button", "wamid.xyzxyz"), ("callback_button__quick_reply", "wamid.xyzxyz=="),
    ("callback_button__quick_reply_without_context", nil), ("callback_selection__callback", "wamid.xyzxyz"),
    ("callback_selection__description", "wamid.xyzxyz"),
  ])
  func aChoiceHasItsTitleItsDataAndTheMessageThatItWasMadeIn(name: String, replyTo: String?) throws {
    #expect(
      try message(name).content
        == InboundContent(.text, text: "title", payload: "callback_data", replyTo: replyTo)
    )
  }

  @Test func aFileHasItsIDTypeNameAndChecksum() throws {
    let voice = try message("message__voice").content
    #expect(
      voice.attachments == [
        InboundAttachment(
          kind: .voice,
          source: .file("1234567890987654321"),
          mediaType: "audio/ogg",
          sha256: "9b4e2915fd8445d6a8a53c859063c0d3e6d7de2f986367588151703a00cb4832"
        )
      ]
    )
    let document = try message("message__document").content
    #expect(document.text == "caption")
    // This checksum is none of 32 bytes.
    #expect(
      document.attachments == [
        InboundAttachment(
          kind: .document,
          source: .file("1234567890987654321"),
          mediaType: "application/pdf",
          name: "filename.pdf"
        )
      ]
    )
    // The address lasts for minutes, the id for a week.
    #expect(try message("message__media_with_url").content.attachments.map(\.source) == [.file("65463453")])
  }

  @Test func aPlaceHasItsCoordinatesNameAndAddress() throws {
    #expect(
      try message("message__chosen_location").content.location
        == Location(
          latitude: 37.4611978,
          longitude: -122.2164385,
          name: "Facebook HQ",
          address: "1 Hacker Way, Menlo Park, CA 94025"
        )
    )
    #expect(
      try message("message__current_location").content.location
        == Location(latitude: 12.25089, longitude: 43.90539)
    )
  }

  @Test func addressCardsHaveTheirNamesAndNumbers() throws {
    let content = try message("message__contacts").content
    #expect(
      content.contacts == [
        ContactCard(name: "Chandler Bing", phones: ["+1 555-555-5555"]),
        ContactCard(name: "Monica", phones: ["+1 666-666-6666"]),
        ContactCard(name: "Rachel Green", phones: ["+1 777-777-7777"]),
      ]
    )
    #expect(content.raw?.contains("first_name") == true)
  }

  @Test func anOrderKeepsItsThings() throws {
    let content = try message("message__order").content
    let raw = try JSONValue(parsing: #require(content.raw).utf8)
    #expect(raw["order"]?["product_items"]?.array?.count == 3)
  }

  @Test func whatBroughtTheContactHereIsKept() throws {
    let content = try message("message__referral").content
    #expect(content.kind == .text)
    #expect(
      content.referral
        == Referral(source: "ad or post", id: "ADID", url: "AD_OR_POST_FB_URL", headline: "AD_TITLE")
    )
    #expect(content.raw?.contains("CTWA_CLID") == true)
  }

  @Test func anEditHoldsAllThatTheMessageSaysNow() throws {
    guard case .edit(let edit) = try item("edited_message__image") else { throw Unexpected([]) }
    #expect(edit.providerID == "wamid.HBgLMTY1MDM4Nzk0MzkVAgASGBQzQUFERjg0NDEzNDdFODU3MUMxMAA=")
    #expect(edit.origin.address == "16505551234")
    #expect(edit.content.text == "Updated image caption")
    #expect(edit.content.replyTo == "M0")
    #expect(edit.content.attachments.map(\.source) == [.file("1234567890")])
  }

  @Test func anEchoIsAboutTheContactThatItWentTo() throws {
    let echo = try message("outgoing_message__text")
    #expect(echo.origin.address == "<WHATSAPP_USER_PHONE_NUMBER>")
    #expect(echo.origin.account == "1122334455667")
    guard case .deletion(let deletion) = try item("outgoing_message__delete") else { throw Unexpected([]) }
    #expect(deletion.origin.address == "972123456789")
  }

  @Test func aReactionIsOfItsContactAndTakenBackByNone() throws {
    guard case .reaction(let given) = try item("message__reaction") else { throw Unexpected([]) }
    #expect(given.reactions == ["😮"])
    #expect(given.origin.address == "972987654321")
    for name in ["message__unreaction_empty", "message__unreaction_no_emoji"] {
      guard case .reaction(let taken) = try item(name) else { throw Unexpected([]) }
      #expect(taken.reactions == [])
    }
  }

  @Test func aNewNumberMovesTheContact() throws {
    guard case .move(let move) = try item("system__phone_number_change") else { throw Unexpected([]) }
    #expect(move.providerID == "wamid.xyzxyz==")
    #expect(move.origin.address == "972987654321")
    #expect(move.address == "972912345678")
  }

  @Test func aNoticeKeepsItsTimeAndItsJSON() throws {
    guard case .notice(let notice) = try item("template_status_update__rejected") else {
      throw Unexpected([])
    }
    #expect(notice.time == Date(timeIntervalSince1970: 1_751_247_548))
    #expect(notice.account == nil)
    let raw = try JSONValue(parsing: notice.raw.utf8)
    #expect(raw["value"]?["message_template_name"]?.string == "abandoned_cart")
    #expect(raw["value"]?["reason"]?.string == "INVALID_FORMAT")
  }

  @Test func whatIsNotUnderstoodKeepsItsJSON() throws {
    let content = try message("flow_completion__completion").content
    #expect(content.replyTo == "wamid.gvwegfretge==")
    let raw = try JSONValue(parsing: #require(content.raw).utf8)
    #expect(raw["interactive"]?["nfm_reply"]?["response_json"]?.string?.contains("delivery_rating") == true)
  }
}
