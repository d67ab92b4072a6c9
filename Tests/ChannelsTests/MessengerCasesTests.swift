import Channels
import Contracts
import FoundationEssentials
import Testing

/// Bodies from elsewhere, each with what it must become.
@Suite struct MessengerCasesTests {
  let channel = MessengerChannel()

  static let expected: [String: [String]] = [
    "shouldHandleAccountLinkingEventWithStatusLinked": ["other account_linking"],
    "shouldHandleAccountLinkingEventWithStatusUnlinked": ["other account_linking"],
    "shouldHandleAdReferralEvent": ["unsupported"],
    "shouldHandleAttachmentMessageEvent": [
      "attachment image <TITLE_OF_THE_URL_ATTACHMENT>\n<URL_OF_THE_ATTACHMENT>"
    ],
    "shouldHandleDiscoverTabReferralEvent": ["unsupported"],
    "shouldHandleEventTypeThatIsUnsupported": ["unsupported"],
    "shouldHandleInstantGameEvent": ["other game_play"],
    "shouldHandleMeLinkReferralEvent": ["unsupported"],
    "shouldHandleMessageDeliveredEventWithMids": ["status delivered", "progress delivered"],
    "shouldHandleMessageDeliveredEventWithoutMids": ["progress delivered"],
    "shouldHandleMessageReadEvent": ["progress read"],
    "shouldHandleOptInEventWithSenderId": ["unsupported"],
    "shouldHandleOptInEventWithUserRef": ["other optin.without_sender"],
    "shouldHandleParametricMessengerCodeReferralEvent": ["unsupported"],
    "shouldHandlePostbackEvent": ["text <TITLE_FOR_THE_CTA>"],
    "shouldHandlePostbackEventWithoutReferral": ["text <TITLE_FOR_THE_CTA>"],
    "shouldHandleQuickReplyMessageEvent": ["text hello, world!"],
    "shouldHandleTemplateEchoMessageEvent": ["other echo.app"],
    "shouldHandleTextEchoMessageEvent": ["other echo.app"],
    "shouldHandleTextMessageEvent": ["text hello, text message world!"],
    "shouldHandleTextMessageEventWithNlp": ["text hello, text message world!"],
    "shouldHandleTextMessageEventWithPriorMessage": ["text Thanks for messaging me!"],
    "shouldThrowExceptionIfSignatureIsInvalid": ["text CHANGED_TEXT_SO_SIGNATURE_IS_INVALID"],
    "shouldVerifyTheGivenSignature": ["text 34wrr3wr"],
  ]

  @Test func everyBodyBecomesWhatItHolds() throws {
    var bodies = try Cases.messenger()
    let removed = bodies.removeValue(forKey: "shouldThrowExceptionIfObjectTypeIsNotPage.json")
    let foreign = try #require(removed)
    #expect(throws: ChannelError(.wrongShape, "object is not page")) {
      try channel.parse(foreign, sender: nil)
    }
    for (name, body) in bodies {
      let items = try channel.parse(body, sender: nil)
      #expect(items.map(\.summary) == Self.expected[String(name.dropLast(5))], "\(name)")
      #expect(items.allSatisfy { $0.isSound }, "\(name)")
    }
    #expect(Set(bodies.keys) == Set(Self.expected.keys.map { $0 + ".json" }))
  }

  @Test func aBodyThatComesAgainIsTheSame() throws {
    for (name, body) in try Cases.messenger() where Self.expected[String(name.dropLast(5))] != nil {
      #expect(try channel.parse(body, sender: nil) == channel.parse(body, sender: nil), "\(name)")
    }
  }

  func item(_ name: String) throws -> InboundItem {
    let items = try channel.parse(#require(try Cases.messenger()["shouldHandle\(name).json"]), sender: nil)
    return try #require(items.first)
  }

  func message(_ name: String) throws -> InboundMessage {
    guard case .message(let message) = try item(name) else { throw Unexpected([try item(name)]) }
    return message
  }

  @Test func aTextHasItsSenderTimeAndPage() throws {
    let message = try message("TextMessageEvent")
    #expect(message.providerID == "mid.1457764197618:41d102a3e1ae206a38")
    #expect(message.origin.address == "USER_ID")
    #expect(message.origin.account == "PAGE_ID")
    #expect(message.origin.thread == nil)
    #expect(message.origin.time?.timeIntervalSince1970 == 1_458_692_752.478)
    #expect(message.content == InboundContent(.text, text: "hello, text message world!"))
  }

  @Test func attachmentsHaveAddressesPlacesAndWhatIsLeft() throws {
    let content = try message("AttachmentMessageEvent").content
    #expect(content.attachments == [InboundAttachment(kind: .image, source: .url("http://image.url"))])
    #expect(content.location == Location(latitude: 52.3765533, longitude: 9.7389123))
    #expect(content.raw?.contains("<URL_OF_THE_ATTACHMENT>") == true)
  }

  @Test func aChoiceHasItsPayload() throws {
    #expect(try message("QuickReplyMessageEvent").content.payload == "DEVELOPER_DEFINED_PAYLOAD")
    let postback = try message("PostbackEvent")
    #expect(postback.providerID == "made/postback/<PSID>/1458692752478")
    #expect(postback.content.payload == "<USER_DEFINED_PAYLOAD>")
    #expect(
      postback.content.referral
        == Referral(
          source: "<SHORTLINK>", id: "<ID OF THE AD>", payload: "<REF DATA IF SPECIFIED IN THE AD>"))
    #expect(try message("PostbackEventWithoutReferral").content.referral == nil)
  }

  @Test func whatBroughtAContactHereIsKept() throws {
    #expect(
      try message("AdReferralEvent").content.referral
        == Referral(source: "ADS", id: "<ID OF THE AD>", payload: "<REF DATA IF SPECIFIED IN THE AD>"))
    #expect(try message("DiscoverTabReferralEvent").content.referral == Referral(source: "DISCOVER_TAB"))
    #expect(
      try message("MeLinkReferralEvent").content.referral
        == Referral(source: "SHORTLINK", payload: "<REF DATA PASSED IN M.ME PARAM>"))
    #expect(
      try message("ParametricMessengerCodeReferralEvent").content.referral
        == Referral(source: "MESSENGER_CODE", payload: "<REF DATA PASSED IN CODE>"))
    #expect(
      try message("OptInEventWithSenderId").content.referral
        == Referral(source: "optin", payload: "PASS_THROUGH_PARAM"))
  }

  @Test func progressHasItsTime() throws {
    guard case .status(let status) = try item("MessageDeliveredEventWithMids") else {
      throw Unexpected([try item("MessageDeliveredEventWithMids")])
    }
    #expect(status.providerID == "mid.1458668856218:ed81099e15d3f4f233")
    for name in ["MessageDeliveredEventWithoutMids", "MessageReadEvent"] {
      guard case .progress(let progress) = try item(name) else { throw Unexpected([try item(name)]) }
      #expect(progress.origin.address == "USER_ID")
      #expect(progress.until.timeIntervalSince1970 == 1_458_668_856.253)
    }
  }
}
