import Contracts
import EventLog
import Foundation
import Keyring
import Models
import Pipeline
import Postgres
import PostgresLog
import TestKit
import Testing

/// From what a customer writes to a person who has the conversation, by each rule that a message can meet.
@Suite struct EscalationJourneyTests {
  private static let bound = 0.9
  private static let rules = [
    EscalationRule(name: "angry twice", sentiment: "angry", times: 2),
    EscalationRule(name: "asks", asksForPerson: true),
    EscalationRule(name: "word", keywords: ["lawyer"]),
    EscalationRule(name: "very important", label: "vip"),
    EscalationRule(name: "unsure", confidenceBelow: bound),
  ]

  @Test(.timeLimit(.minutes(2)))
  func eachRuleGivesTheConversationToAPersonWhoThenIsNotTalkedInto() async throws {
    let model = PlannedChatModel { _, _ in .says("Certainly.") }
    let definition = AgentDefinition(
      instructions: "Answer.", fallback: "?", texts: AgentTexts(handover: "A colleague takes over."),
      escalation: Self.rules)
    try await Journey.run(model: model, definition: definition) { journey in
      let tenant = journey.tenant
      try await tenant.say("Das ist eine Frechheit! Wo bleibt mein Geld?", visitor: "ada")
      let calm = try await tenant.conversationEvents { $0.count(ReplyGenerated.type) == 1 }
      #expect(try ReplyGenerated.read(calm.first(ReplyGenerated.type)).facts.kind == .model)
      // Whatever language it is in.
      try await tenant.say("C'est une honte ! Où est mon argent ?", visitor: "ada")
      let angry = try await Self.handed(tenant, 1)
      #expect(angry.key == calm.first { $0.event.type == ConversationOpened.type }?.event.key)
      #expect(angry.reason == "sentiment" && angry.rule == "angry twice")

      try await tenant.say("I want to talk to a human", visitor: "bob")
      let asked = try await Self.handed(tenant, 2)
      #expect(asked.reason == "asked" && asked.rule == "asks")

      try await tenant.say("My lawyer will call you", visitor: "cyd")
      let word = try await Self.handed(tenant, 3)
      #expect(word.reason == "keyword" && word.rule == "word")

      try await tenant.say("Hello there", visitor: "dan")
      let replied = try await tenant.conversationEvents { $0.count(ReplyGenerated.type) == 5 }
      let dan = try #require(
        replied.last { $0.event.type == ConversationOpened.type && !Self.isHanded($0.event.key, in: replied) }
      )
      let conversation = try #require(ConversationID(dan.event.key.rawValue))
      // As it was written before labels were sealed.
      try await tenant.append(
        ConversationLabelled.self, .init(conversation: conversation, labels: ["vip"]), to: conversation)
      try await tenant.say("One more question", visitor: "dan")
      let important = try await Self.handed(tenant, 4)
      #expect(important.key == dan.event.key && important.reason == "label")
      #expect(important.rule == "very important")

      try await tenant.change(IntentJourneyTests.examples, revision: 1)
      _ = try await tenant.tenantEvent(IntentsTrained.self)
      try await tenant.say("blue bananas dream", visitor: "eve")
      let unsure = try await Self.handed(tenant, 5)
      #expect(unsure.reason == "low-confidence" && unsure.rule == "unsure")
      let seen = try await tenant.conversationEvents { $0.count(MessageClassified.type) == 7 }
        .last { $0.event.type == MessageClassified.type && $0.event.key == unsure.key }
      let confidence = try MessageClassified.read(#require(seen).event).facts.confidence
      #expect(try #require(confidence) < Self.bound)

      #expect(journey.sender.all.count { $0.text == "A colleague takes over." } == 5)
      try await tenant.say("Hello?", visitor: "eve")
      let silent = try await tenant.conversationEvents { $0.count(ReplySkipped.type) == 1 }
      #expect(try ReplySkipped.read(silent.first(ReplySkipped.type)).facts.reason == "handed-over")
    }
  }

  /// Whoever is called so, in each of their conversations.
  @Test(.timeLimit(.minutes(2)))
  func aContactWhoIsCalledVeryImportantIsGivenToAPerson() async throws {
    let model = PlannedChatModel { _, _ in .says("Certainly.") }
    let definition = AgentDefinition(
      instructions: "Answer.", fallback: "?", escalation: [EscalationRule(name: "vip", label: "vip")])
    try await Journey.run(model: model, definition: definition) { journey in
      let tenant = journey.tenant
      try await tenant.say("Hello there", visitor: "ada")
      try await tenant.say("Hello there", visitor: "bob")
      let greeted = try await tenant.conversationEvents { $0.count(ReplyGenerated.type) == 2 }
      let contact = try await tenant.contact(greeted)
      let key = try await tenant.key(KeyID(contact.uuid))
      let labelled = Event(
        id: EventID(UUID.version7()), type: ContactLabelled.type, topic: .tenants,
        key: StreamID(tenant.tenant),
        tenant: tenant.tenant, time: Date(), source: "/test",
        value: try ContactLabelled.value(
          .init(contact: contact), private: .init(labels: ["vip"]), sealedWith: key))
      _ = try await tenant.log.append([labelled])
      for visitor in ["ada", "bob"] { try await tenant.say("One more question", visitor: visitor) }
      let records = try await tenant.conversationEvents {
        $0.count(ReplyGenerated.type) == 4 && $0.count(ConversationHandedOver.type) == 1
      }
      let handed = try #require(records.first { $0.event.type == ConversationHandedOver.type })
      #expect(try ConversationHandedOver.read(handed.event).facts.reason == "label")
      let opened = try #require(
        records.first { $0.event.type == ConversationOpened.type && $0.event.key == handed.event.key })
      #expect(try ConversationOpened.read(opened.event).facts.contact == contact)
    }
  }

  /// A group's label is under the key of whom it was opened with, whoever asks; and no stage keeps it in the clear.
  @Test(.timeLimit(.minutes(2)))
  func aGroupThatIsCalledVeryImportantIsGivenToAPerson() async throws {
    let model = PlannedChatModel { _, _ in .says("Certainly.") }
    let definition = AgentDefinition(
      instructions: "Answer.", fallback: "?", escalation: [EscalationRule(name: "vip", label: "vip")])
    let channel = ScriptedChannel()
    try await Journey.run(model: model, definition: definition, channel: channel) { journey in
      let tenant = journey.tenant
      func say(_ id: String, _ visitor: String) async throws {
        try await channel.report(.text(id, "Hello", from: .of(visitor, thread: "group")), to: tenant)
      }
      // One after the other: both together may be answered at once.
      try await say("m1", "ada")
      _ = try await tenant.conversationEvents { $0.count(ReplyGenerated.type) == 1 }
      try await say("m2", "bob")
      let answered = try await tenant.conversationEvents { $0.count(ReplyGenerated.type) == 2 }
      let opened = try ConversationOpened.read(answered.first(ConversationOpened.type)).facts
      let bob = try #require(
        try answered.filter { $0.event.type == MessageReceived.type }
          .map { try MessageReceived.read($0.event).facts.contact }.first { $0 != opened.contact })
      // Nothing that a prompt looks back on is under the key of the label any more.
      let bobsKey = try await tenant.key(KeyID(bob.uuid))
      for _ in 0..<60 {
        try await tenant.append(
          MessageComposed.self,
          .init(conversation: opened.conversation, message: MessageID(UUID()), bytes: 2),
          private: .init(text: "Hm"), sealedWith: bobsKey, to: opened.conversation)
      }
      try await tenant.append(
        ConversationLabelled.self, .init(conversation: opened.conversation),
        private: .init(labels: (0..<49).map { "label \($0)" } + ["vip", "one too many"]),
        sealedWith: tenant.key(KeyID(opened.contact.uuid)), to: opened.conversation)
      try await say("m3", "bob")
      let records = try await tenant.conversationEvents { $0.count(ConversationHandedOver.type) == 1 }
      let handed = try ConversationHandedOver.read(records.first(ConversationHandedOver.type))
      #expect(handed.facts.reason == "label")
      let states = try await tenant.database.pool.withConnection {
        try $0.execute(
          "select convert_from(value, 'UTF8') from stage.state where stage = 'generate'"
        ).map { $0.text(0) }
      }
      #expect(states.count == 1 && !states.contains { $0.contains("vip") || $0.contains("label 7") })
    }
  }

  /// What cannot be read is not passed over, and holds up no conversation that is answered at the same time.
  @Test(.timeLimit(.minutes(2)))
  func malformedLabelsHoldUpTheirOwnConversationAlone() async throws {
    let model = PlannedChatModel { _, _ in .says("Certainly.") }
    let definition = AgentDefinition(
      instructions: "Answer.", fallback: "?", escalation: [EscalationRule(name: "vip", label: "vip")])
    try await Journey.run(model: model, definition: definition) { journey in
      let tenant = journey.tenant
      try await tenant.say("Hello there", visitor: "ada")
      let greeted = try await tenant.conversationEvents { $0.count(ReplyGenerated.type) == 1 }
      let opened = try ConversationOpened.read(greeted.first(ConversationOpened.type)).facts
      let sound = try ConversationLabelled.value(.init(conversation: opened.conversation))
      let malformed = Event(
        id: EventID(UUID.version7()), type: ConversationLabelled.type, topic: .conversations,
        key: StreamID(opened.conversation), tenant: tenant.tenant, time: Date(), source: "/test",
        value: sound.dropLast() + Array(#","private":"odd"}"#.utf8))
      _ = try await tenant.log.append([malformed])
      for visitor in ["ada", "bob"] { try await tenant.say("One more question", visitor: visitor) }
      let records = try await tenant.conversationEvents { $0.count(ReplyGenerated.type) == 2 }
      let answered = try #require(records.last { $0.event.type == ReplyGenerated.type })
      #expect(answered.event.key != StreamID(opened.conversation))
      try await eventually("the other question is parked") {
        try await tenant.database.pool.withConnection {
          let row = try $0.execute("select count(*) from stage.parked where stage = 'generate'")[0]
          return row.int8(0) == 1 ? true : nil
        }
      }
    }
  }

  /// At most 50 labels count, of at most 100 characters, whoever wrote the event.
  @Test func labelsHaveBounds() {
    let many = (0..<60).map { "\($0)" }
    #expect(LabelBounds.kept(of: many) == Array(many.prefix(50)))
    let long = String(repeating: "e\u{301}", count: 60)
    #expect(LabelBounds.kept(of: [long]).map(\.unicodeScalars.count) == [100])
    #expect(LabelBounds.kept(of: ["vip"]) == ["vip"])
  }

  private static func isHanded(_ key: StreamID, in records: [Record]) -> Bool {
    records.contains { $0.event.type == ConversationHandedOver.type && $0.event.key == key }
  }

  /// The newest of so many conversations that a person got, why, and by which rule; once its contact was told.
  private static func handed(
    _ tenant: TestTenant, _ count: Int
  ) async throws -> (key: StreamID, reason: String, rule: String?) {
    let records = try await tenant.conversationEvents { records in
      let handed = records.filter { $0.event.type == ConversationHandedOver.type }.map(\.event.key)
      return handed.count == count
        && handed.allSatisfy { key in
          records.last { $0.event.key == key && $0.event.type == DeliverySucceeded.type } != nil
        }
    }
    let handed = try #require(
      records.filter { $0.event.type == ConversationHandedOver.type }
        .max { $0.event.time < $1.event.time })
    let reply = try #require(
      records.last { $0.event.key == handed.event.key && $0.event.type == ReplyGenerated.type })
    return (
      handed.event.key, try ConversationHandedOver.read(handed.event).facts.reason,
      try ReplyGenerated.read(reply.event).facts.rule
    )
  }
}
