import Channels
import Contracts
import EventLog
import Foundation
import Keyring
import Pipeline
import Postgres
import PostgresLog
import Synchronization
import TestKit
import Testing

@Suite struct NormalizeTests {
  private let ada = InboundOrigin.of("ada")

  @Test func everythingThatAContactDoesBecomesAnEventOfTheConversation() async throws {
    let channel = ScriptedChannel()
    try await Journey.run(channel: channel) { journey in
      let until = Date(timeIntervalSince1970: 1_700_000_100)
      try await channel.report(
        .text("m1", "Where is it?", from: ada),
        .edit("e1", of: "m1", "Where is my order?", from: ada),
        .reaction(
          InboundReaction(providerID: "r1", target: "m1", origin: ada, reactions: ["👍"])),
        .progress(InboundProgress(origin: ada, status: .read, until: until)),
        .deletion(of: "m1", from: ada),
        to: journey.tenant)
      let records = try await journey.tenant.conversationEvents { $0.count(MessageDeleted.type) == 1 }
      let received = try MessageReceived.read(records.first(MessageReceived.type)).facts
      let edited = try MessageEdited.read(records.first(MessageEdited.type))
      #expect(edited.facts.message == received.message)
      #expect(edited.facts.providerHMAC == received.providerHMAC)
      #expect(try await journey.open(edited)?.text == "Where is my order?")
      let reacted = try MessageReacted.read(records.first(MessageReacted.type))
      #expect(reacted.facts.providerHMAC == received.providerHMAC && reacted.facts.count == 1)
      #expect(try await journey.open(reacted)?.reactions == ["👍"])
      #expect(try MessageProgress.read(records.first(MessageProgress.type)).facts.until == until)
      #expect(
        try MessageDeleted.read(records.first(MessageDeleted.type)).facts.providerHMAC
          == received.providerHMAC)
      #expect(Set(records.map(\.event.key)).count == 1)
    }
  }

  @Test func whatIsReportedAgainIsDroppedForEver() async throws {
    let channel = ScriptedChannel()
    try await Journey.run(channel: channel) { journey in
      for _ in 0..<3 {
        try await channel.report(
          .text("m1", "Hello", from: ada), .edit("e1", of: "m1", "Hello!", from: ada),
          .reaction(InboundReaction(providerID: "r1", target: "m1", origin: ada, reactions: ["👍"])),
          .notice(InboundNotice(kind: "template.approved", account: nil, time: ada.time, raw: "{}")),
          .deletion(of: "m1", from: ada), to: journey.tenant)
      }
      try await channel.report(.text("m2", "The end", from: ada), to: journey.tenant)
      let records = try await journey.tenant.conversationEvents { $0.count(MessageReceived.type) == 2 }
      for type in [MessageEdited.type, MessageReacted.type, MessageDeleted.type] {
        #expect(records.count(type) == 1, "\(type)")
      }
      #expect(try await journey.notices() == ["template.approved"])
    }
  }

  @Test func whatNamesNobodyKnownIsCountedAndChangesNothing() async throws {
    let counts = Mutex<[String: Int]>([:])
    let channel = ScriptedChannel()
    let onPassedOver: @Sendable (PassedOver, Int) -> Void = { what, count in
      counts.withLock { $0[what.kind, default: 0] += count }
    }
    try await Journey.run(channel: channel, onPassedOver: onPassedOver) { journey in
      let stranger = InboundOrigin.of("eve")
      try await channel.report(
        .edit("e1", of: "m9", "?", from: stranger), .deletion(of: "m9", from: stranger),
        .move(InboundMove(providerID: "v1", origin: stranger, address: "eve 2")),
        .other(kind: "errors"), to: journey.tenant)
      // Of a message that was never seen, in a conversation that is known: kept, and harmless.
      try await channel.report(
        .text("m2", "Hello", from: ada),
        .edit("e2", of: "m8", "?", from: ada), .deletion(of: "m7", from: ada), to: journey.tenant)
      let records = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 1 }
      #expect(records.count(MessageReceived.type) == 1)
      #expect(records.count(MessageEdited.type) == 1 && records.count(MessageDeleted.type) == 1)
      #expect(counts.withLock { $0 } == ["unknown-conversation": 3, "errors": 1])
      #expect(try await journey.notices().isEmpty)
    }
  }

  /// Who takes our name out of a message changes it all the same.
  @Test func anEditThatIsNotSaidToUsCountsIfTheMessageWas() async throws {
    let counts = Mutex<[String: Int]>([:])
    let channel = ScriptedChannel()
    let origin = InboundOrigin.of("ada", thread: "group")
    @Sendable func edit(_ id: String, of target: String) -> InboundItem {
      .edit(
        InboundEdit(
          providerID: id, target: target, origin: origin, content: InboundContent(.text, text: "Never mind"),
          isOverheard: true))
    }
    try await Journey.run(
      generates: false, channel: channel,
      onPassedOver: { what, count in counts.withLock { $0[what.kind, default: 0] += count } }
    ) { journey in
      try await channel.report(.text("m1", "@us hello", from: origin), to: journey.tenant)
      try await channel.report(edit("e1", of: "others"), edit("e2", of: "m1"), to: journey.tenant)
      let records = try await journey.tenant.conversationEvents { $0.count(MessageEdited.type) == 1 }
      let (said, edited) = (
        try MessageReceived.read(records.first(MessageReceived.type)),
        try MessageEdited.read(records.first(MessageEdited.type))
      )
      #expect(edited.facts.providerHMAC == said.facts.providerHMAC)
      #expect(counts.withLock { $0 } == ["group.not_addressed": 1])
    }
  }

  @Test func whatAnotherAccountOfTheBusinessWasSentIsItsConnections() async throws {
    let channel = ScriptedChannel()
    try await Journey.run(channel: channel) { journey in
      let other = try await journey.tenant.connect(.whatsapp, account: "100000000000002")
      try await channel.report(
        .text("m1", "Hello", from: .of("ada", account: "100000000000002")),
        .text("m2", "Hello", from: .of("eve", account: "100000000000003")), to: journey.tenant)
      let records = try await journey.tenant.conversationEvents { $0.count(MessageReceived.type) == 2 }
      let connections = try records.filter { $0.event.type == MessageReceived.type }
        .map { try MessageReceived.read($0.event).facts.connection }
      // Nobody else has the third account: it is the connection's whose address was called.
      #expect(Set(connections) == [other, journey.tenant.whatsApp])
    }
  }

  @Test func whatIsOfAnAccountThatNobodyHasIsRefusedAndNothingElse() async throws {
    let counts = Mutex<[String: Int]>([:])
    let channel = ScriptedChannel(refusesOtherAccounts: true)
    try await Journey.run(
      channel: channel,
      onPassedOver: { what, count in counts.withLock { $0[what.kind, default: 0] += count } }
    ) { journey in
      let other = try await journey.tenant.connect(.whatsapp, account: "100000000000002")
      try await channel.report(
        .text("m1", "Hello", from: .of("ada", account: "100000000000002")),
        .text("m2", "Hello", from: .of("eve", account: "100000000000003")),
        .text("m3", "Hello", from: .of("bob")), to: journey.tenant)
      let records = try await journey.tenant.conversationEvents { $0.count(MessageReceived.type) == 2 }
      let connections = try records.filter { $0.event.type == MessageReceived.type }
        .map { try MessageReceived.read($0.event).facts.connection }
      #expect(connections.count { $0 == other } == 1 && Set(connections) == [other, journey.tenant.whatsApp])
      #expect(counts.withLock { $0 } == ["other-account": 1])
      // A connection that names no account of its own cannot tell that it is another's.
      let nameless = try await journey.tenant.connect(.whatsapp, account: "")
      let body = channel.prepare([.text("m4", "Hello", from: .of("dan", account: "100000000000003"))])
      try await journey.tenant.receive(body, on: nameless, channel: .whatsapp)
      let all = try await journey.tenant.conversationEvents { $0.count(MessageReceived.type) == 3 }
      let last = try #require(all.last { $0.event.type == MessageReceived.type })
      #expect(try MessageReceived.read(last.event).facts.connection == nameless)
    }
  }

  @Test func aPersonWhoAnswersElsewhereTakesTheConversation() async throws {
    let channel = ScriptedChannel()
    try await Journey.run(channel: channel) { journey in
      try await channel.report(
        .echo(InboundMessage(providerID: "p1", origin: ada, content: InboundContent(.text, text: "Hi Ada"))),
        .text("m1", "Hello", from: ada), to: journey.tenant)
      let records = try await journey.tenant.conversationEvents { $0.count(ReplySkipped.type) == 1 }
      #expect(
        records.map(\.event.type.rawValue) == [
          "conversation.opened", "message.echoed", "conversation.handed-over", "message.received",
          "message.classified", "context.retrieved", "reply.skipped",
        ])
      let handedOver = try ConversationHandedOver.read(records.first(ConversationHandedOver.type)).facts
      #expect(handedOver.reason == "echo")
      #expect(journey.sender.all.isEmpty)
    }
  }

  /// What we sent comes back as if a person had written it, and silences nobody; what one really wrote does.
  @Test func whatWasSentHereTakesNoConversationWhenItIsEchoed() async throws {
    let channel = ScriptedChannel(echoesUnmarked: true)
    try await Journey.run(channel: channel) { journey in
      try await channel.report(.text("m1", "Hello", from: ada), to: journey.tenant)
      _ = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 1 }
      let sent = try #require(journey.sender.effects.first?.message.id)
      func echo(_ id: String) -> InboundItem {
        .echo(InboundMessage(providerID: id, origin: ada, content: InboundContent(.text, text: "Hi")))
      }
      try await channel.report(
        echo("provider-\(sent)"), .text("m2", "And now?", from: ada), to: journey.tenant)
      let records = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 2 }
      #expect(records.count(MessageEchoed.type) == 0 && records.count(ConversationHandedOver.type) == 0)
      try await channel.report(echo("p2"), to: journey.tenant)
      let later = try await journey.tenant.conversationEvents { $0.count(ConversationHandedOver.type) == 1 }
      #expect(later.count(MessageEchoed.type) == 1)
    }
  }

  /// The provider may report what was sent before it answers the call.
  @Test(arguments: [true, false])
  func whatIsReportedBeforeItsCallWasAnsweredTakesNoConversation(isTaken: Bool) async throws {
    let channel = ScriptedChannel(echoesUnmarked: true)
    let (calls, called) = AsyncStream.makeStream(of: DeliverEffect.self)
    let (answers, answer) = AsyncStream.makeStream(of: Void.self)
    let (owns, own) = AsyncStream.makeStream(of: Void.self)
    let sender = RecordingSender { call, effect in
      guard call == 1 else { return .accepted(providerID: "p\(call)", milliseconds: 1) }
      called.yield(effect)
      for await _ in answers { break }
      return isTaken ? .accepted(providerID: "p1", milliseconds: 1) : .uncertain(reason: "timeout")
    }
    try await Journey.run(
      sender: sender, channel: channel,
      onPassedOver: { what, _ in if what.kind == "echo.own" { own.yield() } }
    ) { journey in
      try await channel.report(.text("m1", "Hello", from: ada), to: journey.tenant)
      let effect = try #require(await calls.first { _ in true })
      func echo(_ id: String) -> InboundItem {
        // As platforms give it back: without the white space around it.
        .echo(
          InboundMessage(
            providerID: id, origin: ada, content: InboundContent(.text, text: "\(effect.message.text)\n")))
      }
      try await channel.report(echo("p1"), to: journey.tenant)
      for await _ in owns { break }
      answer.yield()
      let end = isTaken ? DeliverySucceeded.type : DeliveryUncertain.type
      _ = try await journey.tenant.conversationEvents { $0.count(end) == 1 }
      try await channel.report(echo("p1"), .text("m2", "And now?", from: ada), to: journey.tenant)
      let records = try await journey.tenant.conversationEvents {
        $0.count(DeliverySucceeded.type) == (isTaken ? 2 : 1)
      }
      #expect(records.count(MessageEchoed.type) == 0 && records.count(ConversationHandedOver.type) == 0)
      // A person who says the same by hand is a person.
      try await channel.report(echo("by hand"), to: journey.tenant)
      let later = try await journey.tenant.conversationEvents { $0.count(ConversationHandedOver.type) == 1 }
      #expect(later.count(MessageEchoed.type) == 1)
    }
  }

  /// Nobody may be told from what was sent here by when they write alone.
  @Test func whatAPersonWritesWhileSomethingIsSentTakesTheConversation() async throws {
    let channel = ScriptedChannel(echoesUnmarked: true)
    let (calls, called) = AsyncStream.makeStream(of: Void.self)
    let (answers, answer) = AsyncStream.makeStream(of: Void.self)
    let sender = RecordingSender { _, _ in
      called.yield()
      for await _ in answers { break }
      return .accepted(providerID: "p1", milliseconds: 1)
    }
    try await Journey.run(sender: sender, channel: channel) { journey in
      try await channel.report(.text("m1", "Hello", from: ada), to: journey.tenant)
      for await _ in calls { break }
      try await channel.report(
        .echo(
          InboundMessage(
            providerID: "by hand", origin: ada, content: InboundContent(.text, text: "I am here, Ada"))),
        to: journey.tenant)
      _ = try await journey.tenant.conversationEvents { $0.count(ConversationHandedOver.type) == 1 }
      answer.yield()
      let records = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 1 }
      #expect(records.count(MessageEchoed.type) == 1)
    }
  }

  @Test func aContactWhoMovesKeepsTheConversationAndLeavesTheOldAddressToOthers() async throws {
    let channel = ScriptedChannel()
    try await Journey.run(channel: channel) { journey in
      try await channel.report(.text("m1", "Hello", from: ada), to: journey.tenant)
      try await channel.report(
        .move(InboundMove(providerID: "v1", origin: ada, address: "ada 2")),
        .text("m2", "Hello again", from: .of("ada 2")), .text("m3", "Someone else", from: ada),
        to: journey.tenant)
      let records = try await journey.tenant.conversationEvents { $0.count(MessageReceived.type) == 3 }
      let received = try records.filter { $0.event.type == MessageReceived.type }
        .map { try MessageReceived.read($0.event).facts }
      let conversations = Dictionary(grouping: received, by: \.conversation)
      #expect(Set(conversations.values.map(\.count)) == [2, 1])
      #expect(Set(received.map(\.contact)).count == 2)
      let moved = try ContactMoved.read(records.first(ContactMoved.type))
      #expect(conversations[moved.facts.conversation]?.count == 2)
      #expect(try await journey.open(moved)?.address == "ada 2")
    }
  }

  @Test func aGroupIsOneConversationOfManyAlsoUnderItsNewId() async throws {
    let channel = ScriptedChannel()
    try await Journey.run(channel: channel) { journey in
      let group = InboundOrigin.of("ada", thread: "group 1")
      try await channel.report(
        .text("m1", "Hello all", from: group), .text("m2", "Hello Ada", from: .of("bob", thread: "group 1")),
        .text("m3", "In private", from: ada),
        .move(InboundMove(providerID: "v1", origin: group, address: "ada", thread: "group 2")),
        to: journey.tenant)
      try await channel.report(
        .text("m4", "Still here", from: .of("bob", thread: "group 2")), to: journey.tenant)
      let records = try await journey.tenant.conversationEvents { $0.count(MessageReceived.type) == 4 }
      let received = try records.filter { $0.event.type == MessageReceived.type }
        .map { try MessageReceived.read($0.event).facts }
      let sizes = Dictionary(grouping: received, by: \.conversation).values.map(\.count).sorted()
      #expect(sizes == [1, 3])
      #expect(Set(received.map(\.contact)).count == 2)
      let opened = try records.filter { $0.event.type == ConversationOpened.type }
        .map { try ConversationOpened.read($0.event).facts }
      #expect(opened.compactMap(\.threadHMAC).count == 1 && opened.count == 2)
    }
  }

  @Test func anEMailIsReadAsTheBytesThatItWas() async throws {
    let channel = ScriptedChannel()
    try await Journey.run(channel: channel) { journey in
      let tenant = journey.tenant
      let body = channel.prepare([.text("m1", "Hello", from: ada)])
      let key = try tenant.keyring.makeInboundKey(at: Date(), tenant: tenant.tenant)
      let event = Event(
        id: EventID(UUID.version7()), type: EmailReceived.type, topic: .inbound,
        key: StreamID(tenant.whatsApp), tenant: tenant.tenant, time: Date(), source: "/mail",
        value: try EmailReceived.value(
          .init(connection: tenant.whatsApp, channel: .whatsapp, bytes: body.utf8.count, blob: nil),
          private: .init(message: Data(body.utf8).base64EncodedString()), sealedWith: key.key))
      try await tenant.database.pool.withTransaction { transaction in
        try tenant.keyring.store([key], in: transaction)
        try tenant.log.append([event], in: transaction)
      }
      let records = try await tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 1 }
      #expect(try MessageReceived.read(records.first(MessageReceived.type)).facts.bytes == 5)
    }
  }

  @Test func theFilesOfAMessageAreNamedWithWhereTheyLie() async throws {
    let channel = ScriptedChannel()
    try await Journey.run(channel: channel) { journey in
      let files = [
        InboundAttachment(kind: .image, source: .file("f1"), mediaType: "image/png", name: "a.png", bytes: 9),
        InboundAttachment(kind: .image, source: .file("f1")),
        InboundAttachment(kind: .document, source: .url("https://x/y")),
      ]
      let content = InboundContent(.attachment, text: "Look", replyTo: "m0", attachments: files)
      try await channel.report(
        .message(InboundMessage(providerID: "m1", origin: ada, content: content)),
        .edit(InboundEdit(providerID: "e1", target: "m1", origin: ada, content: content)),
        to: journey.tenant)
      let records = try await journey.tenant.conversationEvents { $0.count(MessageEdited.type) == 1 }
      let value = try MessageReceived.read(records.first(MessageReceived.type))
      let facts = try #require(value.facts.attachments)
      #expect(facts.map(\.kind) == [.image, .document])
      #expect(facts[0].mediaType == "image/png" && facts[0].bytes == 9)
      let kept = try #require(try await journey.open(value)?.attachments)
      #expect(kept.map(\.attachment) == facts.map(\.attachment))
      #expect(kept[0].file == "f1" && kept[0].name == "a.png" && kept[1].url == "https://x/y")
      #expect(value.facts.replyHMAC?.count == 64)
      let edited = try MessageEdited.read(records.first(MessageEdited.type)).facts
      #expect(edited.attachments?.map(\.attachment) == facts.map(\.attachment))
    }
  }
}

extension Journey {
  func open<Spec: EventSpec>(_ value: EventValue<Spec>) async throws -> Spec.Private? {
    guard let id = try value.keyID else { return nil }
    let key = try await tenant.database.pool.withConnection { [tenant] in
      try tenant.keyring.keys([id], on: $0)[id]
    }
    return try value.opened(with: #require(key))
  }

  /// The kinds of what was told of the WhatsApp connection.
  func notices() async throws -> [String] { try await notified().map(\.facts.kind) }

  func notified() async throws -> [EventValue<ConnectionNotified>] {
    let end = try await tenant.log.ends(of: .tenants)[0]
    let reader = try await tenant.log.reader(
      from: [Cursor(TopicPartition(.tenants, Partition(0)), .zero)], types: nil)
    var records: [Record] = []
    while (records.last?.position.offset.advanced(by: 1) ?? .zero) < end {
      records += try await reader.next(limit: 500).records
    }
    return try records.filter { $0.event.type == ConnectionNotified.type }
      .map { try ConnectionNotified.read($0.event) }
  }
}

extension [Record] {
  func first(_ type: EventType) throws -> Event { try #require(first { $0.event.type == type }).event }
  func last(_ type: EventType) throws -> Event { try #require(last { $0.event.type == type }).event }
}
