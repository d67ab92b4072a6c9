import Channels
import Contracts
import FoundationEssentials
import HTTPClient
import JSON
import StandIn
import Testing

/// Pages and Instagram accounts: what is taken, and how what is not is refused.
@Suite("pages and instagram accounts")
struct PagesTests {
  private static let page = "108"
  private static let instagram = "me"

  private func call(
    _ standIn: RunningStandIn, _ body: String, _ account: String = page, edge: String = "messages",
    token: String = "EAAtoken"
  ) async throws -> Answer {
    try await standIn.call(
      "POST", "/v26.0/\(account)/\(edge)", Array(body.utf8),
      headers: [("Authorization", "Bearer \(token)"), ("Content-Type", "application/json")])
  }

  private static func message(_ message: String, _ more: String = #""messaging_type":"RESPONSE","#) -> String
  {
    #"{"recipient":{"id":"7"},\#(more)"message":\#(message)}"#
  }

  private static func long(_ count: Int) -> String { String(repeating: "x", count: count) }

  private static func template(_ payload: String) -> String {
    message(#"{"attachment":{"type":"template","payload":\#(payload)}}"#)
  }

  private static let button = #"{"type":"postback","title":"Yes","payload":"y"}"#
  private static let reply = #"{"content_type":"text","title":"Yes","payload":"y"}"#

  private static func replies(_ replies: String) -> String {
    message(#"{"text":"Sure?","quick_replies":[\#(replies)]}"#)
  }

  private static func many(_ one: String, _ count: Int) -> String {
    Array(repeating: one, count: count).joined(separator: ",")
  }

  @Test(arguments: [
    (page, message(#"{"text":"\#(long(2_000))"}"#)), (instagram, message(#"{"text":"\#(long(1_000))"}"#, "")),
    (instagram, message(#"{"text":"hi"}"#, #""messaging_type":"MESSAGE_TAG","tag":"HUMAN_AGENT","#)),
    (page, message(#"{"text":"hi"}"#, #""messaging_type":"MESSAGE_TAG","tag":"ACCOUNT_UPDATE","#)),
    (page, replies(many(reply, 13))),
    (page, template(#"{"template_type":"button","text":"\#(long(640))","buttons":[\#(many(button, 3))]}"#)),
    (page, template(#"{"template_type":"generic","elements":[\#(many(#"{"title":"\#(long(80))"}"#, 10))]}"#)),
    (page, message(#"{"attachment":{"type":"image","payload":{"url":"https://a.example/i.png"}}}"#)),
    (page, #"{"recipient":{"id":"7"},"sender_action":"typing_on"}"#),
  ])
  func whatIsDocumentedIsTaken(account: String, body: String) async throws {
    try await RunningStandIn.with { standIn async throws in
      let answer = try await call(standIn, body, account)
      #expect(answer.status == 200, "\(String(decoding: answer.body, as: UTF8.self))")
      #expect(try answer.json["recipient_id"]?.string == "7")
    }
  }

  @Test(arguments: [
    (page, message(#"{"text":"\#(long(2_001))"}"#)), (page, message(#"{"text":""}"#)), (page, message("{}")),
    (instagram, message(#"{"text":"\#(long(1_001))"}"#, "")),
    (instagram, message(#"{"text":"\#(String(repeating: "ä", count: 501))"}"#, "")),
    // Pages must say why they write; the tags of pages are none of Instagram's.
    (page, message(#"{"text":"hi"}"#, "")), (page, message(#"{"text":"hi"}"#, #""messaging_type":"NEWS","#)),
    (page, message(#"{"text":"hi"}"#, #""messaging_type":"MESSAGE_TAG","#)),
    (page, message(#"{"text":"hi"}"#, #""messaging_type":"RESPONSE","tag":"HUMAN_AGENT","#)),
    (page, message(#"{"text":"hi"}"#, #""messaging_type":"MESSAGE_TAG","tag":"NEWS","#)),
    (instagram, message(#"{"text":"hi"}"#, #""messaging_type":"MESSAGE_TAG","tag":"ACCOUNT_UPDATE","#)),
    (instagram, message(#"{"text":"hi"}"#, #""messaging_type":7,"#)),
    (page, replies(many(reply, 14))), (page, replies("")), (page, replies(#"{"title":"Yes","payload":"y"}"#)),
    (page, replies(#"{"content_type":"text","title":"\#(long(21))","payload":"y"}"#)),
    (page, template(#"{"template_type":"button","text":"a","buttons":[\#(many(button, 4))]}"#)),
    (page, template(#"{"template_type":"button","text":"a","buttons":[]}"#)),
    (page, template(#"{"template_type":"button","text":"\#(long(641))","buttons":[\#(button)]}"#)),
    (page, template(#"{"template_type":"button","text":"a","buttons":[{"type":"postback","title":"Yes"}]}"#)),
    (page, template(#"{"template_type":"generic","elements":[\#(many(#"{"title":"a"}"#, 11))]}"#)),
    (page, template(#"{"template_type":"generic","elements":[{"title":"\#(long(81))"}]}"#)),
    (page, template(#"{"template_type":"receipt"}"#)), (page, template("{}")),
    (page, message(#"{"attachment":{"type":"image","payload":{"attachment_id":"1"}}}"#)),
    (page, message(#"{"attachment":{"type":"image","payload":{"url":"http://a.example/i.png"}}}"#)),
    (page, message(#"{"attachment":{"type":"image","payload":{}}}"#)),
    (page, #"{"recipient":{"id":"7"},"sender_action":"dance"}"#),
    (page, #"{"recipient":{},"message":{"text":"a"}}"#),
  ])
  func whatIsNotIsRefusedAsThePlatformDoes(account: String, body: String) async throws {
    try await RunningStandIn.with { standIn async throws in
      let answer = try await call(standIn, body, account)
      #expect(answer.status == 400)
      let error = try answer.json["error"]
      #expect(error?["code"]?.int == 100 && error?["type"]?.string == "OAuthException")
      #expect(error?["message"]?.string?.hasPrefix("(#100) Param ") == true)
      // That is WhatsApp's.
      #expect(error?["error_data"] == nil)
      #expect(try await standIn.sent()["items"]?.array?.isEmpty == true)
    }
  }

  @Test(arguments: [page, instagram], ["messages", "message_attachments", "messenger_profile"])
  func aTokenThatIsNoneIsRefusedAsThePlatformDoes(account: String, edge: String) async throws {
    try await RunningStandIn.with { standIn async throws in
      let error = try await call(standIn, Self.message(#"{"text":"hi"}"#), account, edge: edge, token: " ")
        .json["error"]
      #expect(error?["code"]?.int == 190 && error?["type"]?.string == "OAuthException")
      #expect(error?["message"]?.string?.hasPrefix("Invalid OAuth access token") == true)
      #expect(error?["error_data"] == nil)
    }
  }

  @Test func faultsKeepTheirCodeAndNothingOfWhatsApp() async throws {
    try await RunningStandIn.with { standIn async throws in
      _ = try await standIn.setFaults(#"{"error_rate":1,"error_status":400,"error_code":613}"#)
      let answer = try await call(standIn, Self.message(#"{"text":"hi"}"#))
      #expect(try answer.status == 400 && answer.json["error"]?["code"]?.int == 613)
      #expect(try answer.json["error"]?["error_data"] == nil)
    }
  }

  @Test(arguments: [
    (page, #"{"get_started":{"payload":"s"},"greeting":[{"locale":"default","text":"Hi"}]}"#, true),
    (
      instagram,
      #"{"platform":"instagram","ice_breakers":[{"locale":"default","call_to_actions":[{"question":"Open?","payload":"o"}]}]}"#,
      true
    ),
    (page, "{}", false), (page, #"{"colour":"red"}"#, false),
    (page, #"{"platform":"instagram","get_started":{"payload":"s"}}"#, false),
    (instagram, #"{"platform":"instagram","get_started":{"payload":"s"}}"#, false),
    (page, #"{"get_started":{}}"#, false),
    (page, #"{"greeting":[{"locale":"default","text":"\#(long(161))"}]}"#, false),
    (
      page,
      #"{"persistent_menu":[{"locale":"default","call_to_actions":[{"type":"postback","title":"\#(long(31))","payload":"a"}]}]}"#,
      false
    ),
    (page, #"{"persistent_menu":[{"locale":"default","call_to_actions":[]}]}"#, false),
    (
      instagram,
      #"{"platform":"instagram","ice_breakers":[{"locale":"default","call_to_actions":[\#(many(#"{"question":"a","payload":"b"}"#, 5))]}]}"#,
      false
    ),
  ])
  func profilesAreChecked(account: String, body: String, isTaken: Bool) async throws {
    try await RunningStandIn.with { standIn async throws in
      let answer = try await call(standIn, body, account, edge: "messenger_profile")
      #expect(answer.status == (isTaken ? 200 : 400), "\(String(decoding: answer.body, as: UTF8.self))")
    }
  }

  @Test(arguments: [
    (page, "", #"{"fields":["get_started","persistent_menu","greeting","ice_breakers"]}"#, true),
    (instagram, "?platform=instagram", #"{"fields":["persistent_menu","ice_breakers"]}"#, true),
    (page, "", "{}", false), (page, "", #"{"fields":[]}"#, false),
    (page, "", #"{"fields":["platform"]}"#, false),
    (page, "", #"{"fields":"get_started"}"#, false), (page, "", #"{"persistent_menu":[]}"#, false),
    (page, "?platform=instagram", #"{"fields":["ice_breakers"]}"#, false),
    (instagram, "", #"{"fields":["ice_breakers"]}"#, false),
    (instagram, "?platform=instagram", #"{"fields":["get_started"]}"#, false),
  ])
  func removalsFromAProfileAreChecked(
    account: String, query: String, body: String, isTaken: Bool
  ) async throws {
    try await RunningStandIn.with { standIn async throws in
      let answer = try await standIn.call(
        "DELETE", "/v26.0/\(account)/messenger_profile\(query)", Array(body.utf8),
        headers: [("Authorization", "Bearer EAAtoken"), ("Content-Type", "application/json")])
      #expect(answer.status == (isTaken ? 200 : 400), "\(String(decoding: answer.body, as: UTF8.self))")
    }
  }

  private func order(
    _ text: String, _ address: String, _ files: [OutboundAttachment] = [], _ choices: [OutboundChoice] = []
  ) -> OutboundMessage {
    OutboundMessage(
      id: MessageID(UUID.version7()), address: address, text: text, attachments: files, choices: choices,
      context: SendContext(now: Date(), lastInbound: Date()))
  }

  private func connection(_ account: String, _ token: String) -> ConnectionCreated.Private {
    ConnectionCreated.Private(account: account, appSecret: nil, verifyToken: nil, accessToken: token)
  }

  /// What the engine's channels send is what the platforms document.
  @Test func theEnginesMessagesAreTaken() async throws {
    let png = OutboundAttachment(
      kind: .image, mediaType: "image/png", name: "a.png", bytes: [1], url: "https://engine.example/files/1")
    let described = (1...10).map { OutboundChoice(title: "c\($0)", payload: "\($0)", description: "d") }
    let plain = (1...13).map { OutboundChoice(title: "c\($0)", payload: "\($0)") }
    let orders: [([OutboundAttachment], [OutboundChoice])] = [
      ([], []), ([png], []), ([], described), ([], plain), ([], Array(plain.prefix(3))),
    ]
    try await RunningStandIn.with { standIn async throws in
      let messenger = MessengerChannel(baseURL: standIn.url)
      let instagram = InstagramChannel(pageURL: standIn.url, accountURL: standIn.url)
      let services: [(any MessengerService, ConnectionCreated.Private)] = [
        (messenger, connection("108", "EAApage")), (instagram, connection("17", "EAApage")),
        (instagram, connection("17", "IGaccount")),
      ]
      for (service, secrets) in services {
        for (files, choices) in orders {
          let outcome = await service.send(
            order("Hello **you**", "7", files, choices), from: secrets, using: standIn.client)
          guard case .accepted = outcome else {
            Issue.record("\(service.channel) \(choices.count): \(outcome)")
            continue
          }
        }
        let profile = MessengerProfile(
          iceBreakers: [.init(question: "Open?", payload: "o")], removed: [.menu])
        #expect(await service.setUp(profile, for: secrets, using: standIn.client) == .done)
      }
      let sent = try await standIn.sent()["items"]?.array ?? []
      #expect(
        Set(sent.compactMap { $0["platform"]?.string }) == ["messenger", "instagram"],
        "a page's token is for both")
      let csv = OutboundAttachment(kind: .document, mediaType: "text/csv", name: "a.csv", bytes: [1])
      #expect(
        await instagram.send(order("", "7", [csv]), from: services[1].1, using: standIn.client)
          == .rejected(reason: "invalid-request", code: 100))
    }
  }
}
