import Foundation
import JSON
import Postgres
import TestKit
import Testing

/// What the file of models says about money and bounds, through the whole engine.
@Suite struct ModelsFileTests {
  @Test(.timeLimit(.minutes(4)))
  func pricesAndBoundsOfTheFileHoldInAnswers() async throws {
    try await TestDatabase.with(connections: 2, migrated: false) { database in
      try await Installation.with(database: database.url) { installation in
        let models = try ChatServer(callingWith: #"{"options":[{"title":"Yes"},{"title":"No"}]}"#)
        let tenant = try #require(installation.demo["AIGENTABLE_TENANT"])
        // Nobody may use a model but the tenant that the file names.
        try write(
          "{tokens_per_day: 0, others: [{tenant: \(tenant.uppercased()), tokens_per_day: 1000}]}", models,
          installation)
        var engine = try await installation.serve()
        try await installation.indexed()
        try await giveATool(installation)

        // Two calls, of 10 tokens at 100 and 4 at 1,000 each, and the model's day is over.
        let first = try await reply(1, installation, database)
        #expect(first["model"]?.string == "metered" && first["tool_calls"]?.int == 1)
        #expect(first["prompt_tokens"]?.int == 20 && first["completion_tokens"]?.int == 8)
        #expect(first["cost_micros"]?.int == 10_000 && first["currency"]?.string == "EUR")
        #expect(first["tried"] == nil)
        // One of 10 at 2.5 and 4 at 10; that ends the day of this one's money.
        let second = try await reply(2, installation, database)
        #expect(second["model"]?.string == "dear" && second["cost_micros"]?.int == 65)
        #expect(exhausted(second) == ["metered"])
        let third = try await reply(3, installation, database)
        #expect(third["model"]?.string == "plain" && third["cost_micros"] == nil)
        #expect(exhausted(third) == ["metered", "dear"])

        // A day later all may be used anew.
        try await database.pool.withConnection {
          _ = try $0.execute("update stage.model_use set period = period - interval '1 day'")
        }
        let fourth = try await reply(4, installation, database)
        #expect(fourth["model"]?.string == "metered" && fourth["tried"] == nil)

        // The tenant's own bound stands in the place of everybody's, and counts over restarts: 10,000 were used.
        #expect(await engine.stop() == 0, "\(engine.printed)")
        try write(
          "{tokens_per_day: 1000000, others: [{tenant: \(tenant), cost_per_day: 0.01}]}", models, installation
        )
        engine = try await installation.serve()
        let fifth = try await reply(5, installation, database)
        #expect(fifth["kind"]?.string == "extractive" && fifth["model"] == nil)
        #expect(exhausted(fifth) == ["metered", "dear", "plain"])
        #expect(["metered", "dear", "plain"].map { models.asked($0).count } == [4, 1, 1])
        #expect(await engine.stop() == 0, "\(engine.printed)")
      }
    }
  }

  private func write(_ tenants: String, _ models: ChatServer, _ installation: Installation) throws {
    let file = installation.place.folder.appendingPathComponent("models.yaml")
    try """
    currency: EUR
    models:
      - {name: metered, url: "\(models.url)/v1", price: {input: 100, output: 1000}, tokens_per_day: 28}
      - {name: dear, url: "\(models.url)/v1", tools: false, price: {input: 2.5, output: 10}, cost_per_day: 0.00006}
      - {name: plain, url: "\(models.url)/v1", tools: false}
    fallback: [dear, plain]
    tenants: \(tenants)
    """.write(to: file, atomically: true, encoding: .utf8)
    installation.place.add(["AIGENTABLE_MODELS": file.path])
  }

  private func giveATool(_ installation: Installation) async throws {
    let agent = try await eventually("the agent is listed") {
      try await installation.get("/v1/agents")["items"]?[0]?["id"]?.string
    }
    let published = try await installation.call(
      "POST", "/v1/agents/\(agent)/versions",
      #"{"instructions":"Answer.","escalation":[],"grounding":"free","tools":[{"name":"ask","kind":"choices"}]}"#
    )
    #expect(published["version"]?.int == 2, "\(published)")
  }

  /// The facts of the reply to a question that the documents answer, by somebody who asks nothing else.
  private func reply(
    _ number: Int, _ installation: Installation, _ database: TestDatabase
  ) async throws -> JSONValue {
    try await installation.deliver(
      Webhook.text("How long may I return a jacket?", from: "1555020\(number)", id: "m-\(number)"))
    return try await eventually("reply \(number) is made") {
      let rows = try await database.pool.withConnection {
        try $0.execute(
          """
          select convert_from(value, 'UTF8')::jsonb ->> 'facts' from log.record
          where type = 'reply.generated' order by time
          """
        ).map { $0.text(0) }
      }
      guard rows.count == number, let last = rows.last else { return nil }
      return try JSONValue(parsing: Array(last.utf8))
    }
  }

  private func exhausted(_ reply: JSONValue) -> [String]? {
    reply["tried"]?.array?.map {
      $0["attempts"]?.int == 0 && $0["reason"]?.string == "budget-exhausted"
        ? $0["model"]?.string ?? "" : "\($0)"
    }
  }
}
