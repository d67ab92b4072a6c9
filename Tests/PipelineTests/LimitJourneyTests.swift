import Contracts
import Foundation
import Models
import Pipeline
import Postgres
import TestKit
import Testing

/// What happens when money or patience of others is used up, and what is recorded of it.
@Suite(.timeLimit(.minutes(2))) struct LimitJourneyTests {
  @Test func whenATenantsMoneyIsSpentDocumentsAreQuotedAndOtherTenantsLimitsDoNotCount() async throws {
    let model = PlannedChatModel { _, _ in .says("Thirty days.") }
    // A reply costs 110 millionths.
    let models = ModelCatalogue(
      models: [ConfiguredModel(name: "dear", price: ModelPrice(input: 1, output: 1))],
      tenantLimits: UseLimits(costPerDayMicros: 150),
      limitsOfTenants: [UUID().uuidString: UseLimits(costPerDayMicros: 0)])
    try await Journey.run(model: model, models: models) { journey in
      try await journey.tenant.upload("Returns policy", "# Returns\n\nYou can return goods within 30 days.")
      try await journey.tenant.waitForIndex()
      for (number, visitor) in ["ada", "bob", "cyd"].enumerated() {
        try await journey.tenant.say("Can I return goods?", visitor: visitor)
        _ = try await journey.tenant.conversationEvents { $0.count(ReplyGenerated.type) == number + 1 }
      }
      let records = try await journey.tenant.conversationEvents { $0.count(ReplyGenerated.type) == 3 }
      let replies = try records.filter { $0.event.type == ReplyGenerated.type }
        .sorted { $0.event.time < $1.event.time }.map { try ReplyGenerated.read($0.event).facts }
      #expect(replies.map(\.kind) == [.model, .model, .extractive])
      #expect(replies.map(\.costMicros) == [110, 110, nil])
      #expect(replies[2].tried == [TriedModel(model: "dear", attempts: 0, reason: "budget-exhausted")])
      #expect(model.requests.count == 2)
      let spent = try await journey.tenant.database.pool.withConnection {
        try $0.execute(
          "select cost_micros from stage.model_use where scope = 'tenant' and not is_minute")[0].int8(0)
      }
      #expect(spent == 220)
    }
  }

  @Test func aServerThatSaysTooManyRequestsIsAskedAgainAndThenTheNextOne() async throws {
    let model = PlannedChatModel { request, _ throws(ModelError) in
      if request.server == "busy" { throw ModelError(code: .rateLimited, message: "429") }
      return .says("From the next.")
    }
    let models = ModelCatalogue(
      models: [ConfiguredModel(name: "busy"), ConfiguredModel(name: "next")], fallbacks: ["next"])
    try await Journey.run(model: model, models: models) { journey in
      try await journey.tenant.say("Hello", visitor: "ada")
      let records = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 1 }
      let reply = try ReplyGenerated.read(records.first(ReplyGenerated.type)).facts
      #expect(reply.tried == [TriedModel(model: "busy", attempts: 2, reason: "rate-limited")])
      #expect(model.requests.map(\.server) == ["busy", "busy", "next"])
      #expect(journey.sender.all.map(\.text) == ["From the next."])
    }
  }
  /// A customer waits for the answer: a minute of that is the next model's, or a person's.
  @Test(arguments: [["busy"], ["busy", "next"]]) func aServerThatWantsToBeLeftAloneForLongIsNotAskedAgain(
    _ names: [String]
  ) async throws {
    let model = PlannedChatModel { request, _ throws(ModelError) in
      if request.server == "busy" {
        throw ModelError(code: .rateLimited, message: "429", retryAfter: .seconds(3_600))
      }
      return .says("From the next.")
    }
    let models = ModelCatalogue(models: names.map { ConfiguredModel(name: $0) }, fallbacks: names)
    try await Journey.run(model: model, models: models) { journey in
      try await journey.tenant.say("Hello", visitor: "ada")
      let records = try await journey.tenant.conversationEvents {
        $0.count(DeliverySucceeded.type) + $0.count(ReplyFailed.type) == 1
      }
      let tried =
        names.count == 1
        ? try ReplyFailed.read(records.first(ReplyFailed.type)).facts.tried
        : try ReplyGenerated.read(records.first(ReplyGenerated.type)).facts.tried
      #expect(tried == [TriedModel(model: "busy", attempts: 1, reason: "rate-limited")])
      #expect(model.requests.map(\.server) == names)
    }
  }

  /// The last model of the chain is worth a wait that the first one is not.
  @Test func aShortWaitIsWaitedOutAtTheLastModelAlone() async throws {
    let model = PlannedChatModel { request, call throws(ModelError) in
      if call < 2 { throw ModelError(code: .rateLimited, message: "429", retryAfter: .seconds(6)) }
      return .says("From \(request.server).")
    }
    let models = ModelCatalogue(
      models: [ConfiguredModel(name: "busy"), ConfiguredModel(name: "next")], fallbacks: ["next"])
    try await Journey.run(model: model, models: models) { journey in
      try await journey.tenant.say("Hello", visitor: "ada")
      let records = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 1 }
      let reply = try ReplyGenerated.read(records.first(ReplyGenerated.type)).facts
      #expect(reply.tried == [TriedModel(model: "busy", attempts: 1, reason: "rate-limited")])
      #expect(model.requests.map(\.server) == ["busy", "next", "next"])
    }
  }
}
