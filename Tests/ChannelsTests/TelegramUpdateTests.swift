import Channels
import Contracts
import FoundationEssentials
import HTTPClient
import Testing

/// Updates as Telegram documents them and as nobody does.
@Suite struct TelegramUpdateTests {
  let channel = TelegramChannel()
  let connection = ConnectionCreated.Private(
    account: "@Pigeon_Bot", appSecret: nil, verifyToken: "se-cret_1", accessToken: "77:token")

  static let group = #""chat":{"id":-100,"title":"Us","type":"supergroup"}"#
  static let ada = #""from":{"id":5,"is_bot":false,"first_name":"Ada","last_name":"L"}"#
  static let bot = #"{"id":77,"is_bot":true,"first_name":"Pigeon","username":"pigeon_bot"}"#

  func items(_ kind: String, _ value: String) throws -> [InboundItem] {
    try channel.parse(Array(#"{"update_id":9,"\#(kind)":\#(value)}"#.utf8), sender: nil, for: connection)
  }

  /// In the group, from Ada.
  func said(_ members: String, kind: String = "message") throws -> [InboundItem] {
    try items(kind, #"{"message_id":3,"date":7,\#(Self.group),\#(Self.ada),\#(members)}"#)
  }

  @Test func aMessageOfAKindThatIsNotKnownIsKeptAsItCame() throws {
    let raw =
      #"{"message_id":3,"date":7,"chat":{"id":5,"type":"private"},\#(Self.ada),"text":"hi","hologram":{"a":1}}"#
    let message = try message(try items("hologram_message", raw))
    #expect(message.providerID == "5/3/hologram_message" && message.origin.address == "5")
    #expect(message.content == InboundContent(.unsupported, text: "hi", raw: raw))
    // What has no message's shape is none, and what is said to others in a group is not said to the bot.
    #expect(try items("hologram", #"{"id":"1","from":{"id":5}}"#) == [.other(kind: "hologram")])
    #expect(try said(#""text":"hi""#, kind: "hologram_message") == [.other(kind: "hologram_message")])
  }

  func message(_ items: [InboundItem]) throws -> InboundMessage {
    guard items.count == 1, case .message(let message) = items[0] else { throw Unexpected(items) }
    return message
  }

  @Test(arguments: [
    #""text":"/help""#,
    #""text":"/help@PIGEON_bot now""#,
    #""text":"Well, /help@pigeon_bot","entities":[{"type":"bot_command","offset":6,"length":16}]"#,
    #""text":"/ask@other_bot or @pigeon_bot","entities":[{"type":"mention","offset":18,"length":11}]"#,
    #""caption":"/help","photo":[{"file_id":"a","width":1,"height":1}]"#,
    #""text":"Hi @pigeon_Bot!","entities":[{"type":"mention","offset":3,"length":11}]"#,
    #""text":"😆 @pigeon_bot","entities":[{"type":"mention","offset":3,"length":11}]"#,
    #""text":"Hi Pigeon","entities":[{"type":"text_mention","offset":3,"length":6,"user":{"id":77}}]"#,
    #""text":"yes","reply_to_message":{"message_id":2,"from":\#(bot)}"#,
    #""text":"yes","reply_to_message":{"message_id":2,"from":\#(bot)},"media_group_id":"g""#,
  ])
  func whatIsSaidToTheBotInAGroupIsForIt(members: String) throws {
    let message = try message(said(members))
    #expect(message.origin.thread == "-100")
    #expect(message.origin.address == "5")
    #expect(message.origin.name == "Ada L")
    #expect(message.providerID == "-100/3")
  }

  @Test(arguments: [
    #""text":"hello all""#,
    #""text":"/help@other_bot""#,
    #""text":"Well, /help","entities":[{"type":"bot_command","offset":6,"length":5}]"#,
    #""text":"Well, /help@other_bot","entities":[{"type":"bot_command","offset":6,"length":15}]"#,
    #""text":"Hi @pigeon_bot""#,
    #""text":"Hi @pigeon_bots","entities":[{"type":"mention","offset":3,"length":12}]"#,
    #""text":"Hi @pigeon_bot","entities":[{"type":"mention","offset":3,"length":500}]"#,
    #""text":"Hi @pigeon_bot","entities":[{"type":"mention","offset":-1,"length":9223372036854775807}]"#,
    #""text":"Hi Pigeon","entities":[{"type":"text_mention","offset":3,"length":6,"user":{"id":78}}]"#,
    #""text":"yes","reply_to_message":{"message_id":2,"from":{"id":6}}"#,
    // Every message of a topic that the bot made names the message that made it.
    #""text":"yes","reply_to_message":{"message_id":2,"from":\#(bot),"forum_topic_created":{}}"#,
    #""photo":[{"file_id":"a","width":1,"height":1}]"#,
  ])
  func whatIsSaidToOthersInAGroupIsCounted(members: String) throws {
    #expect(try said(members) == [.other(kind: "group.not_addressed")])
    // Whether what is edited was said to the bot is not known here.
    let edits = try said(members, kind: "edited_message")
    guard case .edit(let edit)? = edits.first else { throw Unexpected(edits) }
    #expect(edits.count == 1 && edit.isOverheard && edit.target == "-100/3" && edit.partOf == nil)
  }

  /// Whether it counts is seen with the other files of its album.
  @Test func aFileOfAnAlbumThatIsSaidToOthersIsOverheard() throws {
    let photo = #""photo":[{"file_id":"a","width":1,"height":1}],"media_group_id":"g""#
    let part = try message(said(photo))
    #expect(part.isOverheard && part.partOf == "-100/album/g" && part.providerID == "-100/3")
    let named = photo + #","caption":"/help""#
    let addressed = try message(said(named))
    #expect(!addressed.isOverheard && addressed.partOf == part.partOf)
    for (members, isOverheard) in [(photo, true), (named, false)] {
      let items = try said(members, kind: "edited_message")
      guard case .edit(let edit)? = items.first else { throw Unexpected(items) }
      #expect(edit.isOverheard == isOverheard && edit.partOf == part.partOf)
    }
    // What bots say is said to nobody, and of a kind that is not known nothing is joined.
    let head = #"{"message_id":3,"date":7,\#(Self.group),\#(photo),"from":"#
    #expect(try items("message", head + #"{"id":78,"is_bot":true}}"#) == [.other(kind: "message.from_bot")])
    #expect(try said(photo, kind: "hologram_message") == [.other(kind: "hologram_message")])
  }

  @Test func withoutKnowingTheBotACommandIsAllThatIsForIt() throws {
    let body = #"{"update_id":1,"message":{"message_id":3,"date":7,\#(Self.group),\#(Self.ada),"text":"/a"}}"#
    #expect(try channel.parse(body, sender: nil).map(\.summary) == ["text /a"])
    let other = body.replacing("/a", with: "/a@pigeon_bot")
    #expect(try channel.parse(other, sender: nil) == [.other(kind: "group.not_addressed")])
  }

  @Test func aTopicIsAThreadAndAThreadOfAnswersIsNone() throws {
    let topic = try message(said(#""text":"/a","message_thread_id":33,"is_topic_message":true"#))
    #expect(topic.origin.thread == "-100/33")
    #expect(topic.providerID == "-100/3")
    let answers = try message(said(#""text":"/a","message_thread_id":33"#))
    #expect(answers.origin.thread == "-100")
  }

  @Test func anAnswerNamesWhatItAnswers() throws {
    let reply = #""text":"/a","reply_to_message":{"message_id":2,"from":{"id":6}}"#
    #expect(try message(said(reply)).content.replyTo == "-100/2")
    #expect(try message(said(reply)).content.raw == nil)
    let topic = #""text":"/a","reply_to_message":{"message_id":2,"forum_topic_created":{}}"#
    #expect(try message(said(topic)).content.replyTo == nil)
    let quote = reply + #","quote":{"text":"part","position":0,"is_manual":true}"#
    #expect(try message(said(quote)).content.raw?.contains(#""text":"part""#) == true)
  }

  @Test func aStartWithAPayloadIsAReferral() throws {
    let start = try message(said(#""text":"/start@pigeon_bot  spring_24 ""#))
    #expect(start.content.referral == Referral(source: "start", payload: "spring_24"))
    #expect(try message(said(#""text":"/start""#)).content.referral == nil)
    #expect(try message(said(#""text":"/started x""#)).content.referral == nil)
  }

  @Test func thePartsOfAnAlbumNameIt() throws {
    let value =
      #"{"message_id":4,"date":7,"chat":{"id":5,"type":"private"},\#(Self.ada),"media_group_id":"g1","#
      + #""photo":[{"file_id":"a","width":1,"height":1}]}"#
    let message = try message(items("message", value))
    #expect(message.partOf == "5/album/g1")
    #expect(message.providerID == "5/4")
  }

  @Test func aGroupThatBecameASupergroupIsAMove() throws {
    let items = try said(#""migrate_to_chat_id":-100200"#)
    let origin = InboundOrigin(
      address: "5", name: "Ada L", thread: "-100", time: Date(timeIntervalSince1970: 7))
    #expect(
      items
        == [.move(InboundMove(providerID: "-100/3", origin: origin, address: "5", thread: "-100200"))])
  }

  @Test func whoWritesForAChatIsThatChat() throws {
    let value =
      #"{"message_id":3,"date":7,\#(Self.group),"from":{"id":1087968824,"is_bot":true,"first_name":"Group"},"#
      + #""sender_chat":{"id":-100,"title":"Us","type":"supergroup"},"text":"/a"}"#
    let message = try message(items("message", value))
    #expect(message.origin.address == "-100")
    #expect(message.origin.name == "Us")
  }

  @Test func botsAreNotAnswered() throws {
    let head = #"{"message_id":3,"date":7,"chat":{"id":5,"type":"private"},"text":"x","from":"#
    #expect(try items("message", head + Self.bot + "}") == [.other(kind: "echo.own")])
    #expect(
      try items("message", head + #"{"id":78,"is_bot":true}}"#) == [.other(kind: "message.from_bot")])
  }

  @Test func aBusinessAccountsChatIsAThreadOfBothSides() throws {
    func value(_ from: Int, _ more: String = "") -> String {
      #"{"message_id":3,"date":7,"business_connection_id":"Bc-1","chat":{"id":5,"type":"private","#
        + #""first_name":"Ada"},"from":{"id":\#(from),"is_bot":false,"first_name":"x"},"text":"hi"\#(more)}"#
    }
    let message = try message(items("business_message", value(5)))
    #expect(message.providerID == "5@Bc-1/3")
    #expect(message.origin.thread == "5@Bc-1")
    #expect(message.origin.address == "5")

    let echoes = try items("business_message", value(6))
    guard case .echo(let echo) = try #require(echoes.first) else { throw Unexpected(echoes) }
    #expect(echo.origin.address == "5")
    #expect(echo.origin.name == "Ada")
    #expect(
      try items("business_message", value(6, #","sender_business_bot":\#(Self.bot)"#))
        == [.other(kind: "echo.own")])

    let deleted = #"{"business_connection_id":"Bc-1","chat":{"id":5,"type":"private"},"message_ids":[3,"x"]}"#
    #expect(
      try items("deleted_business_messages", deleted).map(\.summary)
        == ["deletion of 5@Bc-1/3", "other malformed"])
    #expect(
      try items("edited_business_message", value(5)).map(\.summary) == ["edit of 5@Bc-1/3: text hi"])
  }

  @Test func membershipIsToldOfGroupsAndIsConsentOfContacts() throws {
    func value(_ chat: String, _ status: String) -> String {
      #"{\#(chat),"from":{"id":5,"first_name":"Ada"},"date":7,"old_chat_member":{"status":"left"},"#
        + #""new_chat_member":{"status":"\#(status)","user":{"id":77}}}"#
    }
    let items = try items("my_chat_member", value(Self.group, "kicked"))
    guard case .notice(let notice) = try #require(items.first) else { throw Unexpected(items) }
    #expect(notice.kind == "membership.kicked")
    #expect(notice.raw == #"{"chat":{"id":-100,"type":"supergroup"},"status":"kicked"}"#)
    let own = #""chat":{"id":5,"type":"private","first_name":"Ada"}"#
    #expect(
      try self.items("my_chat_member", value(own, "kicked")).map(\.summary) == ["consent all opted-out"])
    #expect(try self.items("my_chat_member", value(own, "member")).map(\.summary) == ["consent all opted-in"])
    let others = try self.items("chat_member", value(Self.group, "left"))
    guard case .notice(let member)? = others.first else { throw Unexpected(others) }
    #expect(member.kind == "member.left" && member.time != nil)
    #expect(member.raw.contains(#""before":"left","status":"left"}"#) && !member.raw.contains("77"))
    let odd = try self.items("chat_member", value(Self.group, #"a\",\"b"#))
    guard case .notice(let quoted)? = odd.first else { throw Unexpected(odd) }
    #expect(quoted.kind == "member.unknown" && quoted.raw.hasSuffix(#""status":"unknown"}"#))
    for broken in ["{}", "7", #"{"chat":{"id":"x"},"new_chat_member":{"status":"left"}}"#] {
      #expect(try self.items("chat_member", broken) == [.other(kind: "malformed")], "\(broken)")
    }
  }

  @Test func aReactionIsAllThatTheContactHasThereNow() throws {
    let value =
      #"{\#(Self.group),"message_id":3,"date":7,"user":{"id":5,"first_name":"Ada"},"old_reaction":[],"#
      + #""new_reaction":[{"type":"paid"},{"type":"new"},{"type":"emoji","emoji":"👍"}]}"#
    let items = try items("message_reaction", value)
    guard case .reaction(let reaction) = try #require(items.first) else { throw Unexpected(items) }
    #expect(reaction.providerID == "-100/3/reaction/9")
    #expect(reaction.reactions == ["paid", "👍"])
    #expect(reaction.origin.thread == "-100")
  }

  @Test func aButtonsTitleIsWhatWasSaid() throws {
    let value =
      #"{"id":"q1",\#(Self.ada),"data":"b","message":{"message_id":3,"date":0,\#(Self.group),"#
      + #""reply_markup":{"inline_keyboard":[[{"text":"A","callback_data":"a"}],"#
      + #"[{"text":"Bee","callback_data":"b"}]]}}}"#
    let message = try message(items("callback_query", value))
    #expect(message.content == InboundContent(.text, text: "Bee", payload: "b", replyTo: "-100/3"))
    #expect(message.origin.thread == "-100")
    #expect(
      try items("callback_query", #"{"id":"q","from":{"id":5},"inline_message_id":"i","data":"b"}"#)
        == [.other(kind: "callback_query.inline")])
  }

  @Test(arguments: [
    ("", ChannelError.Code.notJSON), ("[]", .wrongShape), ("{}", .wrongShape),
    (#"{"update_id":"1","message":{}}"#, .wrongShape),
    (#"{"update_id":1.5,"message":{}}"#, .wrongShape),
    (String(repeating: " ", count: (1 << 20) + 1), .tooLarge),
    (String(repeating: "[", count: 100_000), .notJSON),
  ])
  func whatIsNoUpdateIsRefused(body: String, code: ChannelError.Code) {
    #expect(throws: ChannelError.self) { try channel.parse(body, sender: nil) }
    #expect((try? channel.parse(body, sender: nil)) == nil)
    do {
      _ = try channel.parse(body, sender: nil)
    } catch {
      #expect(error.code == code)
    }
  }

  @Test(arguments: [
    (#"{"update_id":1}"#, "malformed"), (#"{"update_id":1,"message":7}"#, "malformed"),
    (#"{"update_id":1,"message":{}}"#, "malformed"),
    (#"{"update_id":1,"message":{"message_id":1,"chat":{"id":5}}}"#, "message.without_sender"),
    (#"{"update_id":1,"some_new_kind":{}}"#, "some_new_kind"),
    (#"{"update_id":1,"NEW KIND":{}}"#, "unknown"),
    (#"{"update_id":1,"channel_post":{}}"#, "malformed"),
  ])
  func whatBelongsToNobodyIsCounted(body: String, kind: String) throws {
    #expect(try channel.parse(body, sender: nil) == [.other(kind: kind)])
  }

  /// Nobody in the channel waits for an answer, and the history is kept.
  @Test func aPostInAChannelIsWhatTheCompanyWrote() throws {
    let post = #"""
      "message_id":9,"date":1700000000,"text":"Sale!","sender_chat":{"id":-1007,"type":"channel","title":"Shop news"},
      "chat":{"id":-1007,"type":"channel","title":"Shop news"},"author_signature":"Bea"
      """#
    let items = try channel.parse(#"{"update_id":1,"channel_post":{\#(post)}}"#, sender: nil)
    guard case .echo(let message)? = items.first else { throw Unexpected(items) }
    #expect(message.providerID == "-1007/9" && message.content.text == "Sale!")
    #expect(message.origin.thread == "-1007" && message.origin.name == "Shop news")
    let edits = try channel.parse(
      #"{"update_id":2,"edited_channel_post":{\#(post),"edit_date":1700000001}}"#, sender: nil)
    guard case .edit(let edit)? = edits.first else { throw Unexpected(edits) }
    #expect(edit.target == "-1007/9" && edit.origin.thread == "-1007")
  }

  @Test func aWebhookIsAuthenticByItsSecretAlone() {
    func isAuthentic(_ token: String?, _ connection: ConnectionCreated.Private) -> Bool {
      let headers = token.map { [("x-telegram-bot-api-secret-token", $0)] } ?? []
      return channel.isAuthentic(WebhookCall(headers: HTTPHeaders(headers), body: []), for: connection)
    }
    #expect(isAuthentic("se-cret_1", connection))
    for token in [nil, "", "se-cret_2", "se-cret_", "se-cret_1 ", "SE-CRET_1"] {
      #expect(!isAuthentic(token, connection))
    }
    let open = ConnectionCreated.Private(
      account: "p", appSecret: nil, verifyToken: "", accessToken: "7:t")
    #expect(!isAuthentic("", open))
    #expect(!isAuthentic(nil, open))
    #expect(channel.missing(from: open).isEmpty && channel.isPolled(open))
    #expect(channel.handshake([:], for: connection) == nil)
  }
}
