import Contracts
import EventLog
import Foundation
import Models
import Pipeline
import TestKit
import Testing

/// From a question that the documents do not answer to the person who does.
@Suite(.timeLimit(.minutes(2))) struct GroundingJourneyTests {
  private static let definition = AgentDefinition(
    instructions: "Answer.", fallback: "I do not know.", escalation: EscalationRule.standard,
    grounding: "supported")

  @Test func whatTheDocumentsDoNotSayIsNotSaidAndAPersonTakesOver() async throws {
    let model = PlannedChatModel { request, _ in
      let asked = request.messages.last?.content ?? ""
      if asked.hasSuffix("Hello!") { return .says("Hello, I am Mia.") }
      return asked.hasSuffix("Can I return goods?") ? .says("Within 30 days [1].") : .says("We are on Mars.")
    }
    try await Journey.run(model: model, definition: Self.definition) { journey in
      let tenant = journey.tenant
      try await tenant.upload("Returns policy", "# Returns\n\nYou can return goods within 30 days.")
      try await tenant.waitForIndex()
      func reply(to text: String, from visitor: String, _ count: Int) async throws -> ReplyGenerated.Facts {
        try await tenant.say(text, visitor: visitor)
        let records = try await tenant.conversationEvents { $0.count(ReplyGenerated.type) == count }
        let last = records.filter { $0.event.type == ReplyGenerated.type }
          .max { $0.event.time < $1.event.time }
        return try ReplyGenerated.read(#require(last).event).facts
      }
      #expect(try await reply(to: "Hello!", from: "ada", 1).kind == .model)
      let supported = try await reply(to: "Can I return goods?", from: "ada", 2)
      #expect(supported.kind == .model && supported.citations == [1] && supported.withheld == nil)
      let unsupported = try await reply(to: "Where is your branch?", from: "bob", 3)
      #expect(unsupported.kind == .fallback && unsupported.rule == "no answer")
      #expect(unsupported.withheld == "unsupported" && unsupported.citations == nil)
      let records = try await tenant.conversationEvents {
        $0.count(ConversationHandedOver.type) == 1 && $0.count(DeliverySucceeded.type) == 3
      }
      let handed = try ConversationHandedOver.read(records.first(ConversationHandedOver.type)).facts
      #expect(handed.reason == "no-answer" && handed.conversation == unsupported.conversation)
      let contexts = try records.filter { $0.event.type == ContextRetrieved.type }
        .map { try ContextRetrieved.read($0.event).facts }
      #expect(contexts.allSatisfy { $0.hasDocuments == true } && contexts.count == 3)
      #expect(!journey.sender.all.contains { $0.text.contains("Mars") })
    }
  }

  @Test func anAgentWithoutDocumentsAnswersFromItsInstructions() async throws {
    let model = PlannedChatModel { _, _ in .says("We open at nine.") }
    try await Journey.run(model: model, definition: Self.definition) { journey in
      try await journey.tenant.say("When do you open?", visitor: "ada")
      let records = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 1 }
      #expect(try ReplyGenerated.read(records.first(ReplyGenerated.type)).facts.kind == .model)
      #expect(try ContextRetrieved.read(records.first(ContextRetrieved.type)).facts.hasDocuments == false)
    }
  }
}
