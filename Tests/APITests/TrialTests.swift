import Contracts
import Foundation
import JSON
import Models
import Pipeline
import Postgres
import Synchronization
import TestKit
import TestServers
import Testing

@testable import API

/// A trial answers as the agent would, and what there was is there afterwards as it was.
struct TrialTests {
  /// Asks for a tool until it is told what that said.
  private struct Curious: ChatModel {
    func answer(
      _ request: ChatRequest, onToken: @escaping @Sendable (String) -> Void
    ) async throws(ModelError) -> ChatAnswer {
      let asked = request.messages.last { $0.role == .user }?.content ?? ""
      if asked.contains("nothing") { throw ModelError(code: .rejected, message: "no") }
      let told = request.messages.last.flatMap { $0.role == .tool ? $0.content : nil }
      let call =
        asked.contains("refund")
        ? ToolCall(id: "1", name: "refund", arguments: #"{"id":"7"}"#)
        : ToolCall(id: "1", name: "order", arguments: #"{"order":"A-17"}"#)
      return ChatAnswer(
        text: told.map { "It is \($0)." } ?? "I look.", toolCalls: told == nil ? [call] : [],
        model: "curious",
        usage: ChatUsage(promptTokens: 100, completionTokens: 10), finishReason: "stop", firstTokenAfter: nil,
        latency: .milliseconds(1))
    }
  }

  @Test func aTrialTouchesNoTableAndCallsNoTool() async throws {
    let calls = Mutex(0)
    let shop = try SocketServer { connection, _ in
      calls.withLock { $0 += 1 }
      connection.respond("200 OK", "{}")
    }
    let models = ModelCatalogue(
      models: [
        ConfiguredModel(
          name: "m", price: ModelPrice(input: 1, output: 1), limits: UseLimits(requestsPerMinute: 1))
      ], tenantLimits: UseLimits(tokensPerDay: 100))
    try await TestAPI.with(
      models: models, chat: Curious(), toolHosts: ToolHosts("private:127.0.0.1:\(shop.port)")
    ) { api in
      let made = try await api.v1("POST", "/agents", Self.agent(shop))
      let id = try #require(made.json?["id"]?.string, "\(made.text)")
      // The tenant has used up its day, which is that of its customers.
      try await api.database.pool.withTransaction { [tenant = api.tenant.id] in
        _ = try $0.execute(
          "select stage.add_model_uses($1, array['tenant'], array[0], $2, $3, $2, now())",
          [.uuids([tenant.uuid]), .int8s([1]), .int8s([1_000])])
      }
      let before = try await tables(api)
      #expect(
        before.keys.filter {
          [
            "log.record", "stage.cached_answer", "stage.ledger", "stage.model_use", "stage.state",
            "stage.turn",
          ]
          .contains($0)
        }.count == 6)

      func attempt(_ body: String) async throws -> JSONValue? {
        let answer = try await api.v1("POST", "/agents/\(id)/try", body)
        #expect(answer.status == 200, "\(answer.text)")
        return answer.json
      }
      let told = #""tool_results":[{"tool":"order","result":"shipped"},{"tool":"refund","result":"paid"}]"#
      for (question, tool, result) in [
        ("Where is A-17?", "order", "shipped"), ("I want a refund", "refund", "paid"),
      ] {
        // It ends at a call that nobody plays.
        let open = try await attempt(#"{"text":"\#(question)"}"#)
        #expect(open?["text"]?.string == "I look." && open?["tool_calls"]?.array?.count == 1)
        #expect(open?["tool_calls"]?[0]?["tool"]?.string == tool)
        #expect(open?["tool_calls"]?[0]?["result"]?.string == nil && open?["cost_micros"]?.int == 110)
        let whole = try await attempt(#"{"text":"\#(question)",\#(told)}"#)
        #expect(whole?["text"]?.string == "It is \(result)." && whole?["cost_micros"]?.int == 220)
        #expect(whole?["tool_calls"]?[0]?["result"]?.string == result)
      }
      #expect(try await attempt(#"{"text":"nothing"}"#)?["tried"]?[0]?["reason"]?.string == "rejected")
      let rules = #"{"instructions":"New.","escalation":[{"name":"asked","asks_for_person":true}]}"#
      let handed = try await attempt(#"{"text":"I want to talk to a person","definition":\#(rules)}"#)
      #expect(handed?["handover"]?.string == "asked")
      #expect(try await api.v1("POST", "/agents/\(id)/try", #"{"text":""}"#).status == 422)

      let after = try await tables(api)
      let names = Set(before.keys).union(after.keys)
      #expect(names.filter { before[$0] != after[$0] }.sorted() == [])
      #expect(calls.withLock { $0 } == 0)
    }
  }

  /// One whose answers are kept for others, and who may do hardly anything.
  private static func agent(_ shop: SocketServer) -> String {
    let parameters = #"{\"type\":\"object\",\"properties\":{\"id\":{\"type\":\"string\"}}}"#
    return """
      {"name":"T","instructions":"Answer.","escalation":[],"grounding":"free","cache_minutes":60,
      "limits":{"requests_per_minute":1,"tokens_per_day":1},"secrets":[{"name":"shop","value":"s3cret"}],
      "tools":[{"name":"order","kind":"order","url":"\(shop.url)/{order}",
      "headers":[{"name":"X-Key","value":"{secret.shop}"}]},
      {"name":"refund","kind":"http","method":"POST","url":"\(shop.url)/refunds","parameters":"\(parameters)"}]}
      """
  }

  /// What each table holds, in short.
  private func tables(_ api: TestAPI) async throws -> [String: String] {
    try await api.database.pool.withConnection { connection in
      let names = try connection.execute(
        """
        select format('%I.%I', schemaname, tablename) from pg_tables
        where schemaname not in ('pg_catalog', 'information_schema')
        """
      ).map { $0.text(0) }
      return try names.reduce(into: [:]) { tables, name in
        tables[name] = try connection.execute(
          """
          select count(*) || ' ' || coalesce(md5(string_agg(t::text, ' ' order by t::text)), '') from \(name) as t
          """)[0].text(0)
      }
    }
  }
}
