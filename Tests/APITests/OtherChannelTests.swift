import Channels
import Contracts
import HTTPClient
import JSON
import Testing

/// Webhooks of channels that are neither WhatsApp nor known to this project.
struct OtherChannelTests {
  private let channels = ChannelAdapters([PigeonChannel(), WhatsAppChannel(), WebChatChannel()])

  @Test func everyChannelWhoseProviderCallsHasItsWayIn() async throws {
    try await TestAPI.with(channels: channels) { api in
      let made = try await api.v1(
        "POST", "/connections",
        #"{"channel":"pigeon","name":"Loft","verify_token":"coo","outgoing":{"url":"smtps://x","user":"u","password":"s3cret"}}"#
      )
      #expect(made.status == 201, "\(made.text)")
      let id = try #require(made.json?["id"]?.string)
      let path = "/webhooks/pigeon/\(id)"
      #expect(made.json?["url"]?.string == "https://chat.example" + path)
      #expect(!made.text.contains("s3cret"))
      #expect(try await api.call("POST", path, "{}", headers: [("x-pigeon", "coo")]).status == 200)
      let forged = try await api.call("POST", path, "{}", headers: [("x-pigeon", "caw")])
      #expect(forged.status == 401 && forged.problem == "invalid-signature")
      #expect(try await api.call("POST", path, "{}").status == 401)
      let long = try await api.call(
        "POST", path, "{\(String(repeating: " ", count: 2_000))}", headers: [("x-pigeon", "coo")])
      #expect(long.status == 413)
      #expect(try await api.call("GET", path + "?echo=a%20b").text == "a b")
      #expect(try await api.call("GET", path).problem == "verification-refused")
      let (event, content) = try #require(try await api.inbound().first)
      #expect(event.key.rawValue == id && content.body == "{}")
    }
  }

  @Test func aConnectionIsReachedByItsOwnChannelAlone() async throws {
    try await TestAPI.with(channels: channels) { api in
      for path in [
        "/webhooks/pigeon/\(api.tenant.whatsApp)", "/webhooks/webchat/\(api.tenant.webChat)",
        "/webhooks/fax/\(api.tenant.whatsApp)", "/webhooks/whatsapp/\(api.tenant.webChat)",
      ] {
        #expect(
          try await api.call("POST", path, "{}", headers: [("x-pigeon", "coo")]).status == 404, "\(path)")
        #expect(try await api.call("GET", path).status == 404, "\(path)")
      }
      let missing = try await api.v1("POST", "/connections", #"{"channel":"pigeon","name":"Loft"}"#)
      #expect(missing.status == 422 && missing.text.contains("$.verify_token is missing"))
    }
  }
}

private struct PigeonChannel: WebhookChannel {
  let channel = Channel(rawValue: "pigeon")
  let maximumBodyBytes = 1_000

  func missing(from secrets: ConnectionCreated.Private) -> [String] {
    secrets.verifyToken == nil ? ["verify_token"] : []
  }

  func isAuthentic(_ call: WebhookCall, for connection: ConnectionCreated.Private) -> Bool {
    call.headers["X-Pigeon"] == connection.verifyToken
  }

  func handshake(_ query: [String: String], for connection: ConnectionCreated.Private) -> String? {
    query["echo"]
  }

  func parse(_ body: [UInt8], sender: String?) throws(ChannelError) -> [InboundItem] { [] }

  func send(
    _ message: OutboundMessage, from connection: ConnectionCreated.Private, using client: HTTPClient
  ) async -> SendOutcome { .rejected(reason: "unsupported", code: nil) }
}
