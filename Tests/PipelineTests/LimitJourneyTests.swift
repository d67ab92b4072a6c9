import Contracts
import Foundation
import Models
import Pipeline
import Postgres
import Synchronization
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

  /// Of tokens and of money, whoever's they are: a reply takes 110 of each.
  @Test(arguments: [
    UseLimits(tokensPerDay: 110), UseLimits(costPerDayMicros: 110), UseLimits(tokensPerDay: 111),
    UseLimits(costPerDayMicros: 220),
  ])
  func aModelWhoseDayIsUsedUpIsPassedOverUntilTheNextDay(_ limits: UseLimits) async throws {
    let model = PlannedChatModel { request, _ in .says("From \(request.server).") }
    let models = ModelCatalogue(
      models: [
        ConfiguredModel(name: "bounded", price: ModelPrice(input: 1, output: 1), limits: limits),
        ConfiguredModel(name: "spare"),
      ], fallbacks: ["spare"])
    // What is under way when the bound is reached is paid.
    let within = limits == UseLimits(tokensPerDay: 110) || limits == UseLimits(costPerDayMicros: 110) ? 1 : 2
    let clock = StandingClock(atTheBeginningOf: 86_400)
    try await Journey.run(model: model, models: models, now: { clock.now }) { journey in
      let passedOver = [TriedModel(model: "bounded", attempts: 0, reason: "budget-exhausted")]
      for number in 1...within { #expect(try await journey.reply(number).tried == nil) }
      clock.pass(86_399)
      let reply = try await journey.reply(within + 1)
      #expect(reply.tried == passedOver && reply.kind == .model && reply.costMicros == nil)
      clock.pass(1)
      #expect(try await journey.reply(within + 2).tried == nil)
      #expect(
        model.requests.map(\.server) == Array(repeating: "bounded", count: within) + ["spare", "bounded"])
    }
  }

  @Test func aTenantWhoseDayIsUsedUpIsAnsweredByModelsAgainOnTheNextDay() async throws {
    let model = PlannedChatModel { _, _ in .says("Hello!") }
    let models = ModelCatalogue(
      models: [ConfiguredModel(name: "first"), ConfiguredModel(name: "second")], fallbacks: ["second"],
      tenantLimits: UseLimits(tokensPerDay: 100))
    let definition = AgentDefinition(
      instructions: "Answer.", fallback: "?", texts: AgentTexts(failure: "Later."))
    let clock = StandingClock(atTheBeginningOf: 86_400)
    try await Journey.run(model: model, models: models, definition: definition, now: { clock.now }) {
      journey in
      #expect(try await journey.reply(1).kind == .model)
      // It is the tenant's, so that no other model helps.
      let reply = try await journey.reply(2)
      #expect(reply.kind == .fallback && reply.attempts == 0)
      #expect(
        reply.tried == [
          TriedModel(model: "first", attempts: 0, reason: "budget-exhausted"),
          TriedModel(model: "second", attempts: 0, reason: "budget-exhausted"),
        ])
      clock.pass(86_400)
      #expect(try await journey.reply(3).kind == .model)
      #expect(model.requests.map(\.server) == ["first", "first"])
    }
  }

  @Test func aFullMinuteOfTheLastModelIsWaitedOut() async throws {
    let model = PlannedChatModel { _, _ in .says("Hello!") }
    let models = ModelCatalogue(
      models: [ConfiguredModel(name: "only", limits: UseLimits(requestsPerMinute: 1))])
    let clock = StandingClock(atTheBeginningOf: 60)
    let next = clock.now + 60
    try await Journey.run(model: model, models: models, now: { clock.now }) { journey in
      #expect(try await journey.reply(1).tried == nil)
      try await journey.tenant.say("Question 2", visitor: "ada")
      try await eventually("the second answer waits for the next minute") {
        try await journey.tenant.database.pool.withConnection {
          let due = try $0.execute(
            "select due_at from stage.waiting where stage = 'generate' and type = $1",
            [.text(ContextRetrieved.type.rawValue)])
          return due.first?.optional(0, PostgresRow.date) == next ? true : nil
        }
      }
      #expect(model.requests.count == 1)
      clock.pass(60)
      let records = try await journey.tenant.conversationEvents { $0.count(ReplyGenerated.type) == 2 }
      #expect(try records.replies().map(\.tried) == [nil, nil] && model.requests.count == 2)
    }
  }

  /// The breaker opens at the fifth failure in a row, amid the third reply.
  @Test func aServerThatKeptFailingIsPassedOverByTheNextRepliesAndAskedAgainLater() async throws {
    let first = PlannedChatModel { _, call throws(ModelError) in
      if call < 5 { throw ModelError(code: .serverError, message: "down") }
      return .says("From the first.")
    }
    let second = PlannedChatModel { _, _ in .says("From the second.") }
    let clock = Mutex(ContinuousClock.now)
    let gateway = ModelGateway(
      servers: ["first": first, "second": second], now: { clock.withLock { $0 } })
    let models = ModelCatalogue(
      models: [ConfiguredModel(name: "first"), ConfiguredModel(name: "second")], fallbacks: ["second"])
    try await Journey.run(model: gateway, models: models) { journey in
      for number in 1...5 { _ = try await journey.reply(number) }
      #expect(first.requests.count == 5 && second.requests.count == 5)
      clock.withLock { $0 += .seconds(6) }
      _ = try await journey.reply(6)
      let records = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 6 }
      #expect(
        try records.replies().map { $0.tried?.map { "\($0.model) \($0.attempts) \($0.reason)" } } == [
          ["first 2 server-error"], ["first 2 server-error"], ["first 2 circuit-open"],
          ["first 1 circuit-open"], ["first 1 circuit-open"], nil,
        ])
      #expect(first.requests.count == 6 && second.requests.count == 5)
      #expect(journey.sender.all.last?.text == "From the first.")
    }
  }

  /// What it called for before counts for no failure.
  @Test func aModelThatFailsOnceAmidItsToolsIsAskedAgain() async throws {
    let model = PlannedChatModel { _, call throws(ModelError) in
      switch call {
      case 0..<4: return .calls("place", #"{"latitude":\#(call),"longitude":0}"#)
      case 4: throw ModelError(code: .serverError, message: "down")
      default: return .says("Here we are.")
      }
    }
    let definition = AgentDefinition(
      instructions: "Answer.", fallback: "?", tools: [AgentTool(name: "place", kind: "location")])
    try await Journey.run(model: model, definition: definition) { journey in
      try await journey.tenant.say("Where are you?", visitor: "ada")
      let records = try await journey.tenant.conversationEvents {
        $0.count(ReplyGenerated.type) + $0.count(ReplyFailed.type) == 1
      }
      let reply = try #require(try records.replies().first)
      #expect(reply.kind == .model && reply.tried == nil && reply.attempts == 6 && reply.toolCalls == 4)
    }
  }

  /// Each call at the price of the model that was asked, also of one that did not bring the answer to its end.
  @Test func aReplyCostsWhatAllItsCallsCost() async throws {
    let model = PlannedChatModel { request, call throws(ModelError) in
      switch call {
      case 0: return .calls("place", #"{"latitude":91,"longitude":0}"#)
      case 1: return .calls("place", #"{"latitude":52.5,"longitude":13.25}"#)
      case 2: throw ModelError(code: .rejected, message: "no")
      default: return .says("Here we are.")
      }
    }
    let models = ModelCatalogue(
      models: [
        ConfiguredModel(name: "dear", price: ModelPrice(input: 2.5, output: 10)),
        ConfiguredModel(name: "cheap", price: ModelPrice(input: 0.15, output: 0.6)),
      ], fallbacks: ["cheap"], currency: "EUR")
    let definition = AgentDefinition(
      instructions: "Answer.", fallback: "?", tools: [AgentTool(name: "place", kind: "location")])
    try await Journey.run(model: model, models: models, definition: definition) { journey in
      let reply = try await journey.reply(1)
      #expect(reply.promptTokens == 300 && reply.completionTokens == 30 && reply.attempts == 4)
      // Twice 250 + 100, and once 15 + 6.
      #expect(reply.costMicros == 721 && reply.currency == "EUR" && reply.toolCalls == 2)
      #expect(reply.tried == [TriedModel(model: "dear", attempts: 3, reason: "rejected")])
      #expect(model.requests.map(\.server) == ["dear", "dear", "dear", "cheap"])
    }
  }
}

/// A clock of the stages that stands still until it is put forward, so that a slow machine leaves no day or minute.
private final class StandingClock: Sendable {
  private let date: Mutex<Date>

  /// - Parameter seconds: how long the periods are, of which the next begins now.
  init(atTheBeginningOf seconds: Double) {
    let periods = (Date().timeIntervalSince1970 / seconds).rounded(.up)
    date = Mutex(Date(timeIntervalSince1970: periods * seconds))
  }

  var now: Date { date.withLock { $0 } }

  func pass(_ seconds: Double) { date.withLock { $0 += seconds } }
}

extension Journey {
  /// The reply to the question of this number, of one conversation.
  fileprivate func reply(_ number: Int) async throws -> ReplyGenerated.Facts {
    try await tenant.say("Question \(number)", visitor: "ada")
    let records = try await tenant.conversationEvents { $0.count(ReplyGenerated.type) == number }
    return try #require(try records.replies().last)
  }
}

extension [Record] {
  fileprivate func replies() throws -> [ReplyGenerated.Facts] {
    try filter { $0.event.type == ReplyGenerated.type }.map { try ReplyGenerated.read($0.event).facts }
  }
}
