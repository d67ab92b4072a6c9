import JSON
import Testing

@Suite("messages")
struct MessagesTests {
  @Test func answersATextAsTheCloudAPIDoes() async throws {
    try await RunningStandIn.with { standIn async throws in
      let answer = try await standIn.send(textBody("Hi", to: "+1 555-0100"))
      #expect(answer.status == 200)
      let json = try answer.json
      #expect(json["messaging_product"]?.string == "whatsapp")
      #expect(json["contacts"]?[0]?["input"]?.string == "+1 555-0100")
      #expect(json["contacts"]?[0]?["wa_id"]?.string == "15550100")
      #expect(json["messages"]?[0]?["id"]?.string?.hasPrefix("wamid.") == true)
    }
  }

  @Test func takesAUserIDInPlaceOfANumber() async throws {
    try await RunningStandIn.with { standIn async throws in
      let answer = try await standIn.send(
        #"{"messaging_product":"whatsapp","recipient":"US.1349","type":"text","text":{"body":"Hi"}}"#
      )
      #expect(try answer.json["contacts"]?[0]?["user_id"]?.string == "US.1349")
    }
  }

  @Test func takesTheLongestTextAndRefusesALongerOne() async throws {
    try await RunningStandIn.with { standIn async throws in
      #expect(try await standIn.send(textBody(String(repeating: "é", count: 4_096))).status == 200)
      let refused = try await standIn.send(textBody(String(repeating: "é", count: 4_097)))
      #expect(refused.status == 400)
      #expect(try refused.json["error"]?["code"]?.int == 100)
      #expect(try await standIn.sent()["last"]?.int == 1)
    }
  }

  @Test func takesAMarkAsReadAndRecordsNothing() async throws {
    try await RunningStandIn.with { standIn async throws in
      let answer = try await standIn.send(
        #"{"messaging_product":"whatsapp","status":"read","message_id":"wamid.1"}"#
      )
      #expect(try answer.json["success"]?.bool == true)
      #expect(try await standIn.sent()["last"]?.int == 0)
    }
  }

  @Test(arguments: [
    ("", 100), ("{", 100), ("[]", 100), ("{}", 131008), (#"{"messaging_product":"sms"}"#, 131009),
    (#"{"messaging_product":"whatsapp"}"#, 131008),
    (#"{"messaging_product":"whatsapp","status":"read"}"#, 131008),
    (#"{"messaging_product":"whatsapp","to":4915550100,"text":{"body":"x"}}"#, 131009),
    (#"{"messaging_product":"whatsapp","to":"abc","text":{"body":"x"}}"#, 131009),
    (#"{"messaging_product":"whatsapp","to":"15550100"}"#, 131008),
    (#"{"messaging_product":"whatsapp","to":"15550100","text":{"body":""}}"#, 131009),
    (#"{"messaging_product":"whatsapp","to":"15550100","type":"poll","poll":{}}"#, 131051),
    (
      #"{"messaging_product":"whatsapp","recipient_type":"crowd","to":"15550100","text":{"body":"x"}}"#,
      131009
    ),
    (
      #"{"messaging_product":"whatsapp","to":"15550100","text":{"body":"x"},"biz_opaque_callback_data":7}"#,
      131009
    ),
    (String(repeating: "[", count: 5_000), 100),
  ])
  func refusesABodyOfAnotherShape(_ body: String, code: Int) async throws {
    try await RunningStandIn.with { standIn async throws in
      let answer = try await standIn.send(body)
      #expect(answer.status == 400)
      let error = try answer.json["error"]
      #expect(error?["code"]?.int == Int64(code))
      #expect(error?["type"]?.string == "OAuthException")
      #expect(error?["error_data"]?["messaging_product"]?.string == "whatsapp")
      #expect(error?["error_data"]?["details"]?.string?.isEmpty == false)
      #expect(try await standIn.sent()["last"]?.int == 0)
    }
  }

  @Test func refusesInvalidUTF8AndAHugeBody() async throws {
    try await RunningStandIn.with { standIn async throws in
      let path = "/v26.0/106540352242922/messages", headers = [("Authorization", "Bearer token")]
      let invalid = Array(#"{"messaging_product":""#.utf8) + [0xFF, 0xFE] + Array(#""}"#.utf8)
      #expect(try await standIn.call("POST", path, invalid, headers: headers).status == 400)
      let huge = [UInt8](repeating: UInt8(ascii: " "), count: 1 << 20)
      #expect(try await standIn.call("POST", path, huge, headers: headers).status == 413)
      #expect(try await standIn.send(textBody()).status == 200)
    }
  }

  @Test(arguments: [[], [("Authorization", "Bearer ")], [("Authorization", "Basic dG9rZW4=")]])
  func asksForABearerToken(_ headers: [(String, String)]) async throws {
    try await RunningStandIn.with { standIn async throws in
      let answer = try await standIn.send(textBody(), headers: headers)
      #expect(answer.status == 401)
      #expect(try answer.json["error"]?["code"]?.int == 190)
    }
  }

  @Test func knowsNoOtherVersionOrAccountThanWellFormedOnes() async throws {
    try await RunningStandIn.with { standIn async throws in
      #expect(try await standIn.send(textBody(), version: "latest").status == 400)
      #expect(try await standIn.send(textBody(), account: "a.b").status == 400)
      #expect(try await standIn.call("POST", "/v26.0/messages").status == 404)
    }
  }
}
