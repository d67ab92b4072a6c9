import Channels
import Contracts
import FoundationEssentials
import JSON
import Testing

/// Updates from elsewhere, each with what it must become.
@Suite struct TelegramCasesTests {
  let channel = TelegramChannel()
  let connection = ConnectionCreated.Private(
    account: "foo_bot", appSecret: nil, verifyToken: "s", accessToken: "111111111:t")

  static let expected: [String: [String]] = {
    var expected: [String: [String]] = [
      "animation": ["attachment video"],
      "audio": ["attachment audio"],
      // Of a business account that the update does not name.
      "business_message": ["other business_message.without_connection"],
      "edited_business_message": ["other edited_business_message.without_connection"],
      "callback_query": ["text thedata"],
      "callback_query_complex": ["text c=uud&pid=1&bid=1"],
      "chat_shared": ["unsupported"],
      "checklist": ["unsupported"],
      "command": ["text /test"],
      "command_tag_wrong": ["text /test@bar"],
      "command_with_parameters": ["text /register HR John Doe"],
      "contact": ["contacts"],
      "dice": ["unsupported"],
      "document": ["attachment document"],
      "edited_message": ["edit of 999999999/23762: text Editing this message"],
      "entities": ["text test bold underline 😆👍 look here (http://google.it/)"],
      "game": ["unsupported"],
      "giveaway": ["unsupported"],
      "invoice": ["unsupported"],
      "location": ["location"],
      "message": ["text Ciao"],
      "message_forward_origin": ["text Ciao"],
      "message_general_topic": ["other group.not_addressed"],
      "message_general_topic_reply": ["other group.not_addressed"],
      "message_reaction": ["reaction to 456/123: ❤️🤡custom_emoji/1234567890123456789"],
      "edited_channel_post": ["edit of 456/123: text Ciao"],
      "message_topic": ["other group.not_addressed"],
      "migrate_to_chat_id": ["move to 123456789"],
      "not_command": ["text aa /test"],
      "paid_media_purchased": ["other purchased_paid_media"],
      "photo": ["attachment image asdasdasdasdasdasd"],
      "refunded_payment": ["unsupported"],
      "successful_payment": ["unsupported"],
      "text": ["text aaaaaaaaaa"],
      "users_shared": ["unsupported"],
      "venue": ["location"],
      "video": ["attachment video"],
      "video_note": ["attachment video"],
      "voice": ["attachment voice"],
      "web_app_data": ["text sadasdas"],
    ]
    for kind in [
      "chat_boost", "chat_join_request", "chosen_inline_result",
      "inline_query", "poll", "poll_answer", "removed_chat_boost",
    ] {
      expected[kind] = ["other \(kind)"]
    }
    // A message, of a kind that is not read.
    expected["guest_message"] = ["unsupported test"]
    expected["deleted_business_messages"] = ["deletion of 456@123/123", "deletion of 456@123/321"]
    for service in [
      "checklist_tasks_added", "community_chat_added", "community_chat_removed", "connected_website",
      "delete_chat_photo", "forum_topic_closed", "forum_topic_created", "forum_topic_edited",
      "giveaway_created",
      "group_chat_created", "left_chat_member", "message_auto_delete_timer_changed", "new_chat_members",
      "new_chat_photo", "pinned_message", "proximity_alert_triggered", "supergroup_chat_created",
      "video_chat_ended", "video_chat_participants_invited", "video_chat_started",
    ] {
      expected[service] = ["other service.\(service)"]
    }
    expected["message_boost_added"] = ["other service.boost_added"]
    return expected
  }()

  @Test func everyUpdateBecomesWhatItHolds() throws {
    let bodies = try Cases.telegram()
    for (name, body) in bodies {
      let items = try channel.parse(Array(body.utf8), sender: nil, for: connection)
      #expect(items.map(\.summary) == Self.expected[String(name.dropLast(5))], "\(name)")
    }
    #expect(Set(bodies.keys) == Set(Self.expected.keys.map { $0 + ".json" }))
  }

  func message(_ name: String) throws -> InboundMessage {
    let body = try #require(try Cases.telegram()[name + ".json"])
    let items = try channel.parse(Array(body.utf8), sender: nil, for: connection)
    guard items.count == 1, case .message(let message) = items[0] else { throw Unexpected(items) }
    return message
  }

  @Test func aTextHasItsSenderNameAndTime() throws {
    let message = try message("text")
    #expect(message.providerID == "12345678/123456")
    #expect(message.origin.address == "12345678")
    #expect(message.origin.name == "Mario Bros")
    #expect(message.origin.thread == nil)
    #expect(message.origin.time?.timeIntervalSince1970 == 1_631_818_904)
    #expect(message.content == InboundContent(.text, text: "aaaaaaaaaa"))
    #expect(message.partOf == nil)
  }

  @Test func theLargestSizeOfAPhotoIsTaken() throws {
    #expect(
      try message("photo").content.attachments
        == [InboundAttachment(kind: .image, source: .file("SAAS"), bytes: 84_913)])
  }

  @Test(arguments: [
    (
      "document",
      InboundAttachment(
        kind: .document, source: .file("a1b2c34d5e6f7g8h9i"), mediaType: "application/pdf",
        name: "document.pdf", bytes: 123_456)
    ),
    (
      "audio",
      InboundAttachment(
        kind: .audio, source: .file("dfhhdfhgdfghdf"), mediaType: "audio/mpeg", name: "dsagfds.mp3",
        bytes: 6_858_008)
    ),
    (
      "voice",
      InboundAttachment(
        kind: .voice, source: .file("dfghjjghdjhgd"), mediaType: "audio/ogg", name: nil, bytes: 6_448)
    ),
    (
      "video",
      InboundAttachment(
        kind: .video, source: .file("sdfsdfsdfsfsdfdsfdsfs"), mediaType: "video/mp4", name: "sdfsdfsdf.mp4",
        bytes: 4_713_412)
    ),
    ("video_note", InboundAttachment(kind: .video, source: .file("dfgfdgdfgdfggdfgdf"), bytes: 290_925)),
    (
      "animation",
      InboundAttachment(
        kind: .video, source: .file("sdaafsghhjhgkkygrssgdfghgfdgh"), mediaType: "video/mp4",
        name: "lol.mp4", bytes: 276_942)
    ),
  ])
  func aFileIsKnownAsTelegramDescribesIt(name: String, expected: InboundAttachment) throws {
    #expect(try message(name).content.attachments == [expected])
  }

  @Test func placesAndCardsAreRead() throws {
    #expect(
      try message("location").content.location == Location(latitude: 41.899977, longitude: 12.501028))
    #expect(
      try message("venue").content.location
        == Location(
          latitude: 41.899977, longitude: 12.501028, name: "McDonald's", address: "Via Giolitti 65"))
    #expect(try message("contact").content.contacts == [ContactCard(name: "911", phones: ["911"])])
  }

  @Test func aButtonAnswersTheMessageThatItIsUnder() throws {
    let message = try message("callback_query")
    #expect(message.providerID == "222222222/69587/callback/666728699048485871")
    #expect(message.origin.address == "222222222")
    #expect(message.origin.name == "Mario")
    #expect(message.origin.thread == nil)
    #expect(message.origin.time == nil)
    #expect(message.content.payload == "thedata")
    #expect(message.content.replyTo == "222222222/69587")
  }

  @Test func anEditSaysWhatTheMessageSaysNow() throws {
    let body = try #require(try Cases.telegram()["edited_message.json"])
    let items = try channel.parse(body, sender: nil)
    guard case .edit(let edit) = try #require(items.first) else { throw Unexpected(items) }
    #expect(edit.providerID == "999999999/23762/edit/62257549")
    #expect(edit.origin.time?.timeIntervalSince1970 == 1_584_985_245)
    #expect(edit.content.replyTo == "999999999/23758")
  }

  @Test func whatIsNotWhollyUnderstoodKeepsItsJSON() throws {
    for name in ["dice", "successful_payment", "message_forward_origin", "users_shared"] {
      let message = try message(name)
      let raw = try JSONValue(parsing: #require(message.content.raw).utf8)
      #expect(raw["message_id"]?.int != nil, "\(name)")
    }
    #expect(try message("message").content.raw == nil)
    #expect(try message("web_app_data").content.payload == "asdfsaasd")
  }
}
