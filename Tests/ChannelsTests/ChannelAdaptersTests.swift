import Channels
import Contracts
import Foundation
import HTTPClient
import Testing

@Suite struct ChannelAdaptersTests {
  @Test func everyRegisteredChannelHasItsAdapter() throws {
    let adapters = ChannelAdapters()
    #expect(!adapters.channels.isEmpty)
    for channel in adapters.channels { #expect(try adapters.adapter(for: channel).channel == channel) }
  }

  /// A new channel needs a folder and a line: nothing else names the adapter of one, but what says where its platform is
  /// (`Configuration+channels`), the benches, and the web chat's and mail's own ways in.
  @Test func anAdapterIsNamedInItsFolderAndTheRegistryAlone() throws {
    let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appending(path: "../../Sources").standardizedFileURL
    let allowed = [
      "Channels/ChannelAdapters.swift", "Engine/Configuration/Configuration+channels.swift", "Engine/Bench/",
      "API/Chat/", "API/Webhooks/MailHandOver.swift",
    ]
    let names = ["WhatsApp", "Messenger", "Instagram", "Telegram", "Email", "WebChat"]
    #expect(names.count == ChannelAdapters().channels.count)
    let files = try #require(FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
    for case let file as URL in files where file.pathExtension == "swift" {
      let path = String(file.standardizedFileURL.path.dropFirst(sources.path.count + 1))
      let text = try String(contentsOf: file, encoding: .utf8)
      for name in names where text.contains("\(name)Channel(") || text.contains("\(name)Channel.") {
        let isItsOwn = path.hasPrefix("Channels/\(name)/")
        #expect(isItsOwn || allowed.contains { path.hasPrefix($0) }, "\(path) names \(name)Channel")
      }
    }
  }

  @Test func aChannelThatIsNotRegisteredIsNamed() {
    let error = #expect(throws: ChannelError.self) { try ChannelAdapters([]).adapter(for: .whatsapp) }
    #expect(error == ChannelError(.notRegistered, "there is no adapter for channel whatsapp"))
  }

  /// As `channel: window in hours, templates, cards, served here, consent in talks, consent in threads, other accounts`.
  @Test func whatTheRestOfTheEngineAsksOfAChannelIsAnsweredByItsAdapter() throws {
    let channels = ChannelAdapters()
    let answers = channels.channels.map { channel in
      guard let adapter = channels[channel] else { return "\(channel.rawValue) has no adapter" }
      let hours = adapter.answerWindow.map { $0.components.seconds / 3_600 }
      let flags = [
        adapter.takesTemplates, adapter.showsCards, adapter.isServedHere,
        adapter.hearsConsent(isThread: false), adapter.hearsConsent(isThread: true),
        adapter.refusesOtherAccounts,
      ]
      return "\(channel.rawValue): \(hours ?? 0) \(flags.map { $0 ? "+" : "-" }.joined())"
    }
    #expect(
      answers == [
        "email: 0 -+-++-", "instagram: 24 -+-+--", "messenger: 24 -+-+-+", "telegram: 0 -+-+--",
        "webchat: 0 --+---", "whatsapp: 24 ++-+--",
      ])
    #expect(channels[Channel(rawValue: "pigeon")] == nil)
  }

  /// Of what a platform refused after it had taken it: the reasons are those of calls that it refuses.
  @Test(
    arguments: [
      (Channel.whatsapp, 131_047, "outside-window"), (.whatsapp, 131_026, "invalid-recipient"),
      (.whatsapp, 131_049, "held-back"), (.whatsapp, 131_042, "payment-required"),
      (.whatsapp, 130_429, "throttled"), (.whatsapp, 190, "unauthorised"), (.whatsapp, 999_999, nil),
      // 5.1.1, 5.2.2, 5.3.4, and what servers say for several reasons.
      (.email, 511, "invalid-recipient"), (.email, 522, "blocked"), (.email, 534, "too-large"),
      (.email, 550, "bounced"), (.telegram, 403, nil),
    ] as [(Channel, Int, String?)])
  func theCodeOfAFailureHasAReason(channel: Channel, code: Int, reason: String?) throws {
    #expect(try ChannelAdapters().adapter(for: channel).failureReason(code) == reason)
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
