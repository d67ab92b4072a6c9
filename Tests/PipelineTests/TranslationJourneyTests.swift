import Contracts
import EventLog
import Pipeline
import TestKit
import Testing

@Suite struct TranslationJourneyTests {
  /// Also where what is said now is of no language, and by an agent that has one of its own.
  @Test func fixedTextsAreSaidInTheLanguageOfTheCustomer() async throws {
    func definition(_ answerLanguage: String? = nil) -> AgentDefinition {
      AgentDefinition(
        instructions: "Answer.", fallback: "No idea.", answerLanguage: answerLanguage, greeting: "Hello!",
        translations: ["de": AgentTranslation(fallback: "Keine Ahnung.", greeting: "Hallo!")])
    }
    let model = PlannedChatModel { _, _ in .says(Prompt.noAnswer) }
    try await Journey.run(model: model, definition: definition()) { journey in
      let said = [
        ("ada", "Wo ist meine Bestellung?"), ("ada", "A-17"), ("ada", "Where is it?"), ("bob", "A-17"),
      ]
      for (number, (visitor, text)) in said.enumerated() {
        try await journey.tenant.say(text, visitor: visitor)
        let sent = number + (number == 3 ? 3 : 2)
        _ = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == sent }
      }
      #expect(
        journey.sender.all.map(\.text)
          == ["Hallo!", "Keine Ahnung.", "Keine Ahnung.", "No idea.", "Hello!", "No idea."])
    }
    // What is the same in every language, or a single word of another one, changes none.
    try await Journey.run(model: model, definition: definition()) { journey in
      let said = ["Wo ist meine Bestellung?", "ada.smith@example.com", "order 12345", "AB-1234-XY", "DHL"]
      for (number, text) in said.enumerated() {
        try await journey.tenant.say(text, visitor: "ada")
        _ = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == number + 2 }
      }
      #expect(journey.sender.all.map(\.text) == ["Hallo!"] + said.map { _ in "Keine Ahnung." })
    }
    // What was published before the language had to be a tag tells nothing of the fixed texts.
    try await Journey.run(model: model, definition: definition("German")) { journey in
      try await journey.tenant.say("Wo ist meine Bestellung?", visitor: "ada")
      _ = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 2 }
      #expect(journey.sender.all.map(\.text) == ["Hallo!", "Keine Ahnung."])
    }
    try await Journey.run(model: model, definition: definition("de")) { journey in
      try await journey.tenant.say("Where is it?", visitor: "ada")
      _ = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 2 }
      #expect(journey.sender.all.map(\.text) == ["Hallo!", "Keine Ahnung."])
    }
  }
}
