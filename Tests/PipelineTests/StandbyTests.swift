import Channels
import Contracts
import EventLog
import Foundation
import Pipeline
import TestKit
import Testing

/// What a contact says while another app has the conversation at the platform.
@Suite(.timeLimit(.minutes(3))) struct StandbyTests {
  private let ada = InboundOrigin.of("ada")

  private func standby(_ id: String, _ text: String) -> InboundItem {
    .message(
      InboundMessage(
        providerID: id, origin: ada, content: InboundContent(.text, text: text), isStandby: true))
  }

  @Test func isKeptAndNeverAnswered() async throws {
    let channel = ScriptedChannel()
    let definition = AgentDefinition(
      instructions: "Answer.", fallback: "I do not know.", greeting: "Welcome!")
    try await Journey.run(definition: definition, channel: channel) { journey in
      try await channel.report(standby("m1", "Where is my order?"), to: journey.tenant)
      let first = try await journey.tenant.conversationEvents {
        $0.count(ReplySkipped.type) == 1 && $0.count(MessageClassified.type) == 1
      }
      let kept = try MessageReceived.read(first.first(MessageReceived.type)).facts
      let skipped = try ReplySkipped.read(first.first(ReplySkipped.type)).facts
      #expect(kept.standby == true && kept.bytes == "Where is my order?".utf8.count)
      #expect(skipped.reason == "standby" && skipped.answers == [kept.message])
      #expect(first.count(ContextRetrieved.type) == 0)

      // The same once more, as if the conversation were ours, changed, and then something that is.
      try await channel.report(.text("m1", "Where is my order?", from: ada), to: journey.tenant)
      try await channel.report(.edit("e1", of: "m1", "Where is order 7?", from: ada), to: journey.tenant)
      _ = try await journey.tenant.conversationEvents { $0.count(ContextRetrieved.type) == 1 }
      try await channel.report(.text("m2", "And the invoice?", from: ada), to: journey.tenant)
      let all = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 1 }
      #expect(all.count(MessageReceived.type) == 2 && all.count(ReplySkipped.type) == 1)
      let answered = try all.filter { $0.event.type == ReplyGenerated.type }
        .flatMap { try ReplyGenerated.read($0.event).facts.answers }
      let asked = try #require(all.last { $0.event.type == MessageReceived.type })
      #expect(answered == [try MessageReceived.read(asked.event).facts.message])
      #expect(journey.sender.all.count == 1)
      // Whether a message was seen is for the other app to say.
      try await eventually("the other is read") { channel.signals.contains(.read) ? true : nil }
      #expect(zip(channel.signals, channel.targets).filter { $0.0 == .read }.map(\.1.providerID) == ["m2"])
    }
  }

  private func control(_ id: String) -> InboundItem {
    .control(InboundControl(providerID: id, origin: ada))
  }

  private func answered(in records: [Record]) throws -> [MessageID] {
    try records.filter { $0.event.type == ReplyGenerated.type }
      .flatMap { try ReplyGenerated.read($0.event).facts.answers }
  }

  private func said(in records: [Record]) throws -> [MessageReceived.Facts] {
    try records.filter { $0.event.type == MessageReceived.type }
      .map { try MessageReceived.read($0.event).facts }
  }

  /// What was said last waits for an answer; what stood before it the other app has answered, or it did not matter.
  @Test func isAnsweredOnceTheConversationIsOurs() async throws {
    let channel = ScriptedChannel()
    try await Journey.run(channel: channel) { journey in
      try await channel.report(
        standby("m1", "Hello"), standby("m2", "Where is my order?"), to: journey.tenant)
      _ = try await journey.tenant.conversationEvents { $0.skips("standby") == 2 }
      try await channel.report(
        .edit("e1", of: "m2", "Where is my order 77?", from: ada), control("c1"), to: journey.tenant)
      let records = try await journey.tenant.conversationEvents {
        $0.count(DeliverySucceeded.type) == 1 && $0.count(ContextRetrieved.type) == 2
      }
      #expect(try answered(in: records) == [said(in: records)[1].message])
      let asked = records.filter { $0.event.type == ContextRetrieved.type }.map(\.event)
      let passed = try #require(records.first { $0.event.type == ConversationReleased.type })
      #expect(try ConversationReleased.read(passed.event).facts.reason == "passed")
      let context = try ContextRetrieved.read(#require(asked.last { $0.causation == passed.event.id }))
      #expect(try await journey.open(context)?.query == "Where is my order 77?")

      // Told again, and what comes then.
      try await channel.report(control("c1"), .text("m3", "And the invoice?", from: ada), to: journey.tenant)
      let all = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 2 }
      #expect(try answered(in: all) == said(in: all).dropFirst().map(\.message))
      #expect(all.count(ConversationReleased.type) == 1)
    }
  }

  @Test func aFileAloneLeavesTheQuestionThatItGoesWith() async throws {
    let channel = ScriptedChannel { _, _ in .fetched(bytes: [1], mediaType: "image/png") }
    let photo = InboundContent(
      .attachment, attachments: [InboundAttachment(kind: .image, source: .file("a photo"))])
    try await Journey.run(channel: channel) { journey in
      try await channel.report(
        standby("m1", "It came broken, what now?"),
        .message(InboundMessage(providerID: "m2", origin: ada, content: photo, isStandby: true)),
        to: journey.tenant)
      _ = try await journey.tenant.conversationEvents { $0.count(MessageReceived.type) == 2 }
      try await channel.report(control("c1"), to: journey.tenant)
      let records = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 1 }
      #expect(try answered(in: records) == [said(in: records)[0].message])
    }
  }

  /// A person answered in the platform's inbox, and gives the conversation back: the agent goes on from there.
  @Test func whatWasAnsweredMeanwhileIsNotAnsweredAgain() async throws {
    let channel = ScriptedChannel()
    try await Journey.run(channel: channel) { journey in
      try await channel.report(standby("m1", "Where is my order?"), to: journey.tenant)
      let echo = InboundMessage(
        providerID: "e1", origin: ada, content: InboundContent(.text, text: "On its way."))
      try await channel.report(.echo(echo), to: journey.tenant)
      _ = try await journey.tenant.conversationEvents {
        $0.count(ConversationHandedOver.type) == 1 && $0.skips("standby") == 1
      }
      try await channel.report(control("c1"), .text("m2", "And when?", from: ada), to: journey.tenant)
      let records = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 1 }
      #expect(try answered(in: records) == said(in: records).dropFirst().map(\.message))
      #expect(records.count(ConversationReleased.type) == 1 && records.skips("handed-over") == 0)
      #expect(records.count(ContextRetrieved.type) == 1)
    }
  }

  /// One of our own people has it, to whom what was said to the other app is shown.
  @Test func whatOneOfOurOwnHasIsNotTheAgentsOnceItIsPassed() async throws {
    let channel = ScriptedChannel()
    try await Journey.run(channel: channel) { journey in
      try await channel.report(standby("m1", "Where is my order?"), to: journey.tenant)
      let kept = try await journey.tenant.conversationEvents { $0.skips("standby") == 1 }
      let conversation = try said(in: kept)[0].conversation
      try await journey.tenant.append(
        ConversationHandedOver.self, .init(conversation: conversation, reason: "api", isOurs: true),
        to: conversation)
      try await channel.report(control("c1"), .text("m2", "And when?", from: ada), to: journey.tenant)
      _ = try await journey.tenant.conversationEvents { $0.skips("handed-over") == 1 }
      try await journey.tenant.append(
        ConversationReleased.self, .init(conversation: conversation, reason: "api"), to: conversation)
      try await channel.report(.text("m3", "And the invoice?", from: ada), to: journey.tenant)
      let all = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 1 }
      #expect(try answered(in: all) == [said(in: all)[2].message])
      let skipped = try all.filter { $0.event.type == ReplySkipped.type }
        .map { try ReplySkipped.read($0.event).facts }
      #expect(skipped.last?.reason == "handed-over")
      #expect(try skipped.last?.answers == [said(in: all)[1].message] && skipped.count == 2)
      // Of m1 nothing was looked for.
      #expect(all.count(ConversationReleased.type) == 2 && all.count(ContextRetrieved.type) == 2)
    }
  }

  /// To stop is heard whoever has the conversation; to start may be meant for the other app.
  @Test func endsWhatWeSendAndNeverResumesIt() async throws {
    let channel = ScriptedChannel()
    try await Journey.run(channel: channel) { journey in
      try await channel.report(standby("m1", "STOP"), to: journey.tenant)
      _ = try await journey.tenant.conversationEvents {
        $0.count(ConsentChanged.type) == 1 && $0.skips("standby") == 1
      }
      try await channel.report(standby("m2", "START"), to: journey.tenant)
      try await channel.report(.text("m3", "Hello", from: ada), to: journey.tenant)
      let silent = try await journey.tenant.conversationEvents { $0.skips("opted-out") == 1 }
      #expect(silent.count(MessageReceived.type) == 3 && silent.count(ConsentChanged.type) == 1)
      #expect(try ConsentChanged.read(silent.first(ConsentChanged.type)).facts.state == .optedOut)
      try await channel.report(.text("m4", "START", from: ada), to: journey.tenant)
      let all = try await journey.tenant.conversationEvents { $0.count(ConsentChanged.type) == 2 }
      let last = try #require(all.last { $0.event.type == ConsentChanged.type })
      #expect(try ConsentChanged.read(last.event).facts.state == .optedIn)
    }
  }

  /// A file of it that was sent to us is to be answered, with the rest.
  @Test(arguments: [[true, true], [true, false]]) func anAlbumIsAsItsFilesAre(_ areStandby: [Bool])
    async throws
  {
    let channel = ScriptedChannel { _, _ in .fetched(bytes: [1], mediaType: "image/png") }
    try await Journey.run(channel: channel) { journey in
      let bodies = areStandby.enumerated().map { number, isStandby in
        let content = InboundContent(
          .attachment, text: "Look",
          attachments: [InboundAttachment(kind: .image, source: .file("file \(number)"))])
        return [
          InboundItem.message(
            InboundMessage(
              providerID: "\(number)", origin: ada, content: content, partOf: "a", isStandby: isStandby))
        ]
      }
      try await channel.report(bodies: bodies, to: journey.tenant)
      let isOfOther = areStandby.allSatisfy(\.self)
      let records = try await journey.tenant.conversationEvents {
        isOfOther ? $0.skips("standby") == 1 : $0.count(DeliverySucceeded.type) == 1
      }
      let joined = try MessageReceived.read(records.first(MessageReceived.type)).facts
      #expect(joined.attachments?.count == 2 && joined.standby == (isOfOther ? true : nil))
      #expect(records.count(ReplyGenerated.type) == (isOfOther ? 0 : 1))
    }
  }

  @Test func opensAConversationThatWasResolvedAndIsNotAnsweredEither() async throws {
    let channel = ScriptedChannel()
    try await Journey.run(channel: channel) { journey in
      try await channel.report(.text("m1", "Hello", from: ada), to: journey.tenant)
      let records = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 1 }
      let conversation = try MessageReceived.read(records.first(MessageReceived.type)).facts.conversation
      try await journey.tenant.append(
        ConversationResolved.self, .init(conversation: conversation, reason: "api"), to: conversation)
      try await channel.report(standby("m2", "One more thing"), to: journey.tenant)
      let all = try await journey.tenant.conversationEvents {
        $0.count(ConversationReopened.type) == 1 && $0.count(ReplySkipped.type) == 1
      }
      #expect(try ReplySkipped.read(all.first(ReplySkipped.type)).facts.reason == "standby")
      #expect(all.count(ReplyGenerated.type) == 1)
    }
  }
}
