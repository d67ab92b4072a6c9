import Contracts
import EventLog
import Foundation
import Models
import Postgres
import PostgresLog
import Pipeline
import Synchronization
import TestKit
import Testing

@Suite(.timeLimit(.minutes(3))) struct JourneyTests {
  @Test func aMessageIsAnsweredFromTheDocumentsThatTheTenantUploaded() async throws {
    try await Journey.run { journey in
      try await journey.tenant.upload("Returns policy", "# Returns\n\nYou can return goods within 30 days.")
      try await journey.tenant.waitForIndex()
      try await journey.tenant.say("Can I return goods?", visitor: "ada")
      let records = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 1 }
      #expect(
        records.map(\.event.type.rawValue) == [
          "conversation.opened", "message.received", "message.classified", "context.retrieved",
          "reply.generated", "delivery.succeeded",
        ])
      #expect(journey.sender.all.count == 1)
      #expect(journey.sender.all[0].text.contains("30 days"))
      let reply = try ReplyGenerated.read(records[4].event).facts
      #expect(reply.kind == .extractive)
      #expect(reply.passages.count == 1 && reply.citations == [1])
    }
  }

  @Test func theSameMessageFiveTimesAtOnceIsAnsweredOnce() async throws {
    try await Journey.run { journey in
      let id = UUID.version7()
      try await withThrowingTaskGroup { group in
        for _ in 0..<5 {
          group.addTask { try await journey.tenant.say("Hello?", id: id, visitor: "ada") }
        }
        try await group.waitForAll()
      }
      try await journey.tenant.say("And now?", visitor: "ada")
      let records = try await journey.tenant.conversationEvents {
        $0.count(DeliverySucceeded.type) >= 1 && $0.answered() == 2
      }
      #expect(records.count(MessageReceived.type) == 2)
      #expect(Set(journey.sender.all.map(\.message)).count == journey.sender.all.count)
    }
  }

  @Test func messagesThatArriveWhileTheModelWritesShareTheNextReply() async throws {
    let model = HeldChatModel()
    try await Journey.run(model: model) { journey in
      try await journey.tenant.say("one", visitor: "ada")
      await model.untilAsked()
      for text in ["two", "three", "four"] { try await journey.tenant.say(text, visitor: "ada") }
      try await journey.tenant.waitForContexts(4)
      model.release()
      let records = try await journey.tenant.conversationEvents { $0.answered() == 4 }
      let replies = try records.filter { $0.event.type == ReplyGenerated.type }
        .map { try ReplyGenerated.read($0.event).facts.answers.count }
      #expect(replies == [1, 3])
    }
  }

  @Test func aSlowModelHoldsBackOnlyItsOwnConversation() async throws {
    let model = HeldChatModel()
    try await Journey.run(model: model) { journey in
      try await journey.tenant.say("slow", visitor: "ada")
      await model.untilAsked()
      let slow = try await journey.tenant.conversationEvents { $0.count(ContextRetrieved.type) == 1 }[0]
        .event.key
      for visitor in 0..<20 { try await journey.tenant.say("quick", visitor: "visitor \(visitor)") }
      let records = try await journey.tenant.conversationEvents { $0.count(ReplyGenerated.type) == 20 }
      #expect(!records.types(of: slow).contains("reply.generated"))
      model.release()
    }
  }

  @Test func theAgentIsSilentWhileAPersonHoldsTheConversation() async throws {
    try await Journey.run { journey in
      try await journey.tenant.say("first", visitor: "ada")
      let records = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 1 }
      let conversation = try #require(ConversationID(records[0].event.key.rawValue))
      try await journey.tenant.append(
        ConversationHandedOver.self, .init(conversation: conversation, reason: "api"), to: conversation)
      try await journey.tenant.say("second", visitor: "ada")
      _ = try await journey.tenant.conversationEvents { $0.count(ReplySkipped.type) == 1 }
      try await journey.tenant.append(
        ConversationReleased.self, .init(conversation: conversation, reason: "api"), to: conversation)
      try await journey.tenant.say("third", visitor: "ada")
      let all = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 2 }
      let last = try #require(all.last { $0.event.type == ReplyGenerated.type })
      #expect(try ReplyGenerated.read(last.event).facts.answers.count == 1)
    }
  }

  @Test func aBodyThatIsNotUnderstoodIsParkedAloneAndTheNextIsAnswered() async throws {
    try await Journey.run { journey in
      let tenant = journey.tenant
      try await tenant.receive(#"{"weird":true}"#, on: tenant.webChat, channel: .webchat, sender: "ada")
      try await tenant.say("hello", visitor: "ada")
      _ = try await tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 1 }
      let parked = try await tenant.database.pool.withConnection {
        try $0.execute("select parked_reason from stage.waiting where stage = 'normalize'").map {
          $0.text(0)
        }
      }
      #expect(parked.count == 1)
    }
  }

  @Test func aParkedBodyThatIsTriedAgainHoldsNobodyBack() async throws {
    try await Journey.run { journey in
      let tenant = journey.tenant
      try await tenant.receive(#"{"weird":true}"#, on: tenant.webChat, channel: .webchat, sender: "ada")
      try await tenant.say("hello", visitor: "ada")
      _ = try await tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 1 }
      let retried = try await tenant.database.pool.withTransaction { transaction in
        let row = try transaction.execute("select tenant, id from stage.parked")[0]
        return try transaction.execute(
          "select stage.retry_parked($1, $2)", [.uuid(row.uuid(0)), .uuid(row.uuid(1))])[0].int4(0)
      }
      #expect(retried == 1)
      try await tenant.say("hello again", visitor: "ada")
      _ = try await tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 2 }
    }
  }

  @Test func aMessageThatWasNotTakenIsTriedAgainUntilItIs() async throws {
    let sender = RecordingSender { call, effect in
      call < 3
        ? .notTaken(reason: "throttled", code: 130429, retryAfterSeconds: nil)
        : .accepted(providerID: "p", milliseconds: 1)
    }
    try await Journey.run(sender: sender) { journey in
      try await journey.tenant.say("hello", visitor: "ada")
      let records = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 1 }
      let facts = try DeliverySucceeded.read(#require(records.last).event).facts
      #expect(facts.attempts == 3)
    }
  }

  @Test func aRefusalIsAFailureAndAnUnknownOutcomeIsUncertain() async throws {
    let sender = RecordingSender { call, _ in
      call == 1 ? .rejected(reason: "unauthorised", code: 190) : .uncertain(reason: "timeout")
    }
    try await Journey.run(sender: sender) { journey in
      try await journey.tenant.say("hello", visitor: "ada")
      _ = try await journey.tenant.conversationEvents { $0.count(DeliveryFailed.type) == 1 }
      try await journey.tenant.say("hello again", visitor: "ada")
      _ = try await journey.tenant.conversationEvents { $0.count(DeliveryUncertain.type) == 1 }
      #expect(sender.all.count == 2)
    }
  }

  @Test func aSendThatRunsWhenTheStagesAreStoppedIsMadeOnceAndSucceeds() async throws {
    let sender = RecordingSender { _, _ in
      do { try await Task.sleep(for: .milliseconds(700)) } catch { return .uncertain(reason: "cancelled") }
      return .accepted(providerID: "p", milliseconds: 700)
    }
    try await Journey.run(sender: sender) { journey in
      try await journey.tenant.say("hello", visitor: "ada")
      try await eventually("the reply is being sent") { sender.all.isEmpty ? nil : true }
    } afterwards: { journey in
      let records = try await journey.tenant.conversationEvents {
        $0.count(DeliverySucceeded.type) + $0.count(DeliveryUncertain.type) == 1
      }
      #expect(records.count(DeliverySucceeded.type) == 1)
      #expect(sender.all.count == 1)
    }
  }

  @Test func aModelThatKeepsFailingEndsInOneReplyFailed() async throws {
    let model = ScriptedChatModel(
      pieces: ["no"], failure: { _ in ModelError(code: .rejected, message: "no") })
    try await Journey.run(model: model) { journey in
      try await journey.tenant.say("hello", visitor: "ada")
      let records = try await journey.tenant.conversationEvents { $0.count(ReplyFailed.type) == 1 }
      #expect(try ReplyFailed.read(#require(records.last).event).facts.reason == "rejected")
    }
  }
}

extension [Record] {
  /// How many messages the replies so far answer.
  func answered() -> Int {
    filter { $0.event.type == ReplyGenerated.type }
      .reduce(0) { $0 + ((try? ReplyGenerated.read($1.event).facts.answers.count) ?? 0) }
  }
}

extension TestTenant {
  /// Until what was found for so many messages waits for the model, or is with it. The log has it earlier.
  func waitForContexts(_ count: Int64) async throws {
    try await eventually("\(count) contexts are in generate") {
      try await database.pool.withConnection {
        let row = try $0.execute(
          "select count(*) from stage.waiting where stage = 'generate' and type = $1",
          [.text(ContextRetrieved.type.rawValue)])[0]
        return row.int8(0) == count ? true : nil
      }
    }
  }

  func waitForIndex() async throws {
    let reader = try await log.reader(from: [.init(TopicPartition(.documents, Partition(0)))], types: nil)
    var types: [EventType] = []
    while !types.contains(DocumentIndexed.type) {
      try #require(!types.contains(DocumentFailed.type), "the document could not be indexed")
      types += try await reader.next(limit: 100).records.map(\.event.type)
    }
  }

  func append<Spec: EventSpec>(
    _ spec: Spec.Type, _ facts: Spec.Facts, private content: Spec.Private? = nil,
    sealedWith key: SealingKey? = nil, to conversation: ConversationID
  ) async throws {
    let event = Event(
      id: EventID(UUID.version7()), type: Spec.type, topic: Spec.topic, key: StreamID(conversation),
      tenant: tenant, time: Date(), source: "/test",
      value: try Spec.value(facts, private: content, sealedWith: key))
    _ = try await log.append([event])
  }
}
