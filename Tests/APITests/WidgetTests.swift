@testable import API
import Channels
import Contracts
import Crypto
import Foundation
import HTTPClient
import JSON
import Pipeline
import Synchronization
import TestKit
import Testing

/// What the widget stands on: settings, origins, identities, files and typing.
struct WidgetTests {
  private static let settings = """
    {"widget":{"allowed_origins":["https://shop.example"],"color":"#0A7D5A","position":"left",
      "quick_replies":["Where is my order?"],
      "texts":[{"key":"title","text":"Ask us"},{"key":"earlier","text":"Older"}],
      "pre_chat":[{"name":"email","required":true},{"name":"name","required":false}]}}
    """

  @Test func settingsAreSetShownAndWhatThePageIsTold() async throws {
    try await TestAPI.with { api in
      let path = "/connections/\(api.tenant.webChat)/settings"
      #expect(try await api.v1("GET", path).text == "{}")
      let set = try await api.v1("PUT", path, Self.settings)
      #expect(set.status == 200 && set.json?["widget"]?["color"]?.string == "#0a7d5a", "\(set.text)")
      #expect(try await api.v1("GET", path).text == set.text)
      let told = try await api.call("GET", "/chat/\(api.tenant.webChat)/config").json
      #expect(told?["texts"]?["title"]?.string == "Ask us" && told?["position"]?.string == "left")
      #expect(told?["texts"]?["earlier"]?.string == "Older")
      #expect(told?["pre_chat"]?[0]?["name"]?.string == "email" && told?["attachments"]?.bool == true)
      #expect(told?["allowed_origins"] == nil)
      let embed = try await api.v1("GET", "/connections/\(api.tenant.webChat)/embed").json
      let snippet = try #require(embed?["snippet"]?.string)
      #expect(snippet.contains("https://chat.example/widget.js") && snippet.contains("\(api.tenant.webChat)"))
      #expect(embed?["allowed_origins"]?[0]?.string == "https://shop.example")
      let other = try await api.provisionAnother()
      #expect(try await api.call("GET", "/v1" + path, bearer: other.apiKey).status == 404)
      #expect(try await api.v1("GET", "/connections/\(api.tenant.whatsApp)/embed").status == 400)
    }
  }

  @Test func whatASettingCannotBeIsRefused() async throws {
    let bodies = [
      #"{"widget":{"color":"red"}}"#, #"{"widget":{"logo":"javascript:alert(1)"}}"#,
      #"{"widget":{"logo":"https://a/\" onload=\"x"}}"#,
      #"{"widget":{"allowed_origins":["https://a/path"]}}"#,
      #"{"widget":{"allowed_origins":["shop.example"]}}"#,
      #"{"widget":{"texts":[{"key":"nothing","text":"a"}]}}"#,
      #"{"widget":{"pre_chat":[{"name":"email","required":true},{"name":"email","required":false}]}}"#,
      #"{"mail":{"html":"{{content}}"}}"#, #"{"widget":{"position":"top"}}"#,
    ]
    try await TestAPI.with { api in
      for body in bodies {
        let answer = try await api.v1("PUT", "/connections/\(api.tenant.webChat)/settings", body)
        #expect(answer.status == 422, "\(body): \(answer.text)")
      }
    }
  }

  @Test func onlyAllowedSitesMayCall() async throws {
    try await TestAPI.with { api in
      let chat = "/chat/\(api.tenant.webChat)"
      func call(_ origin: String, _ method: String = "GET", _ path: String = "config") async throws -> Answer
      {
        try await api.call(method, "\(chat)/\(path)", headers: [("Origin", origin)])
      }
      #expect(try await call("https://shop.example").problem == "origin-not-allowed")
      #expect(
        try await api.v1("PUT", "/connections/\(api.tenant.webChat)/settings", Self.settings).status == 200)
      let allowed = try await call("https://shop.example")
      #expect(allowed.status == 200)
      #expect(allowed.headers["Access-Control-Allow-Origin"] == "https://shop.example")
      #expect(allowed.headers["Vary"] == "Origin")
      for origin in ["https://shop.example.evil", "http://shop.example", "https://evil.example", "null"] {
        let refused = try await call(origin)
        #expect(refused.status == 403 && refused.problem == "origin-not-allowed", "\(origin)")
        #expect(refused.headers["Access-Control-Allow-Origin"] == nil)
        #expect(try await call(origin, "OPTIONS", "messages").status == 403)
        #expect(try await call(origin, "POST", "session").status == 403)
      }
      // Our own page, and callers that are no browsers.
      let own = try await call(api.url)
      #expect(own.status == 200 && own.headers["Access-Control-Allow-Origin"] == nil)
      let asked = try await call("https://shop.example", "OPTIONS", "messages")
      #expect(asked.status == 204)
      #expect(asked.headers["Access-Control-Allow-Headers"]?.contains("authorization") == true)
      // A page that may call may also read what is wrong.
      let wrong = try await call("https://shop.example", "GET", "messages")
      #expect(wrong.status == 401)
      #expect(wrong.headers["Access-Control-Allow-Origin"] == "https://shop.example")
    }
  }

  @Test func theFormBeforeTheChatIsAskedForAndSealedWithTheMessage() async throws {
    try await TestAPI.with { api in
      #expect(
        try await api.v1("PUT", "/connections/\(api.tenant.webChat)/settings", Self.settings).status == 200)
      let session = "/chat/\(api.tenant.webChat)/session"
      #expect(try await api.call("POST", session).status == 422)
      #expect(try await api.call("POST", session, #"{"email":"no address"}"#).status == 422)
      let begun = try await api.call(
        "POST", session, #"{"email":"zoe@example.com","name":"Zoë","phone":"1"}"#)
      #expect(begun.status == 201, "\(begun.text)")
      let token = try #require(begun.json?["visitor"]?.string)
      // What a page says of who is there is passed over.
      let id = UUID().uuidString.lowercased()
      let forged = #"{"id":"\#(id)","text":"Hi","visitor":{"name":"The boss","verified":true}}"#
      #expect(try await api.say(forged, token).status == 202)
      let (_, content) = try #require(try await api.inbound().first)
      let items = try WebChatChannel().parse(content.body, sender: content.sender)
      guard case .message(let message)? = items.first else { throw TestSetupError("no message") }
      #expect(message.origin.name == "Zoë")
      #expect(
        message.origin.profile == InboundProfile(email: "zoe@example.com", phone: nil, isVerified: false))
    }
  }

  @Test func whoTheCompanySignedForIsThatPersonAndNobodyElseCanBe() async throws {
    try await TestAPI.with { api in
      let session = "/chat/\(api.tenant.webChat)/session"
      func begin(_ token: String) async throws -> Answer {
        try await api.call("POST", session, #"{"identity":"\#(token)"}"#)
      }
      let now = Int(Date().timeIntervalSince1970)
      let claims = #"{"sub":"customer-17","name":"Ada","exp":\#(now + 300)}"#
      let good = JWT.make(claims, secret: api.tenant.appSecret)
      let first = try await begin(good)
      #expect(first.status == 201 && first.json?["name"]?.string == "Ada", "\(first.text)")
      let token = try #require(first.json?["visitor"]?.string)
      #expect(try await api.say(#"{"id":"\#(UUID())","text":"Hi"}"#, token).status == 202)
      let again = try #require(try await begin(good).json?["visitor"]?.string)
      #expect(try await api.say(#"{"id":"\#(UUID())","text":"Hi"}"#, again).status == 202)
      let inbound = try await api.inbound()
      #expect(Set(inbound.map(\.content.sender)).count == 1, "on every device the same visitor")
      #expect(inbound.allSatisfy { $0.content.body.contains(#""verified":true"#) })

      let parts = good.split(separator: ".").map(String.init)
      let other = Data(claims.replacing("customer-17", with: "customer-18").utf8)
      let forged = [
        JWT.make(claims, secret: "another secret"), JWT.make(claims, secret: ""),
        JWT.make(claims, secret: api.tenant.appSecret, algorithm: "none"),
        JWT.make(claims, secret: api.tenant.appSecret, algorithm: "HS512"),
        "\(parts[0]).\(JWT.base64URL(other)).\(parts[2])", "\(parts[0]).\(parts[1]).",
        "\(parts[0]).\(parts[1])",
        JWT.make(#"{"sub":"customer-17","exp":\#(now - 120)}"#, secret: api.tenant.appSecret),
        JWT.make(#"{"sub":"customer-17"}"#, secret: api.tenant.appSecret),
        JWT.make(#"{"exp":\#(now + 300)}"#, secret: api.tenant.appSecret),
        JWT.make(
          #"{"sub":"customer-17","exp":\#(now + 300),"nbf":\#(now + 200)}"#, secret: api.tenant.appSecret),
        JWT.make(
          #"{"sub":"customer-17","exp":\#(now + 300),"aud":"\#(UUID())"}"#, secret: api.tenant.appSecret),
      ]
      for token in forged {
        let answer = try await begin(token)
        #expect(answer.status == 403 && answer.problem == "invalid-identity", "\(token): \(answer.text)")
      }
      // A visitor's token cannot be made into another's.
      let changed = token.replacing(token.prefix(8), with: String(token.prefix(8).reversed()))
      #expect(try await api.say(#"{"id":"\#(UUID())","text":"Hi"}"#, changed).status == 401)

      let required = #"{"widget":{"identity":"required"}}"#
      #expect(try await api.v1("PUT", "/connections/\(api.tenant.webChat)/settings", required).status == 200)
      #expect(try await api.call("POST", session).problem == "identity-required")
      #expect(try await api.say(#"{"id":"\#(UUID())","text":"Hi"}"#, token).status == 202)
    }
  }

  @Test func whatTheFormerSecretSignedIsTakenWhileItIsReplaced() async throws {
    try await TestAPI.with { api in
      let session = "/chat/\(api.tenant.webChat)/session"
      let claims = #"{"sub":"customer-17","exp":\#(Int(Date().timeIntervalSince1970) + 300)}"#
      func begin(_ secret: String) async throws -> Int {
        try await api.call("POST", session, #"{"identity":"\#(JWT.make(claims, secret: secret))"}"#).status
      }
      let path = "/connections/\(api.tenant.webChat)"
      let before = try await begin(api.tenant.appSecret)
      #expect(before == 201)
      #expect(try await api.v1("PATCH", path, #"{"app_secret":"another"}"#).status == 200)
      let meanwhile = [
        try await begin("another"), try await begin(api.tenant.appSecret), try await begin("neither"),
      ]
      #expect(meanwhile == [201, 201, 403])
      #expect(try await api.v1("PATCH", path, #"{"accept_previous_hours":0}"#).status == 200)
      let after = try await begin(api.tenant.appSecret)
      #expect(after == 403)
    }
  }

  @Test func aVisitorsFilesAreBoundedAndRecordedInTheBlobStore() async throws {
    try await TestAPI.with { api in
      let token = try await api.visitor()
      func body(_ files: String, text: String? = nil) -> String {
        let text = text.map { #","text":"\#($0)""# } ?? ""
        return #"{"id":"\#(UUID().uuidString.lowercased())"\#(text),"files":[\#(files)]}"#
      }
      let file = #"{"name":"a.png","type":"image/png","data":"AQID"}"#
      #expect(try await api.say(body(file), token).status == 202)
      #expect(try await api.say(body("\(file),\(file)", text: "Two"), token).status == 202)
      let inbound = try await api.inbound()
      #expect(try inbound.allSatisfy { try WebhookReceived.read($0.event).facts.blob != nil })
      #expect(inbound.allSatisfy { $0.content.body.isEmpty }, "the bodies lie in the blob store")
      for bad in [
        body(#"{"name":"a","data":"%%%"}"#), body(#"{"name":"a","data":""}"#), body(#"{"name":"a"}"#),
        body(Array(repeating: file, count: 6).joined(separator: ",")),
      ] {
        #expect(try await api.say(bad, token).problem == "invalid-message", "\(bad.prefix(200))")
      }
      let large = String(repeating: "AAAA", count: (5 << 20) / 3 + 10)
      #expect(try await api.say(body(#"{"data":"\#(large)"}"#), token).status == 400)
      #expect(try await api.say(body(#"{"data":"\#(large)\#(large)"}"#), token).status == 413)
      let none = #"{"widget":{"attachments":false}}"#
      #expect(try await api.v1("PUT", "/connections/\(api.tenant.webChat)/settings", none).status == 200)
      #expect(try await api.say(body(file), token).problem == "invalid-message")
    }
  }

  @Test func aVisitorReadsTheFilesOfTheirOwnConversationAlone() async throws {
    try await TestAPI.with(projections: ["conversations"]) { api in
      let token = try await api.visitor()
      let chat = try await api.open(.webchat, address: try api.address(of: token))
      try await api.untilOpen(chat)
      let form = Form(boundary: "b").part(
        "message", type: "application/json",
        Array(#"{"text":"Here","choices":[{"title":"Thanks"}]}"#.utf8)
      ).file("a.pdf", type: "application/pdf", [1, 2, 3])
      try await api.stream(token) { events in
        try await events.untilHeartbeat()
        let sent = try await api.send(form, to: "/conversations/\(chat.id)/messages", key: "k")
        let id = try #require(sent.json?["attachments"]?[0]?.string)
        var event = try await events.next()
        while event.name != "message" { event = try await events.next() }
        #expect(event.json["attachments"]?[0]?["id"]?.string == id)
        #expect(event.json["attachments"]?[0]?["name"]?.string == "a.pdf")
        #expect(event.json["choices"]?[0]?["title"]?.string == "Thanks")
        try await api.untilProjected(chat, messages: 1)
        let path = "/chat/\(api.tenant.webChat)/files/\(id)"
        #expect(try await api.call("GET", path, bearer: token).text == "\u{1}\u{2}\u{3}")
        #expect(try await api.call("GET", path).status == 401)
        let other = try await api.visitor()
        #expect(try await api.call("GET", path, bearer: other).status == 404)
      }
      let history = try await api.call("GET", "/chat/\(api.tenant.webChat)/messages", bearer: token)
      #expect(history.json?["items"]?[0]?["attachments"]?[0]?["state"]?.string == "stored")
      #expect(history.json?["items"]?[0]?["choices"]?[0]?["title"]?.string == "Thanks")
    }
  }

  @Test func typingIsShownToTheOtherSide() async throws {
    try await TestAPI.with(projections: ["conversations"]) { api in
      let token = try await api.visitor()
      let chat = try await api.open(.webchat, address: try api.address(of: token))
      try await api.hear("Hello", in: chat)
      try await api.untilProjected(chat, messages: 1)
      try await api.stream(token) { events in
        _ = try await events.next()
        try await until("the visitor sees it") {
          #expect(try await api.v1("POST", "/conversations/\(chat.id)/typing").json?["shown"]?.bool == true)
          let event = try await events.next()
          return event.name == "typing" && event.json["author"]?.string == "person"
        }
      }
      try await api.client.stream(
        HTTPRequest(
          url: "\(api.url)/v1/conversations/\(chat.id)/stream",
          headers: [("Authorization", "Bearer \(api.tenant.apiKey)")])
      ) { head, chunks in
        #expect(head.status == 200)
        let events = StreamEvents(chunks)
        try await events.untilHeartbeat()
        let typed = try await api.call("POST", "/chat/\(api.tenant.webChat)/typing", bearer: token)
        #expect(typed.status == 204)
        let event = try await events.next()
        #expect(event.name == "typing" && event.json["author"]?.string == "contact")
        try await api.hear("And more", in: chat)
        #expect(try await events.next().json["text"]?.string == "And more")
      }
    }
  }

  @Test func onOtherChannelsThePlatformShowsIt() async throws {
    let channel = SignallingChannel()
    try await TestAPI.with(projections: ["conversations"], channels: ChannelAdapters([channel])) { api in
      let talk = try await api.open(.whatsapp, address: "4915112345678")
      try await api.hear("Hello", in: talk)
      try await api.untilProjected(talk, messages: 1)
      let answer = try await api.v1("POST", "/conversations/\(talk.id)/typing")
      #expect(answer.json?["shown"]?.bool == true, "\(answer.text)")
      let shown = channel.shown.withLock { $0 }
      #expect(shown.map(\.address) == ["4915112345678"] && shown[0].providerID.hasPrefix("4915112345678/"))
      let profile = #"{"start":"begin","menu":[{"title":"Orders","payload":"o"}],"ice_breakers":[]}"#
      let path = "/connections/\(api.tenant.whatsApp)/profile"
      #expect(try await api.v1("PUT", path, profile).status == 204)
      #expect(try await api.v1("PUT", path, "{}").status == 422)
      #expect(try await api.v1("PUT", path, #"{"menu":[{"title":"a"}]}"#).status == 422)
      channel.answer.withLock { $0 = .failed(reason: "unauthorised", code: 190) }
      let refused = try await api.v1("PUT", path, profile)
      #expect(refused.status == 502 && refused.problem == "provider-refused")
      #expect(refused.json?["detail"]?.string?.contains("unauthorised") == true)
      let given = channel.profiles.withLock { $0 }
      #expect(given.count == 2 && given.allSatisfy { $0.removed == [.iceBreakers] })
      channel.answer.withLock { $0 = .done }
      let empty = #"{"greetings":[],"start":null,"menu":null,"ice_breakers":[]}"#
      #expect(try await api.v1("PUT", path, empty).status == 204)
      #expect(
        channel.profiles.withLock { $0.last?.removed } == [.greetings, .start, .menu, .iceBreakers])
      #expect(try await api.v1("PUT", path, #"{"start":""}"#).status == 422)
    }
  }

  @Test func theScriptIsSmallAndNeedsNothingFromElsewhere() async throws {
    try await TestAPI.with { api in
      let script = try await api.call("GET", "/widget.js")
      #expect(script.headers["Content-Type"] == "text/javascript; charset=utf-8")
      #expect(
        !script.text.contains("{{") && !script.text.contains("innerHTML") && !script.text.contains("eval("))
      #expect(!script.text.contains("@import") && !script.text.contains("url("))
      let packed = try Tool.run(
        ["python3", "-c", "import gzip, sys; print(len(gzip.compress(sys.stdin.buffer.read())))"],
        input: script.text)
      #expect(try #require(Int(packed.output.split(separator: "\n")[0])) < 30_000)
      let tag = try #require(script.headers["ETag"])
      #expect(try await api.call("GET", "/widget.js", headers: [("If-None-Match", tag)]).status == 304)
    }
  }
}

/// A platform that shows signals and has a profile.
private final class SignallingChannel: WebhookChannel, ProfileChannel {
  let channel = Channel.whatsapp
  let maximumBodyBytes = 1
  let typingLasts: Duration? = .seconds(1)
  let shown = Mutex<[MessageReference]>([])
  let profiles = Mutex<[MessengerProfile]>([])
  let answer = Mutex(SetUpOutcome.done)

  func isAuthentic(_ call: WebhookCall, for connection: ConnectionCreated.Private) -> Bool { false }
  func parse(_ body: [UInt8], sender: String?) throws(ChannelError) -> [InboundItem] { [] }
  func send(
    _ message: OutboundMessage, from connection: ConnectionCreated.Private, using client: HTTPClient
  ) async -> SendOutcome { .rejected(reason: "unsupported", code: nil) }

  func show(
    _ signal: ChannelSignal, to target: MessageReference, from connection: ConnectionCreated.Private,
    using client: HTTPClient
  ) async -> Bool {
    shown.withLock { $0.append(target) }
    return true
  }

  func setUp(
    _ profile: MessengerProfile, for connection: ConnectionCreated.Private, using client: HTTPClient
  ) async -> SetUpOutcome {
    profiles.withLock { $0.append(profile) }
    return answer.withLock { $0 }
  }
}

/// JSON Web Tokens as a company's server makes them.
enum JWT {
  static func make(_ claims: String, secret: String, algorithm: String = "HS256") -> String {
    let head = base64URL(Data(#"{"alg":"\#(algorithm)","typ":"JWT"}"#.utf8))
    let signed = "\(head).\(base64URL(Data(claims.utf8)))"
    let code = HMAC<SHA256>.authenticationCode(
      for: Data(signed.utf8), using: SymmetricKey(data: Data(secret.utf8)))
    return "\(signed).\(algorithm == "none" ? "" : base64URL(Data(code)))"
  }

  static func base64URL(_ data: Data) -> String {
    data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
  }
}
