import Channels
import Contracts
import EventLog
import Foundation
import Keyring
import Models
import Pipeline
import Postgres
import PostgresLog
import Replay
import TestKit
import Testing

/// What a replay corrects besides messages and their edits.
@Suite(.timeLimit(.minutes(3))) struct InboundCorrectionTests {
  private let ada = InboundOrigin.of("ada")

  private func replay(_ journey: Journey, answer: Bool = false) async throws -> InboundReplay.Report {
    let tenant = journey.tenant
    return try await InboundReplay(log: tenant.log, pool: tenant.database.pool, keyring: tenant.keyring).run(
      .init(from: Date(timeIntervalSinceNow: -3_600), isAnswered: answer, by: "grace"), at: Date())
  }

  private func deliver(_ body: String, to journey: Journey) async throws {
    try await deliver([body], to: journey)
  }

  /// One after the other, and nothing comes between.
  private func deliver(_ bodies: [String], to journey: Journey) async throws {
    try await journey.tenant.receive(bodies, on: journey.tenant.whatsApp, channel: .whatsapp)
  }

  private func echo(_ text: String) -> InboundItem {
    .echo(InboundMessage(providerID: "p1", origin: ada, content: InboundContent(.text, text: text)))
  }

  /// What a person wrote in the platform's own inbox is no question, also when what is read anew shall be answered.
  @Test func aMisreadEchoIsCorrectedAndNobodyAnswersIt() async throws {
    let channel = ScriptedChannel()
    try await Journey.run(channel: channel) { journey in
      let tenant = journey.tenant
      try await channel.report(.text("m1", "Hello", from: ada), to: tenant)
      _ = try await tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 1 }
      let body = channel.prepare([echo("Wrong")])
      try await deliver(body, to: journey)
      let before = try await tenant.conversationEvents { $0.count(MessageEchoed.type) == 1 }
      let echoed = try MessageEchoed.read(before.first(MessageEchoed.type)).facts
      channel.learn(body, [echo("Right")])
      let report = try await replay(journey, answer: true)
      #expect(report.messages == 2)
      let records = try await tenant.conversationEvents { $0.count(MessageEdited.type) == 1 }
      let event = try records.first(MessageEdited.type)
      let edited = try MessageEdited.read(event)
      #expect(try await journey.open(edited)?.text == "Right")
      #expect(edited.facts.message == echoed.message && edited.facts.providerHMAC == echoed.providerHMAC)
      #expect(event.source == "/replays/\(report.requests[0])/echo" && !event.mayBeAnswered)
      let sealed = try #require(edited.private)
      try await eventually("prompts show what it says") {
        try await tenant.database.pool.withConnection {
          let row = try $0.execute(
            "select count(*) from stage.turn where role = 'assistant' and content = $1", [.text(sealed)])[0]
          return row.int8(0) == 1 ? true : nil
        }
      }

      // Once more it is read as it was told.
      _ = try await replay(journey)
      try await channel.report(.text("m2", "Bye", from: ada), to: tenant)
      let all = try await tenant.conversationEvents { $0.count(ReplySkipped.type) == 1 }
      #expect(all.count(MessageEdited.type) == 1 && all.count(ReplyGenerated.type) == 1)
      #expect(all.count(MessageClassified.type) == 2 && all.count(ContextRetrieved.type) == 2)
    }
  }

  private func file(
    _ id: String, _ text: String?, isEchoed: Bool = false, at place: String? = nil
  ) -> InboundItem {
    let message = InboundMessage(
      providerID: id, origin: ada,
      content: InboundContent(
        .attachment, text: text,
        attachments: [InboundAttachment(kind: .image, source: .file(place ?? "file \(id)"))]), partOf: "a")
    return isEchoed ? .echo(message) : .message(message)
  }

  /// What the first file of an album is read as, then and now.
  enum Misread: CaseIterable {
    case caption, place

    /// Of both files, as they are read first.
    var captions: [(id: String, text: String?)] {
      switch self {
      case .caption: [("1", "Wrong"), ("2", nil)]
      case .place: [("1", nil), ("2", "Right")]
      }
    }
  }

  @Test(arguments: [false, true], Misread.allCases) func aMisreadFileOfAnAlbumIsCorrectedInTheWhole(
    _ isEchoed: Bool, _ misread: Misread
  ) async throws {
    let channel = ScriptedChannel { _, _ in .fetched(bytes: [1], mediaType: nil) }
    try await Journey.run(channel: channel) { journey in
      let tenant = journey.tenant
      let bodies = misread.captions.map { channel.prepare([file($0.id, $0.text, isEchoed: isEchoed)]) }
      try await deliver(bodies, to: journey)
      let before = try await tenant.conversationEvents {
        $0.count(MessageEchoed.type) + $0.count(DeliverySucceeded.type) == 1
      }
      let whole =
        try isEchoed
        ? MessageEchoed.read(before.first(MessageEchoed.type)).facts
        : MessageReceived.read(before.first(MessageReceived.type)).facts
      let right =
        switch misread {
        case .caption: file("1", "Right", isEchoed: isEchoed)
        case .place: file("1", nil, isEchoed: isEchoed, at: "another file")
        }
      channel.learn(bodies[0], [right])
      #expect(try await replay(journey, answer: true).messages == 2)
      let records = try await tenant.conversationEvents { $0.count(MessageEdited.type) == 2 }
      let joined = try #require(records.first { $0.event.type == MessageEdited.type && $0.event.isJoined })
      let edited = try MessageEdited.read(joined.event)
      #expect(try await journey.open(edited)?.text == "Right")
      #expect(edited.facts.message == whole.message && edited.facts.attachments?.count == 2)
      #expect((edited.facts.attachments == whole.attachments) == (misread == .caption))
      let sealed = try #require(edited.private)
      try await eventually("prompts show what it says") {
        try await tenant.database.pool.withConnection {
          let row = try $0.execute("select count(*) from stage.turn where content = $1", [.text(sealed)])[0]
          return row.int8(0) == 1 ? true : nil
        }
      }

      _ = try await replay(journey)
      try await channel.report(.text("m2", "Bye", from: ada), to: tenant)
      let all = try await tenant.conversationEvents {
        $0.count(ReplySkipped.type) + $0.count(ReplyGenerated.type) == (isEchoed ? 1 : 2)
          && $0.count(MessageClassified.type) >= (isEchoed ? 1 : 4)
      }
      #expect(all.count(MessageEdited.type) == 2)
      #expect(all.answered() == (isEchoed ? 0 : 2))
      if isEchoed { #expect(all.count(MessageClassified.type) == 1) }
    }
  }

  /// No words of its own leave it what the others say: it is asked still.
  @Test(.timeLimit(.minutes(2)))
  func anAlbumThatWaitsForItsAnswerIsNotForgottenForAFileWithoutWords() async throws {
    let channel = ScriptedChannel { _, _ in .fetched(bytes: [1], mediaType: nil) }
    let model = HeldChatModel()
    try await Journey.run(model: model, channel: channel) { journey in
      let tenant = journey.tenant
      let bodies = Misread.place.captions.map { channel.prepare([file($0.id, $0.text)]) }
      try await deliver(bodies, to: journey)
      await model.untilAsked()
      channel.learn(bodies[0], [file("1", nil, at: "another file")])
      #expect(try await replay(journey).messages == 2)
      // That of the whole is looked up anew.
      _ = try await tenant.conversationEvents {
        $0.count(MessageEdited.type) == 2 && $0.count(ContextRetrieved.type) == 2
      }
      try await journey.tenant.waitForContexts(2)
      model.release()
      let records = try await tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 1 }
      let received = try MessageReceived.read(records.first(MessageReceived.type)).facts
      let reply = try ReplyGenerated.read(records.first(ReplyGenerated.type)).facts
      #expect(reply.answers == [received.message])
      #expect(model.requests.last?.messages.last?.content == "Right")
    }
  }

  /// A file alone would stand for all of it.
  @Test func aFileOfAnAlbumThatIsNotKnownAnyMoreIsLeftAsItWasRead() async throws {
    let channel = ScriptedChannel { _, _ in .fetched(bytes: [1], mediaType: nil) }
    try await Journey.run(channel: channel) { journey in
      let bodies = [("1", "Wrong"), ("2", nil)].map { channel.prepare([file($0, $1)]) }
      try await deliver(bodies, to: journey)
      _ = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 1 }
      try await journey.tenant.database.pool.withConnection {
        try $0.executeScript("delete from stage.album")
      }
      channel.learn(bodies[0], [file("1", "Right")])
      #expect(try await replay(journey).messages == 2)
      try await channel.report(.text("m2", "Bye", from: ada), to: journey.tenant)
      let records = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 2 }
      #expect(records.count(MessageEdited.type) == 0)
    }
  }

  @Test func aMisreadReactionIsCorrectedWhereItIsTheContactsLast() async throws {
    let channel = ScriptedChannel()
    try await Journey.run(generates: false, channel: channel) { journey in
      let tenant = journey.tenant
      func reaction(_ id: String, to target: String, _ said: String) -> InboundItem {
        .reaction(InboundReaction(providerID: id, target: target, origin: ada, reactions: [said]))
      }
      try await channel.report(
        .text("m1", "Said", from: ada), .text("m2", "Said", from: ada), to: tenant)
      let bodies = [("r1", "m1"), ("r2", "m2"), ("r3", "m2")].map { id, target in
        channel.prepare([reaction(id, to: target, "wrong \(id)")])
      }
      for body in bodies { try await deliver(body, to: journey) }
      let before = try await tenant.conversationEvents { $0.count(MessageReacted.type) == 3 }
      let first = try MessageReacted.read(before.first(MessageReacted.type)).facts
      channel.learn(bodies[0], [reaction("r1", to: "m1", "right")])
      channel.learn(bodies[1], [reaction("r2", to: "m2", "too late")])
      // Two messages, and the last reactions to each.
      #expect(try await replay(journey).messages == 4)
      let records = try await tenant.conversationEvents { $0.count(MessageReacted.type) == 4 }
      let event = try #require(records.last { $0.event.type == MessageReacted.type }).event
      let corrected = try MessageReacted.read(event)
      #expect(corrected.facts == first && event.isReplay)
      #expect(try await journey.open(corrected)?.reactions == ["right"])

      // The contact thinks otherwise since.
      try await channel.report(reaction("r4", to: "m1", "mine"), to: tenant)
      _ = try await tenant.conversationEvents { $0.count(MessageReacted.type) == 5 }
      channel.learn(bodies[0], [reaction("r1", to: "m1", "other")])
      _ = try await replay(journey)
      try await channel.report(.text("m3", "Bye", from: ada), to: tenant)
      let all = try await tenant.conversationEvents { $0.count(MessageReceived.type) == 3 }
      #expect(all.count(MessageReacted.type) == 5)
    }
  }

  /// Where the message is that it is to: a platform that does not say so is asked no more after a month.
  @Test func aReactionIsNotCorrectedInAnotherConversation() async throws {
    let channel = ScriptedChannel(group: { $0.split(separator: "/").first.map(String.init) })
    try await Journey.run(generates: false, channel: channel) { journey in
      let tenant = journey.tenant
      func reaction(_ said: String) -> InboundItem {
        .reaction(
          InboundReaction(
            providerID: "r1", target: "m1", origin: .of("ada", thread: "group"), reactions: [said]))
      }
      try await channel.report(.text("m1", "Said", from: .of("ada", thread: "group/5")), to: tenant)
      let body = channel.prepare([reaction("wrong")])
      try await deliver(body, to: journey)
      let told = try await tenant.conversationEvents { $0.count(MessageReacted.type) == 1 }
      #expect(try told.first(MessageReacted.type).key == told.first(MessageReceived.type).key)
      try await tenant.database.pool.withConnection {
        try $0.executeScript("delete from stage.topic_message")
      }
      channel.learn(body, [reaction("right")])
      #expect(try await replay(journey).messages == 2)
      try await channel.report(.text("m2", "Bye", from: .of("ada", thread: "group/5")), to: tenant)
      let all = try await tenant.conversationEvents { $0.count(MessageReceived.type) == 2 }
      #expect(all.count(MessageReacted.type) == 1)
    }
  }

  /// It has an id of its own: it is told beside the other, and a message never goes back.
  @Test func aStatusThatIsReadAsAnotherIsOneMore() async throws {
    let channel = ScriptedChannel()
    try await Journey.run(channel: channel) { journey in
      let tenant = journey.tenant
      try await channel.report(.text("m1", "Hello", from: ada), to: tenant)
      let sent = try await tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 1 }
      let message = try DeliverySucceeded.read(sent.first(DeliverySucceeded.type)).facts.message
      func status(_ status: DeliveryStatus, code: Int? = nil) -> InboundItem {
        .status(
          InboundStatus(providerID: "provider-\(message)", origin: ada, status: status, code: code))
      }
      let body = channel.prepare([status(.delivered)])
      try await deliver(body, to: journey)
      _ = try await tenant.conversationEvents { $0.count(MessageStatus.type) == 1 }
      for read in [status(.read), status(.read, code: 7)] {
        channel.learn(body, [read])
        _ = try await replay(journey)
        // What it brought is read before it is to be read otherwise.
        _ = try await tenant.conversationEvents { $0.count(MessageStatus.type) == 2 }
      }
      try await channel.report(.text("m2", "Bye", from: ada), to: tenant)
      let records = try await tenant.conversationEvents { $0.count(MessageReceived.type) == 2 }
      let told = try records.filter { $0.event.type == MessageStatus.type }
        .map { try MessageStatus.read($0.event).facts }
      #expect(told.map(\.status) == [.delivered, .read] && told.allSatisfy { $0.code == nil })
    }
  }
}
