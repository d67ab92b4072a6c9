import Crypto
import FoundationEssentials
import JSON
import StandIn
import TestServers
import Testing

@Suite("webhooks")
struct WebhookTests {
  private static let secret = "app secret"

  private func target(_ engine: ListeningEngine, account: String? = nil) -> WebhookTarget {
    WebhookTarget(url: engine.url + "/webhooks/whatsapp/1", secret: Self.secret, account: account)
  }

  private func statuses(_ engine: ListeningEngine) throws -> [JSONValue] {
    try engine.received.compactMap {
      try JSONValue(parsing: $0.body)["entry"]?[0]?["changes"]?[0]?["value"]?["statuses"]?[0]
    }
  }

  @Test func postsEachStatusInOrderAndSigned() async throws {
    let engine = try ListeningEngine()
    try await RunningStandIn.with(StandInOptions(webhooks: [target(engine)])) { standIn async throws in
      let answer = try await standIn.send(textBody(data: "message 1"))
      await engine.arrivals.wait(until: 3)
      let statuses = try statuses(engine)
      #expect(statuses.map { $0["status"]?.string } == ["sent", "delivered", "read"])
      for status in statuses {
        #expect(try status["id"]?.string == answer.json["messages"]?[0]?["id"]?.string)
        #expect(status["recipient_id"]?.string == "15550100")
        #expect(status["biz_opaque_callback_data"]?.string == "message 1")
        #expect(status["timestamp"]?.string.flatMap { Int($0) } != nil)
      }
    }
    for webhook in engine.received {
      let code = HMAC<SHA256>.authenticationCode(
        for: webhook.body,
        using: SymmetricKey(data: Array(Self.secret.utf8))
      )
      let digits = code.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
      #expect(webhook.signature == "sha256=" + digits)
    }
  }

  @Test func postsAgainWhatWasNotTaken() async throws {
    let engine = try ListeningEngine { $0 == 0 ? "503 Service Unavailable" : "200 OK" }
    try await RunningStandIn.with(StandInOptions(webhooks: [target(engine)])) { standIn async throws in
      _ = try await standIn.send(textBody())
      await engine.arrivals.wait(until: 4)
      #expect(try statuses(engine).map { $0["status"]?.string } == ["sent", "sent", "delivered", "read"])
    }
  }

  @Test func postsToTheEngineOfTheAccount() async throws {
    let general = try ListeningEngine(), own = try ListeningEngine()
    let targets = [target(general), target(own, account: "7")]
    try await RunningStandIn.with(StandInOptions(webhooks: targets)) { standIn async throws in
      _ = try await standIn.send(textBody(), account: "7")
      await own.arrivals.wait(until: 3)
      _ = try await standIn.send(textBody(), account: "8")
      await general.arrivals.wait(until: 3)
      #expect(own.received.count == 3)
      #expect(general.received.count == 3)
    }
  }

  @Test func hasACustomerWriteToTheEngineThatWasNamed() async throws {
    let engine = try ListeningEngine()
    try await RunningStandIn.with { standIn async throws in
      let text = Array(#"{"from":"15550100","text":"Guten Tag","phone_number_id":"7","name":"Ada"}"#.utf8)
      #expect(try await standIn.call("POST", "/write", text).status == 400)
      let named = Array(#"{"url":"\#(engine.url)/webhooks/whatsapp/1","secret":"s"}"#.utf8)
      #expect(try await standIn.call("POST", "/webhooks", named).status == 200)
      #expect(try await standIn.call("POST", "/write", text).status == 200)
      let webhook = try #require(engine.received.first)
      let value = try JSONValue(parsing: webhook.body)["entry"]?[0]?["changes"]?[0]?["value"]
      #expect(value?["metadata"]?["phone_number_id"]?.string == "7")
      #expect(value?["contacts"]?[0]?["profile"]?["name"]?.string == "Ada")
      #expect(value?["messages"]?[0]?["text"]?["body"]?.string == "Guten Tag")
      #expect(value?["messages"]?[0]?["from"]?.string == "15550100")
    }
  }

  @Test func hasACustomerWriteAnyOtherMessage() async throws {
    let engine = try ListeningEngine()
    try await RunningStandIn.with(StandInOptions(webhooks: [target(engine)])) { standIn async throws in
      let written =
        #"{"from":"15550100","message":{"id":"x","type":"image","image":{"id":"7"},"context":{"id":"wamid.1"}}}"#
      #expect(try await standIn.call("POST", "/write", Array(written.utf8)).status == 200)
      let webhook = try #require(engine.received.first)
      let message = try JSONValue(parsing: webhook.body)["entry"]?[0]?["changes"]?[0]?["value"]?["messages"]?[
        0]
      #expect(message?["image"]?["id"]?.string == "7")
      #expect(message?["context"]?["id"]?.string == "wamid.1")
      #expect(message?["from"]?.string == "15550100")
      #expect(message?["id"]?.string?.hasPrefix("wamid.") == true)
    }
  }

  @Test func saysWhatTheEngineAnsweredWhenItRefuses() async throws {
    let engine = try ListeningEngine { _ in "401 Unauthorized" }
    try await RunningStandIn.with(StandInOptions(webhooks: [target(engine)])) { standIn async throws in
      let answer = try await standIn.call("POST", "/write", Array(#"{"from":"15550100","text":"x"}"#.utf8))
      #expect(answer.status == 502)
      #expect(try answer.json["error"]?["error_data"]?["details"]?.string == "the engine answered 401")
    }
  }

  @Test(arguments: ["{}", #"{"url":"file:///etc/passwd","secret":"s"}"#, #"{"url":"http://x"}"#, "x"])
  func refusesATargetThatIsNone(_ json: String) async throws {
    try await RunningStandIn.with { standIn async throws in
      #expect(try await standIn.call("POST", "/webhooks", Array(json.utf8)).status == 400)
    }
  }

  @Test(arguments: [
    "{}", #"{"from":"x","text":"y"}"#, #"{"from":"15550100","text":""}"#, "x",
    #"{"from":"15550100","message":{"type":"image"}}"#, #"{"from":"15550100","message":7}"#,
  ])
  func refusesAWrittenTextOfAnotherShape(_ json: String) async throws {
    try await RunningStandIn.with { standIn async throws in
      #expect(try await standIn.call("POST", "/write", Array(json.utf8)).status == 400)
    }
  }
}
