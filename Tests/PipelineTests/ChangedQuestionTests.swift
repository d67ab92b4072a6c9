import Channels
import Contracts
import Foundation
import Models
import Pipeline
import TestKit
import Testing

@Suite struct ChangedQuestionTests {
  private let ada = InboundOrigin.of("ada")

  @Test func aQuestionThatIsEditedBeforeItsAnswerIsAnsweredAsEdited() async throws {
    let channel = ScriptedChannel()
    let model = HeldChatModel()
    try await Journey.run(model: model, channel: channel) { journey in
      try await channel.report(.text("m1", "Is it blue?", from: ada), to: journey.tenant)
      await model.untilAsked()
      try await channel.report(.edit("e1", of: "m1", "Is it red?", from: ada), to: journey.tenant)
      try await journey.tenant.waitForContexts(2)
      model.release()
      let records = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 1 }
      #expect(records.count(ReplyGenerated.type) == 1)
      let asked = model.requests.map { $0.messages.last?.content }
      #expect(asked == ["Is it blue?", "Is it red?"])
      // An edit of what was answered changes no answer, but what is said from then on.
      try await channel.report(.edit("e2", of: "m1", "Is it green?", from: ada), to: journey.tenant)
      try await channel.report(.text("m2", "Well?", from: ada), to: journey.tenant)
      let all = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 2 }
      #expect(all.count(ReplyGenerated.type) == 2)
      #expect(model.requests.last?.messages.suffix(3).map(\.content) == ["Is it green?", "ok", "Well?"])
    }
  }

  /// What a mail quotes is kept under the contact's key, and no model reads it.
  @Test func whatAMailQuotesIsKeptAndNotAskedOfTheModel() async throws {
    let channel = ScriptedChannel()
    let model = PlannedChatModel { _, _ in .says("It is.") }
    try await Journey.run(model: model, channel: channel) { journey in
      for (id, text) in [("m1", "Is it blue?"), ("m2", "And green?")] {
        let content = InboundContent(
          .text, text: text, quoted: "> secret of \(id)\n\n-- \nAda", subject: "Shoes")
        try await channel.report(
          .message(InboundMessage(providerID: id, origin: ada, content: content)), to: journey.tenant)
        _ = try await journey.tenant.conversationEvents {
          $0.count(DeliverySucceeded.type) == (id == "m1" ? 1 : 2)
        }
      }
      let records = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 2 }
      let received = try MessageReceived.read(records.first(MessageReceived.type))
      #expect(received.facts.bytes == 11)
      #expect(try await journey.open(received)?.quoted == "> secret of m1\n\n-- \nAda")
      let said = model.requests.flatMap(\.messages).map(\.content)
      #expect(said.contains { $0.contains("And green?") } && !said.contains { $0.contains("secret") })
      #expect(!records.contains { String(decoding: $0.event.value, as: UTF8.self).contains("secret") })
    }
  }

  @Test func aQuestionThatIsDeletedBeforeItsAnswerIsNotAnswered() async throws {
    let channel = ScriptedChannel()
    let model = HeldChatModel()
    try await Journey.run(model: model, channel: channel) { journey in
      try await channel.report(.text("m1", "My number is 42", from: ada), to: journey.tenant)
      await model.untilAsked()
      try await channel.report(
        .deletion(of: "m1", from: ada), .text("m2", "Are you open?", from: ada), to: journey.tenant)
      try await journey.tenant.waitForContexts(2)
      model.release()
      let records = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 1 }
      let reply = try ReplyGenerated.read(records.first(ReplyGenerated.type)).facts
      let question = try MessageReceived.read(
        #require(records.last { $0.event.type == MessageReceived.type }).event)
      #expect(reply.answers == [question.facts.message])
      #expect(model.requests.last?.messages.contains { $0.content.contains("My number is") } == false)
    }
  }

  @Test func allThatCameMeanwhileIsAnsweredHoweverMuchItIs() async throws {
    let channel = ScriptedChannel()
    let model = HeldChatModel()
    try await Journey.run(model: model, channel: channel) { journey in
      try await channel.report(.text("m0", "Hello", from: ada), to: journey.tenant)
      await model.untilAsked()
      for number in 1...30 {
        try await channel.report(.text("m\(number)", "Question \(number)", from: ada), to: journey.tenant)
      }
      try await journey.tenant.waitForContexts(31)
      model.release()
      let records = try await journey.tenant.conversationEvents { $0.answered() == 31 }
      let answered = try records.filter { $0.event.type == ReplyGenerated.type }
        .flatMap { try ReplyGenerated.read($0.event).facts.answers }
      let received = try records.filter { $0.event.type == MessageReceived.type }
        .map { try MessageReceived.read($0.event).facts.message }
      #expect(answered == received)
      // Each is shown once: the last as the question, those before among the turns.
      let lines = model.requests.last?.messages.flatMap { $0.content.split(separator: "\n") } ?? []
      #expect(lines.count { $0.hasPrefix("Question ") } == 30)
      #expect(model.requests.last?.messages.last?.content.hasSuffix("Question 30") == true)
    }
  }

  @Test func oneOfTwoQuestionsThatIsDeletedLeavesTheOtherToBeAnsweredOnce() async throws {
    let channel = ScriptedChannel()
    let model = HeldChatModel()
    try await Journey.run(model: model, channel: channel) { journey in
      try await channel.report(
        .text("m1", "My number is 42", from: ada), .text("m2", "Are you open?", from: ada), to: journey.tenant
      )
      await model.untilAsked()
      _ = try await journey.tenant.conversationEvents { $0.count(ContextRetrieved.type) == 2 }
      try await channel.report(.deletion(of: "m1", from: ada), to: journey.tenant)
      _ = try await journey.tenant.conversationEvents { $0.count(MessageDeleted.type) == 1 }
      try await channel.report(.text("m3", "Hello?", from: ada), to: journey.tenant)
      _ = try await journey.tenant.conversationEvents { $0.count(ContextRetrieved.type) == 3 }
      model.release()
      let records = try await journey.tenant.conversationEvents { $0.answered() == 2 }
      let answered = try records.filter { $0.event.type == ReplyGenerated.type }
        .flatMap { try ReplyGenerated.read($0.event).facts.answers }
      let received = try records.filter { $0.event.type == MessageReceived.type }
        .map { try MessageReceived.read($0.event).facts.message }
      #expect(answered == Array(received.dropFirst()))
      #expect(model.requests.count <= 3)
    }
  }
}
