import Channels
import Contracts
import HTTPClient
import Testing

@Suite struct ChannelAdaptersTests {
  @Test func everyRegisteredChannelHasItsAdapter() throws {
    let adapters = ChannelAdapters()
    #expect(!adapters.channels.isEmpty)
    for channel in adapters.channels { #expect(try adapters.adapter(for: channel).channel == channel) }
  }

  @Test func aChannelThatIsNotRegisteredIsNamed() {
    let error = #expect(throws: ChannelError.self) { try ChannelAdapters([]).adapter(for: .whatsapp) }
    #expect(error == ChannelError(.notRegistered, "there is no adapter for channel whatsapp"))
  }

  @Test func aConnectionOfMetaNamesWhatItLacks() {
    let secrets = ConnectionCreated.Private(account: "1", appSecret: "", verifyToken: nil, accessToken: "t")
    #expect(WhatsAppChannel().missing(from: secrets) == ["app_secret", "verify_token"])
  }

  @Test func aCallOfMetaIsAuthenticByItsSignatureAlone() {
    let secrets = ConnectionCreated.Private(
      account: "1", appSecret: MetaSignatureTests.secret, verifyToken: "right", accessToken: "t")
    func isAuthentic(_ headers: [(String, String)]) -> Bool {
      let call = WebhookCall(headers: HTTPHeaders(headers), body: MetaSignatureTests.body)
      return WhatsAppChannel().isAuthentic(call, for: secrets)
    }
    #expect(isAuthentic([("x-hub-signature-256", "sha256=" + MetaSignatureTests.code)]))
    #expect(!isAuthentic([("x-hub-signature-256", "sha256=" + MetaSignatureTests.code.reversed())]))
    #expect(!isAuthentic([]))
    let query = ["hub.mode": "subscribe", "hub.verify_token": "right", "hub.challenge": "7"]
    #expect(WhatsAppChannel().handshake(query, for: secrets) == "7")
    #expect(WhatsAppChannel().handshake(query.filter { $0.key != "hub.mode" }, for: secrets) == nil)
  }
}
