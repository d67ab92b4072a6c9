import Contracts
import Foundation
import JSON
import Postgres
import TestKit
import Testing

struct TenantTests {
  @Test func agentsAreMadeAndPublishedInVersions() async throws {
    try await TestAPI.with(projections: ["agents"]) { api in
      let made = try await api.v1("POST", "/agents", #"{"name":"Barista","instructions":"Be brief."}"#)
      #expect(made.status == 201 && made.json?["version"]?.int == 1)
      let id = try #require(made.json?["id"]?.string)
      let same = try await api.v1("POST", "/agents/\(id)/versions", #"{"instructions":"Be brief."}"#)
      #expect(same.status == 200 && same.json?["version"]?.int == 1)
      let next = try await api.v1(
        "POST", "/agents/\(id)/versions", #"{"instructions":"Be kind.","passages":7,"model":"m"}"#)
      #expect(next.status == 201 && next.json?["version"]?.int == 2)
      try await until("the second version is listed") {
        try await api.v1("GET", "/agents").json?["items"]?.array?
          .first { $0["id"]?.string == id }?["definition"]?["passages"]?.int == 7
      }
      for bad in [
        #"{"instructions":"x"}"#, #"{"name":"x"}"#, #"{"name":"x","instructions":"x","passages":21}"#,
        #"{"name":"x","instructions":"x","language":"klingon"}"#,
      ] {
        let answer = try await api.v1("POST", "/agents", bad)
        #expect(answer.status == 422 && answer.problem == "invalid-content", "\(bad): \(answer.text)")
      }
    }
  }

  @Test func twoVersionsPublishedAtOnceDoNotBothWin() async throws {
    try await TestAPI.with { api in
      let path = "/agents/\(api.tenant.agent)/versions"
      let statuses = try await withThrowingTaskGroup(of: (Int, Int64?).self) { group in
        for number in 0..<6 {
          group.addTask {
            let answer = try await api.v1("POST", path, #"{"instructions":"Answer \#(number)."}"#)
            return (answer.status, answer.json?["version"]?.int)
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(statuses.allSatisfy { $0.0 == 201 || $0.0 == 409 })
      let published = statuses.filter { $0.0 == 201 }.compactMap(\.1)
      #expect(!published.isEmpty)
      #expect(Set(published).count == published.count, "\(published)")
    }
  }

  @Test func connectionsNeverShowTheirSecrets() async throws {
    try await TestAPI.with { api in
      let body = """
        {"channel":"whatsapp","name":"Shop","agent":"\(api.tenant.agent)","account":"1","app_secret":"s3cret-a",
        "verify_token":"s3cret-v","access_token":"s3cret-t"}
        """
      let made = try await api.v1("POST", "/connections", body)
      #expect(made.status == 201)
      let id = try #require(made.json?["id"]?.string)
      #expect(made.json?["url"]?.string == "https://chat.example/webhooks/whatsapp/\(id)")
      let list = try await api.v1("GET", "/connections")
      #expect(list.json?["items"]?.array?.count == 3)
      #expect(!made.text.contains("s3cret") && !list.text.contains("s3cret"))
      let records = try await api.database.pool.withConnection { connection in
        try connection.execute(
          "select count(*) from log.record where position('s3cret' in encode(value, 'escape')) > 0")[
            0
          ].int8(0)
      }
      #expect(records == 0)
      // The new connection works at once.
      let sent = try await api.call(
        "POST", "/webhooks/whatsapp/\(id)", "{}",
        headers: [("X-Hub-Signature-256", api.sign("{}".utf8, secret: "s3cret-a"))])
      #expect(sent.status == 200)
      let other = try await api.provisionAnother()
      for bad in [
        #"{"channel":"whatsapp","name":"x"}"#, #"{"channel":"fax","name":"x"}"#,
        #"{"channel":"webchat","name":""}"#, #"{"channel":"webchat","name":"x","agent":"\#(other.agent)"}"#,
      ] {
        #expect(try await api.v1("POST", "/connections", bad).status == 422, "\(bad)")
      }
    }
  }

  @Test func documentsAreHandedInListedAndRemoved() async throws {
    try await TestAPI.with(projections: ["knowledge"]) { api in
      let json = try await api.v1("POST", "/documents", #"{"title":"Prices","text":"Coffee is 3 euros."}"#)
      #expect(json.status == 202)
      let raw = try await api.v1(
        "POST", "/documents?title=Opening%20hours", "# Nine to five", type: "text/markdown")
      #expect(raw.status == 202)
      try await until("both are listed") {
        try await api.v1("GET", "/documents").json?["items"]?.array?.count == 2
      }
      let first = try await api.v1("GET", "/documents?limit=1").json
      #expect(first?["items"]?[0]?["title"]?.string == "Opening hours")
      let next = try #require(first?["next"]?.string)
      let second = try await api.v1("GET", "/documents?limit=1&after=\(next)").json
      #expect(second?["items"]?[0]?["title"]?.string == "Prices")
      #expect(second?["next"]?.isNull == true)
      let id = try #require(json.json?["id"]?.string)
      #expect(try await api.v1("DELETE", "/documents/\(id)").status == 204)
      try await until("one is gone") {
        try await api.v1("GET", "/documents").json?["items"]?.array?.count == 1
      }
      #expect(try await api.v1("DELETE", "/documents/\(id)").status == 404)
      #expect(try await api.v1("POST", "/documents", "text", type: "text/markdown").status == 400)
      #expect(try await api.v1("POST", "/documents", "x", type: "image/png").status == 415)
      #expect(try await api.v1("POST", "/documents", "x", type: "application/pdf").status == 400)
      #expect(
        try await api.v1("POST", "/documents", #"{"title":"x","text":"y","media_type":"text/html"}"#).status
          == 422)
      let blobs = try await api.database.pool.withConnection { connection in
        try connection.execute("select count(*) from knowledge.stored where hash is not null")[0].int8(0)
      }
      #expect(blobs == 2)
    }
  }

  @Test func reportsCountWhatHappened() async throws {
    try await TestAPI.with(projections: ["conversations", "analytics", "usage"]) { api in
      let conversation = try await api.open(.whatsapp, address: "1")
      let question = try await api.hear("one", in: conversation)
      let answer = try await api.reply("two", in: conversation, answers: [question])
      try await api.deliver(answer, in: conversation)
      try await until("the day has a delivery") {
        try await api.v1("GET", "/analytics/daily").json?["items"]?[0]?["deliveries"]?["succeeded"]?.int == 1
      }
      let overview = try await api.v1("GET", "/analytics/overview").json
      #expect(overview?["channels"]?[0]?["messages_received"]?.int == 1)
      #expect(overview?["channels"]?[0]?["replies"]?["model"]?.int == 1)
      #expect(overview?["latencies"]?.array?.isEmpty == false)
      try await until("usage has the reply") {
        try await api.v1("GET", "/usage").json?["models"]?[0]?["prompt_tokens"]?.int == 10
      }
      #expect(
        try await api.v1("GET", "/analytics/daily?from=2001-01-01&to=2001-01-31").json?["items"]?.array?
          .isEmpty == true)
      for bad in [
        "from=2026-02-30", "from=2026-01-02&to=2026-01-01", "from=2020-01-01&to=2026-01-01", "to=x",
      ] {
        #expect(try await api.v1("GET", "/usage?\(bad)").status == 400, "\(bad)")
      }
    }
  }

  @Test func parkedEventsAreListedRetriedAndWaived() async throws {
    try await TestAPI.with { api in
      let id = EventID(UUID.version7())
      try await api.database.pool.withConnection { [tenant = api.tenant.id] connection in
        _ = try connection.execute(
          """
          insert into stage.waiting (
            stage, partition, key, "offset", id, type, tenant, time, source, value, parked_reason, parked_at,
            is_alone
          )
          values ('normalize', 0, 'k', 3, $1, 'webhook.received', $2, now(), '/ingress', '', 'odd', now(), true)
          """, [.uuid(id.uuid), .uuid(tenant.uuid)])
      }
      let item = try await api.v1("GET", "/parked").json?["items"]?[0]
      #expect(item?["by"]?.string == "stage normalize")
      #expect(item?["reason"]?.string == "odd")
      let other = try await api.provisionAnother()
      let path = "/v1/parked/\(id)/retry"
      #expect(try await api.call("POST", path, bearer: other.apiKey).status == 404)
      #expect(try await api.v1("POST", "/parked/\(id)/waive").status == 204)
      #expect(try await api.v1("POST", "/parked/\(id)/retry").status == 404)
      #expect(try await api.v1("GET", "/parked").json?["items"]?.array?.isEmpty == true)
    }
  }
}
