import Contracts
import Extraction
import Foundation
import Models
import Pipeline
import TestKit
import Testing

/// Where an answer says that it is from.
@Suite(.timeLimit(.minutes(2))) struct QuotationJourneyTests {
  @Test func aCitationNamesThePageOfThePDF() async throws {
    let model = PlannedChatModel { request, _ in
      // By the number under which the passage was shown.
      let shown = request.messages.last?.content ?? ""
      let number = shown.split(separator: "[").first { $0.contains("within 30 days") }?.prefix(1) ?? "?"
      return .says("Within 30 days [\(number)].")
    }
    let definition = AgentDefinition(instructions: "Answer.", fallback: "?", grounding: "cited")
    try await Journey.run(model: model, definition: definition) { journey in
      try await journey.tenant.upload(
        "Returns policy",
        PDF.document([
          [(18, "Welcome"), (11, "This shop sells tents and boots.")],
          [(18, "Shipping"), (11, "Parcels take three days.")],
          [(18, "Returns"), (11, "You can return goods within 30 days.")],
        ]), .pdf)
      try await journey.tenant.waitForIndex()
      try await journey.tenant.say("Can I return goods?", visitor: "ada")
      let records = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 1 }
      let reply = try ReplyGenerated.read(records.first(ReplyGenerated.type)).facts
      #expect(reply.citations?.count == 1 && reply.citationsRemoved == nil)
      let text = try #require(journey.sender.all.first?.text)
      #expect(text.hasPrefix("Within 30 days [") && text.hasSuffix("] Returns policy, p. 3"), "\(text)")
    }
  }

  /// The agent is English, the document and the customer German.
  @Test func aGermanDocumentIsQuotedToAGermanCustomerOfAnEnglishAgent() async throws {
    try await Journey.run { journey in
      try await journey.tenant.upload(
        "Rückgabe", "Die Rückgabefristen unserer Waren betragen dreißig Tage ab der Lieferung.",
        language: "german")
      try await journey.tenant.waitForIndex()
      try await journey.tenant.say("Welche Rückgabefrist gilt bei der Lieferung von Waren?", visitor: "ada")
      let records = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 1 }
      #expect(try ContextRetrieved.read(records.first(ContextRetrieved.type)).facts.passages.count == 1)
      #expect(try ReplyGenerated.read(records.first(ReplyGenerated.type)).facts.kind == .extractive)
      #expect(
        journey.sender.all.first?.text
          == "Aus „Rückgabe“: „Die Rückgabefristen unserer Waren betragen dreißig Tage ab der Lieferung.“")
    }
  }
}
