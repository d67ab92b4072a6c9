import Channels
import Contracts
import EventLog
import Foundation
import Pipeline
import Postgres
import Synchronization
import TestKit
import Testing

@Suite(.timeLimit(.minutes(3))) struct JoinTests {
  private let ada = InboundOrigin.of("ada")

  private func part(
    _ id: String, of album: String, _ text: String? = nil, from origin: InboundOrigin
  ) -> InboundItem { .message(message(id, of: album, text, from: origin)) }

  private func message(
    _ id: String, of album: String, _ text: String?, from origin: InboundOrigin, isOverheard: Bool = false
  ) -> InboundMessage {
    InboundMessage(
      providerID: id, origin: origin,
      content: InboundContent(
        .attachment, text: text,
        attachments: [
          InboundAttachment(kind: .image, source: .file("file \(id)"))
        ]), partOf: album, isOverheard: isOverheard)
  }

  /// A file of an album in a group that says nothing to us itself.
  private func overheard(_ id: String, of album: String, from origin: InboundOrigin) -> InboundItem {
    .message(message(id, of: album, nil, from: origin, isOverheard: true))
  }

  private static func kept(_ journey: Journey) async throws -> Int64 {
    try await journey.tenant.database.pool.withConnection {
      try $0.execute("select count(*) from stage.overheard")[0].int8(0)
    }
  }

  /// Whichever of its files names us, and each may be reported twice.
  @Test(arguments: 0..<3) func anAlbumInAGroupIsSaidToUsAsAWhole(_ named: Int) async throws {
    let channel = ScriptedChannel { _, _ in .fetched(bytes: [1], mediaType: "image/png") }
    let bob = InboundOrigin.of("bob", thread: "group")
    try await Journey.run(channel: channel) { journey in
      let files = (0..<3).map { number in
        number == named
          ? part("\(number)", of: "a", "@us look", from: bob) : overheard("\(number)", of: "a", from: bob)
      }
      for file in files[..<named] {
        for _ in 0..<2 { try await channel.report(file, to: journey.tenant) }
      }
      try await eventually("what came before is kept") {
        try await Self.kept(journey) == 2 * named ? true : nil
      }
      // What comes a second later is no part of it any more.
      try await channel.report(bodies: files[named...].flatMap { [[$0], [$0]] }, to: journey.tenant)
      let records = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 1 }
      #expect(records.count(MessagePartReceived.type) == 3 && records.count(ConversationOpened.type) == 1)
      let joined = try MessageReceived.read(records.first(MessageReceived.type))
      let content = try #require(try await journey.open(joined))
      #expect(content.text == "@us look" && content.providerID == "0")
      #expect(content.attachments?.compactMap(\.file) == ["file 0", "file 1", "file 2"])
      #expect(try await Self.kept(journey) == 0)
      // One that comes late is not lost, nor an edit of one that says nothing to us.
      try await channel.report(overheard("late", of: "a", from: bob), to: journey.tenant)
      let edited = message("0", of: "a", "See", from: bob).content
      try await channel.report(
        .edit(
          InboundEdit(
            providerID: "edit", target: "0", origin: bob, content: edited, partOf: "a", isOverheard: true)),
        to: journey.tenant)
      let all = try await journey.tenant.conversationEvents {
        $0.count(MessageReceived.type) == 2 && $0.count(MessageEdited.type) == 2
      }
      let late = try #require(all.last { $0.event.type == MessageReceived.type })
      #expect(try MessageReceived.read(late.event).facts.attachments?.count == 1)
    }
  }

  @Test func anAlbumOfWhichAllFilesComeAtOnceIsSaidToUsAsAWhole() async throws {
    let channel = ScriptedChannel { _, _ in .fetched(bytes: [1], mediaType: "image/png") }
    let bob = InboundOrigin.of("bob", thread: "group")
    try await Journey.run(channel: channel) { journey in
      try await channel.report(
        overheard("1", of: "a", from: bob), overheard("x", of: "b", from: bob),
        part("2", of: "a", "@us", from: bob), overheard("3", of: "a", from: bob), to: journey.tenant)
      let records = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 1 }
      let joined = try MessageReceived.read(records.first(MessageReceived.type))
      let content = try #require(try await journey.open(joined))
      #expect(content.attachments?.compactMap(\.file) == ["file 1", "file 2", "file 3"])
      // What was said to others stays aside.
      #expect(records.count(MessagePartReceived.type) == 3)
      #expect(try await Self.kept(journey) == 1)
    }
  }

  /// Nothing of it is recorded in a conversation: who said it is not even known.
  @Test func anAlbumThatIsSaidToNobodyHereIsKeptAsideForADay() async throws {
    let channel = ScriptedChannel { _, _ in .fetched(bytes: [1], mediaType: nil) }
    let bob = InboundOrigin.of("bob", thread: "group")
    let counts = Mutex<[String: Int]>([:])
    try await Journey.run(
      channel: channel,
      onPassedOver: { what, count in counts.withLock { $0[what.kind, default: 0] += count } }
    ) { journey in
      try await channel.report(
        overheard("1", of: "a", from: bob), overheard("2", of: "a", from: bob), to: journey.tenant)
      try await eventually("both are kept") { try await Self.kept(journey) == 1 ? true : nil }
      // Of another album nothing follows for this one.
      try await channel.report(part("3", of: "b", "@us", from: bob), to: journey.tenant)
      let records = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 1 }
      #expect(records.count(MessagePartReceived.type) == 1)
      #expect(counts.withLock { $0["group.not_addressed"] } == 2)
      try await journey.tenant.database.pool.withConnection {
        try $0.executeScript("update stage.overheard set kept_at = kept_at - interval '25 hours'")
      }
      try await channel.report(overheard("4", of: "c", from: bob), to: journey.tenant)
      try await eventually("the first is gone") {
        try await journey.tenant.database.pool.withConnection { connection in
          // It is known under which key it lies, by which erasing finds it.
          let rows = try connection.execute(
            """
            select kept_at > now() - interval '1 hour' and sealed_by in (select id from keyring.inbound_key)
            from stage.overheard
            """)
          return rows.count == 1 && rows[0].bool(0) ? true : nil
        }
      }
    }
  }

  /// However long the machine takes, 900 ms pass between two of them.
  @Test func filesThatComeSoonAfterEachOtherAreOneAlbum() async throws {
    let channel = ScriptedChannel { _, _ in .fetched(bytes: [1], mediaType: "image/png") }
    let held = Mutex<Date?>(Date())
    try await Journey.run(channel: channel, now: { held.withLock { $0 } ?? Date() }) { journey in
      for number in 1...3 {
        try await channel.report(part("\(number)", of: "a", from: ada), to: journey.tenant)
        try await eventually("\(number) files wait for more") {
          try await journey.tenant.database.pool.withConnection {
            let row = try $0.execute("select count(*) from stage.waiting where stage = 'join'")[0]
            return row.int8(0) == number ? true : nil
          }
        }
        held.withLock { $0?.addTimeInterval(0.9) }
      }
      held.withLock { $0 = nil }
      _ = try await journey.tenant.conversationEvents { $0.count(MessageReceived.type) >= 1 }
      try await channel.report(part("4", of: "a", from: ada), to: journey.tenant)
      let records = try await journey.tenant.conversationEvents { $0.count(MessageReceived.type) >= 2 }
      let files = try records.filter { $0.event.type == MessageReceived.type }
        .map { try MessageReceived.read($0.event).facts.attachments?.count }
      #expect(files == [3, 1])
    }
  }

  @Test func anAlbumIsOneMessageWhateverBodiesItsFilesCameIn() async throws {
    let channel = ScriptedChannel { source, _ in .fetched(bytes: [1], mediaType: "image/png") }
    try await Journey.run(channel: channel) { journey in
      let second = part("2", of: "a", from: ada)
      try await channel.report(
        bodies: [
          [part("1", of: "a", "Look at these", from: ada)], [second, second], [part("3", of: "a", from: ada)],
        ], to: journey.tenant)
      let records = try await journey.tenant.conversationEvents {
        $0.count(DeliverySucceeded.type) == 1 && $0.count(AttachmentStored.type) == 3
      }
      #expect(records.count(MessageReceived.type) == 1 && records.count(MessagePartReceived.type) == 3)
      let joined = try MessageReceived.read(records.first(MessageReceived.type))
      let first = try MessagePartReceived.read(records.first(MessagePartReceived.type))
      #expect(joined.facts.message == first.facts.message && joined.facts.album == first.facts.album)
      #expect(joined.facts.attachments?.count == 3)
      let content = try #require(try await journey.open(joined))
      #expect(content.text == "Look at these" && content.providerID == "1")
      #expect(content.attachments?.compactMap(\.file) == ["file 1", "file 2", "file 3"])
      #expect(try records.first(ReplyGenerated.type).key == records.first(MessageReceived.type).key)
      #expect(records.count(ReplyGenerated.type) == 1)
    }
  }

  /// What a person sent in the platform's own inbox is one message too, and no answer is due.
  @Test func anEchoedAlbumIsOneEchoAndHandsTheConversationOver() async throws {
    let channel = ScriptedChannel { _, _ in .fetched(bytes: [1], mediaType: "image/png") }
    try await Journey.run(channel: channel) { journey in
      try await channel.report(.text("m1", "Hello", from: ada), to: journey.tenant)
      _ = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 1 }
      let echoes = [("e1", "Here they are"), ("e2", nil), ("e3", nil)].map { id, text in
        [InboundItem.echo(message(id, of: "a", text, from: ada))]
      }
      // A contact's album of the same name is another one.
      try await channel.report(
        bodies: echoes + [[part("m2", of: "a", "And mine", from: ada)]], to: journey.tenant)
      let records = try await journey.tenant.conversationEvents {
        $0.count(MessageEchoed.type) == 1 && $0.count(MessageReceived.type) == 2
          && $0.count(AttachmentStored.type) == 4 && $0.count(ReplySkipped.type) == 1
      }
      #expect(records.count(MessagePartEchoed.type) == 3 && records.count(MessagePartReceived.type) == 1)
      let echoed = try MessageEchoed.read(records.first(MessageEchoed.type)).facts
      #expect(echoed.attachments?.count == 3)
      #expect(records.count(ReplyGenerated.type) == 1 && records.count(ConversationHandedOver.type) >= 1)
    }
  }

  @Test func anEditOfAnyFileOfAnAlbumIsAnEditOfTheWhole() async throws {
    let channel = ScriptedChannel { _, _ in .fetched(bytes: [1], mediaType: nil) }
    try await Journey.run(channel: channel) { journey in
      let bodies = [("1", "One"), ("2", "Two"), ("3", nil)].map { [part($0, of: "a", $1, from: ada)] }
      try await channel.report(bodies: bodies, to: journey.tenant)
      _ = try await journey.tenant.conversationEvents { $0.count(MessageReceived.type) == 1 }
      for (id, text) in [("2", "Second"), ("1", "First")] {
        let content = message(id, of: "a", text, from: ada).content
        try await channel.report(
          .edit(InboundEdit(providerID: "\(id)/edit", target: id, origin: ada, content: content)),
          to: journey.tenant)
      }
      // What is told of each file alone stays in the log too.
      let records = try await journey.tenant.conversationEvents { $0.count(MessageEdited.type) == 4 }
      let whole = try MessageReceived.read(records.first(MessageReceived.type)).facts
      let edits = try records.filter {
        $0.event.type == MessageEdited.type && $0.event.source == "/stages/join"
      }
      .map { try MessageEdited.read($0.event) }
      #expect(edits.allSatisfy { $0.facts.providerHMAC == whole.providerHMAC })
      #expect(edits.allSatisfy { $0.facts.attachments == whole.attachments })
      var texts: [String?] = []
      for edit in edits { texts.append(try await journey.open(edit)?.text) }
      #expect(texts == ["One\nSecond", "First\nSecond"])
    }
  }

  /// However many albums came after it.
  @Test func anEditOfAFileOfAnOldAlbumIsAnEditOfTheWhole() async throws {
    let channel = ScriptedChannel { _, _ in .fetched(bytes: [1], mediaType: nil) }
    try await Journey.run(generates: false, channel: channel) { journey in
      let parts = (0..<12).flatMap { album in
        (0..<2).map {
          part("\(album)/\($0)", of: "album \(album)", $0 == 0 ? "Album \(album)" : nil, from: ada)
        }
      }
      let body = channel.prepare(parts)
      try await journey.tenant.receive(body, on: journey.tenant.whatsApp, channel: channel.channel)
      _ = try await journey.tenant.conversationEvents { $0.count(MessageReceived.type) == 12 }
      let content = message("0/1", of: "album 0", "And this", from: ada).content
      try await channel.report(
        .edit(InboundEdit(providerID: "0/1/edit", target: "0/1", origin: ada, content: content)),
        to: journey.tenant)
      let records = try await journey.tenant.conversationEvents { $0.count(MessageEdited.type) == 2 }
      let edit = try #require(
        records.first { $0.event.type == MessageEdited.type && $0.event.source == "/stages/join" })
      let whole = try MessageEdited.read(edit.event)
      #expect(try await journey.open(whole)?.text == "Album 0\nAnd this")
      #expect(whole.facts.attachments?.count == 2)
    }
  }

  /// As long as Telegram's are at most.
  @Test func aCaptionThatIsTakenBackOfALongAlbumIsAnEditOfTheWhole() async throws {
    let channel = ScriptedChannel { _, _ in .fetched(bytes: [1], mediaType: nil) }
    try await Journey.run(generates: false, channel: channel) { journey in
      let caption = String(repeating: "語", count: 4_096)
      let body = channel.prepare((0..<10).map { part("\($0)", of: "a", caption, from: ada) })
      try await journey.tenant.receive(body, on: journey.tenant.whatsApp, channel: channel.channel)
      _ = try await journey.tenant.conversationEvents { $0.count(MessageReceived.type) == 1 }
      let content = message("7", of: "a", nil, from: ada).content
      try await channel.report(
        .edit(InboundEdit(providerID: "7/edit", target: "7", origin: ada, content: content)),
        to: journey.tenant)
      let records = try await journey.tenant.conversationEvents { $0.count(MessageEdited.type) == 2 }
      let edit = try #require(
        records.first { $0.event.type == MessageEdited.type && $0.event.source == "/stages/join" })
      let whole = try MessageEdited.read(edit.event)
      #expect(try await journey.open(whole)?.text?.utf8.count == 9 * caption.utf8.count + 8)
      #expect(whole.facts.attachments?.count == 10)
    }
  }

  @Test func whatIsLeftOfAnAlbumOfWhichFilesWereTakenBackIsAnEditOfTheWhole() async throws {
    let channel = ScriptedChannel { _, _ in .fetched(bytes: [1], mediaType: nil) }
    try await Journey.run(channel: channel) { journey in
      let bodies = [("1", "One"), ("2", "Two"), ("3", nil)].map { [part($0, of: "a", $1, from: ada)] }
      try await channel.report(bodies: bodies, to: journey.tenant)
      let whole = try MessageReceived.read(
        try await journey.tenant.conversationEvents { $0.count(MessageReceived.type) == 1 }
          .first(MessageReceived.type)
      ).facts
      #expect(Set(whole.attachments?.compactMap(\.part) ?? []).count == 3)
      #expect(whole.attachments?.first?.part == whole.providerHMAC)
      // The first one too: it names the whole, which is still there.
      for id in ["1", "3", "2"] {
        try await channel.report(
          .deletion(InboundDeletion(target: id, origin: ada)), to: journey.tenant)
        _ = try await journey.tenant.conversationEvents { records in
          records.count(MessageEdited.type) == records.count(MessageDeleted.type)
        }
      }
      let records = try await journey.tenant.conversationEvents { $0.count(MessageEdited.type) == 3 }
      let edits = try records.filter { $0.event.type == MessageEdited.type }
        .map { try MessageEdited.read($0.event) }
      #expect(edits.allSatisfy { $0.facts.message == whole.message })
      #expect(edits.map { $0.facts.attachments?.count ?? 0 } == [2, 1, 0])
      var texts: [String?] = []
      for edit in edits { texts.append(try await journey.open(edit)?.text) }
      #expect(texts == ["Two", "Two", nil])
    }
  }

  /// What a person sent in the platform's own inbox, too.
  @Test func whatIsLeftOfAnEchoedAlbumIsWhatPromptsShow() async throws {
    let channel = ScriptedChannel { _, _ in .fetched(bytes: [1], mediaType: nil) }
    try await Journey.run(channel: channel) { journey in
      let bodies = [("1", "One"), ("2", "Two")].map { id, text in
        [InboundItem.echo(message(id, of: "a", text, from: ada))]
      }
      try await channel.report(bodies: bodies, to: journey.tenant)
      _ = try await journey.tenant.conversationEvents { $0.count(MessageEchoed.type) == 1 }
      try await channel.report(.deletion(InboundDeletion(target: "1", origin: ada)), to: journey.tenant)
      let records = try await journey.tenant.conversationEvents { $0.count(MessageEdited.type) == 1 }
      let left = try MessageEdited.read(records.first(MessageEdited.type))
      #expect(try await journey.open(left)?.text == "Two")
      let sealed = try #require(left.private)
      try await eventually("prompts show what is left") {
        try await journey.tenant.database.pool.withConnection {
          let rows = try $0.execute("select content = $1 from stage.turn", [.text(sealed)])
          return rows.count == 1 && rows[0].bool(0) ? true : nil
        }
      }
    }
  }

  @Test func twoAlbumsAtOnceStayTwoAndOtherMessagesDoNotWait() async throws {
    let channel = ScriptedChannel { _, _ in .fetched(bytes: [1], mediaType: nil) }
    try await Journey.run(channel: channel) { journey in
      let bob = InboundOrigin.of("bob", thread: "group")
      let eve = InboundOrigin.of("eve", thread: "group")
      try await channel.report(
        part("1", of: "a", from: bob), part("2", of: "b", "Mine", from: eve), part("3", of: "a", from: bob),
        .text("m1", "Hello", from: eve), to: journey.tenant)
      let records = try await journey.tenant.conversationEvents { $0.count(MessageReceived.type) == 3 }
      let received = try records.filter { $0.event.type == MessageReceived.type }
        .map { try MessageReceived.read($0.event).facts }
      #expect(received.map { $0.attachments?.count ?? 0 } == [0, 2, 1])
      #expect(Set(received.map(\.conversation)).count == 1 && Set(received.map(\.contact)).count == 2)
    }
  }
}
