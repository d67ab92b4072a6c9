import Channels
import Contracts
import Foundation
import Pipeline
import TestKit
import Testing

/// What a contact says while another app has the conversation at the platform.
@Suite struct StandbyTests {
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
