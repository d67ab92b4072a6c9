import Channels
import Contracts
import EventLog
import Foundation
import Pipeline
import Postgres
import PostgresLog
import TestKit
import Testing
import Understanding

@Suite(.timeLimit(.minutes(2))) struct IntentJourneyTests {
  static let examples = [
    ("Where is my parcel?", "track"), ("When will my order arrive", "track"), ("track my delivery", "track"),
    ("has my package shipped", "track"), ("My delivery is late, where is it?", "track"),
    ("I want my money back", "refund"), ("How do I get a refund?", "refund"), ("please refund me", "refund"),
    ("give me back what I paid", "refund"), ("refund for a broken item", "refund"),
  ].map { IntentExample(text: $0.0, intent: $0.1) }

  @Test func aMessageIsClassifiedBeforeItIsLookedUp() async throws {
    try await Journey.run { journey in
      try await journey.tenant.say("Das ist eine Frechheit! Wo bleibt mein Geld?", visitor: "ada")
      let records = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 1 }
      let types = records.map(\.event.type)
      let classified = try #require(types.firstIndex(of: MessageClassified.type))
      let retrieved = try #require(types.firstIndex(of: ContextRetrieved.type))
      #expect(classified + 1 == retrieved)
      let facts = try MessageClassified.read(records[classified].event).facts
      #expect(facts.language == "de")
      #expect(facts.sentiment == .angry)
      #expect(facts.channel == .webchat)
      #expect(facts.intent == nil && facts.confidence == nil && facts.outOfScope == nil)
      #expect(facts.modelRevision == nil)
      let message = try MessageReceived.read(records.first(MessageReceived.type)).facts.message
      #expect(facts.message == message)
      #expect(!String(decoding: records[classified].event.value, as: UTF8.self).contains("Frechheit"))
    }
  }

  @Test func examplesAreTrainedOnAndTheEventNamesTheModel() async throws {
    try await Journey.run { journey in
      try await journey.tenant.change(Self.examples, revision: 1)
      let trained = try await journey.tenant.tenantEvent(IntentsTrained.self)
      #expect(trained.revision == 1)
      try await journey.tenant.say("I would like a refund", visitor: "ada")
      let first = try await journey.classified(1)[0]
      #expect(first.intent == "refund")
      #expect(first.modelRevision == 1)
      #expect(first.outOfScope == false)

      // One intent cannot be told from nothing: the model before stays.
      try await journey.tenant.change(Array(Self.examples.prefix(5)), revision: 2)
      let failed = try await journey.tenant.tenantEvent(IntentsFailed.self)
      #expect(failed.revision == 2)
      try await journey.tenant.say("Where is my parcel?", visitor: "ada")
      let second = try await journey.classified(2)[1]
      #expect(second.intent == "track")
      #expect(second.modelRevision == 1)

      // Without examples nothing is recognised any more.
      try await journey.tenant.change([], revision: 3)
      try await journey.tenant.say("Where is my parcel now?", visitor: "ada")
      let third = try await journey.classified(3)[2]
      #expect(third.intent == nil && third.modelRevision == nil)
    }
  }

  /// Of what holds no text nothing is guessed, and nothing is searched for.
  @Test func everyMessageIsClassifiedAlsoWithoutText() async throws {
    let channel = ScriptedChannel()
    try await Journey.run(channel: channel) { journey in
      try await journey.tenant.change(Self.examples, revision: 1)
      _ = try await journey.tenant.tenantEvent(IntentsTrained.self)
      func message(_ id: String, _ content: InboundContent) -> InboundItem {
        .message(InboundMessage(providerID: id, origin: .of("ada"), content: content))
      }
      let voice = InboundAttachment(kind: .audio, source: .file("f1"), mediaType: "audio/ogg")
      let picture = InboundAttachment(kind: .image, source: .file("f2"), mediaType: "image/png")
      try await channel.report(
        message("m1", InboundContent(.attachment, attachments: [voice])),
        message("m2", InboundContent(.location, location: Location(latitude: 52.5, longitude: 13.4))),
        message("m3", InboundContent(.attachment, text: "I want my money back", attachments: [picture])),
        to: journey.tenant)
      let records = try await journey.tenant.conversationEvents {
        $0.count(MessageClassified.type) == 3 && $0.count(ContextRetrieved.type) == 1
      }
      let received = try records.filter { $0.event.type == MessageReceived.type }
        .map { try MessageReceived.read($0.event).facts.message }
      let facts = try records.filter { $0.event.type == MessageClassified.type }
        .map { try MessageClassified.read($0.event).facts }
      #expect(facts.map(\.message) == received && received.count == 3)
      for nothing in facts.prefix(2) {
        #expect(nothing.language == "und" && nothing.sentiment == .neutral && nothing.sentimentScore == 0)
        #expect(nothing.intent == nil && nothing.confidence == nil && nothing.outOfScope == nil)
      }
      #expect(facts[2].language == "en" && facts[2].intent == "refund")
      let retrieved = try ContextRetrieved.read(records.first(ContextRetrieved.type)).facts
      #expect(retrieved.message == received[2])
    }
  }

  @Test func theSameExamplesGiveTheSameModelAndNobodyReadsThemInTheStore() async throws {
    try await Journey.run { journey in
      try await journey.tenant.change(Self.examples, revision: 1)
      let first = try await journey.tenant.tenantEvent(IntentsTrained.self)
      try await journey.tenant.change(Self.examples, revision: 2)
      let second = try await journey.tenant.tenantEvent(IntentsTrained.self) { $0.revision == 2 }
      #expect(first.model == second.model)
      // Sealed anew, so under another name.
      #expect(first.blob != second.blob)
      let readable = try await journey.tenant.database.pool.withConnection { connection in
        try connection.execute(
          "select count(*) from knowledge.blob where position('parcel' in encode(bytes, 'escape')) > 0")[0]
          .int8(0)
      }
      #expect(readable == 0)
    }
  }
}

extension Journey {
  fileprivate func classified(_ count: Int) async throws -> [MessageClassified.Facts] {
    try await tenant.conversationEvents { $0.count(MessageClassified.type) == count }
      .filter { $0.event.type == MessageClassified.type }
      .map { try MessageClassified.read($0.event).facts }
  }
}

extension TestTenant {
  /// Changes the examples as the API does.
  func change(_ examples: [IntentExample], revision: Int) async throws {
    try await database.pool.withTransaction { [self] transaction in
      let key = try keyring.key(of: tenant, in: transaction)
      let blob = examples.isEmpty ? nil : try IntentExamples.write(examples, key: key, in: transaction)
      let facts = IntentsChanged.Facts(
        revision: revision, intents: Set(examples.map(\.intent)).count, examples: examples.count, blob: blob)
      let event = Event(
        id: EventID(UUID.version7()), type: IntentsChanged.type, topic: .tenants, key: StreamID(tenant),
        tenant: tenant, time: Date(), source: "/test", value: try IntentsChanged.value(facts))
      try log.append([event], in: transaction)
    }
  }

  /// The first one of a type in `tenants` for which `isIt` holds.
  func tenantEvent<Spec: EventSpec>(
    _ spec: Spec.Type, _ isIt: (Spec.Facts) -> Bool = { _ in true }
  ) async throws -> Spec.Facts {
    let reader = try await log.reader(
      from: [Cursor(TopicPartition(.tenants, Partition(0)))], types: [Spec.type])
    while true {
      for record in try await reader.next(limit: 100).records {
        let facts = try Spec.read(record.event).facts
        if isIt(facts) { return facts }
      }
    }
  }
}
