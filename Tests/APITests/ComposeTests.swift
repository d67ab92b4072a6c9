@testable import API
import Contracts
import EventLog
import Foundation
import HTTPClient
import JSON
import Keyring
import Postgres
import PostgresLog
import TestKit
import Testing

/// What people order besides texts.
struct ComposeTests {
  @Test func filesOfAFormAreSealedSentWithTheMessageAndServed() async throws {
    try await TestAPI.with(projections: ["conversations"]) { api in
      let talk = try await api.open(.whatsapp, address: "4915112345678", name: "Zoë")
      try await api.hear("Hello", in: talk)
      try await api.untilProjected(talk, messages: 1)
      // Every byte there is, and what ends lines, parts and forms.
      let bytes = Array(UInt8.min...UInt8.max) + Array("\r\n--\r\n--boundar\r\n\r\n--".utf8)
      let form = Form(boundary: "boundary")
        .part("message", type: "application/json", Array(#"{"text":"Your label"}"#.utf8))
        .file("../../la\"bel.pdf", type: "application/pdf", bytes).file("b.png", type: "image/png", [9])
      let answer = try await api.send(form, to: "/conversations/\(talk.id)/messages", key: "k1")
      #expect(answer.status == 202, "\(answer.text)")
      let ids = try #require(answer.json?["attachments"]?.array?.compactMap { $0.string })
      #expect(ids.count == 2)
      // Again with the same key: the same message, once.
      let again = try await api.send(form, to: "/conversations/\(talk.id)/messages", key: "k1")
      #expect(again.json?["id"]?.string == answer.json?["id"]?.string)
      try await api.untilProjected(talk, messages: 2)
      let detail = try await api.v1("GET", "/conversations/\(talk.id)")
      let files = try #require(detail.json?["messages"]?[1]?["attachments"]?.array)
      #expect(files.compactMap { $0["id"]?.string } == ids)
      #expect(files.compactMap { $0["name"]?.string } == ["la\"bel.pdf", "b.png"])
      #expect(files.compactMap { $0["kind"]?.string } == ["document", "image"])
      #expect(files.compactMap { $0["state"]?.string } == ["stored", "stored"])
      let file = try await api.client.send(
        HTTPRequest(
          url: "\(api.url)/v1/attachments/\(ids[0])",
          headers: [("Authorization", "Bearer \(api.tenant.apiKey)")]))
      #expect(file.body == bytes)
      let blobs = try await api.database.pool.withConnection {
        try $0.execute("select bytes from knowledge.blob").map { $0.bytes(0) }
      }
      #expect(blobs.count == 2 && blobs.allSatisfy { $0.starts(with: "eyJ".utf8) })
    }
  }

  @Test func aFileThatLiesInTheStoreIsSentByItsID() async throws {
    try await TestAPI.with(projections: ["conversations"]) { api in
      let talk = try await api.open(.webchat, address: UUID().uuidString.lowercased())
      try await api.untilOpen(talk)
      let upload = try await api.v1(
        "POST", "/conversations/\(talk.id)/attachments?name=terms.txt", "We deliver.", type: "text/plain")
      #expect(upload.status == 201, "\(upload.text)")
      let id = try #require(upload.json?["id"]?.string)
      let body = #"{"attachments":[{"id":"\#(id)"}]}"#
      try await until("the upload is known") {
        try await api.v1("POST", "/conversations/\(talk.id)/messages", body).status == 202
      }
      try await api.untilProjected(talk, messages: 1)
      let file = try await api.v1("GET", "/conversations/\(talk.id)").json?["messages"]?[0]?["attachments"]?[
        0]
      #expect(file?["name"]?.string == "terms.txt" && file?["bytes"]?.int == 11)
      let other = try await api.open(.webchat, address: UUID().uuidString.lowercased())
      try await api.untilOpen(other)
      let refused = try await api.v1("POST", "/conversations/\(other.id)/messages", body)
      #expect(refused.status == 422, "another conversation's file")
    }
  }

  @Test func aFileIsSentAsTheKindThatIsNamed() async throws {
    try await TestAPI.with(projections: ["conversations"]) { api in
      let talk = try await api.open(.whatsapp, address: "4915112345678")
      try await api.hear("Hello", in: talk)
      try await api.untilProjected(talk, messages: 1)
      let path = "/conversations/\(talk.id)/messages"
      func form(_ attachments: String) -> Form {
        Form(boundary: "b").part(
          "message", type: "application/json", Array(#"{"attachments":\#(attachments)}"#.utf8)
        )
        .file("hello.ogg", type: "audio/ogg", Array("OggS".utf8))
        .file("smile.webp", type: "image/webp", Array("RIFF".utf8))
      }
      let sent = try await api.send(
        form(#"[{"file":"hello.ogg","kind":"voice"},{"file":"smile.webp","kind":"sticker"}]"#), to: path,
        key: "k")
      #expect(sent.status == 202, "\(sent.text)")
      let upload = try await api.v1(
        "POST", "/conversations/\(talk.id)/attachments?name=a.ogg&kind=voice", "OggS", type: "audio/ogg")
      #expect(upload.status == 201, "\(upload.text)")
      let id = try #require(upload.json?["id"]?.string)
      try await until("the upload is known") {
        try await api.v1("POST", path, #"{"attachments":[{"id":"\#(id)","kind":"audio"}]}"#).status == 202
      }
      try await api.untilProjected(talk, messages: 3)
      let messages = try await api.v1("GET", "/conversations/\(talk.id)").json?["messages"]?.array ?? []
      let first = messages[1]["attachments"]?.array?.compactMap { $0["kind"]?.string }
      #expect(first == ["voice", "sticker"])
      for (number, bad) in [
        #"[{"file":"hello.ogg","kind":"sticker"}]"#, #"[{"file":"smile.webp","kind":"voice"}]"#,
        #"[{"file":"none.ogg","kind":"voice"}]"#, #"[{"kind":"voice"}]"#,
        #"[{"file":"hello.ogg","kind":"song"}]"#, #"[{"id":"\#(id)","file":"hello.ogg"}]"#,
        #"[{"id":"\#(id)","kind":"sticker"}]"#,
      ].enumerated() {
        let answer = try await api.send(form(bad), to: path, key: "bad \(number)")
        #expect(answer.status == 422 && answer.problem == "invalid-content", "\(bad): \(answer.text)")
      }
      for bad in ["kind=sticker", "kind=song"] {
        let answer = try await api.v1(
          "POST", "/conversations/\(talk.id)/attachments?\(bad)", "OggS", type: "audio/ogg")
        #expect((400...422).contains(answer.status), "\(bad): \(answer.text)")
      }
    }
  }

  @Test func choicesAndTemplatesStandInTheConversation() async throws {
    try await TestAPI.with(projections: ["conversations"]) { api in
      let talk = try await api.open(.whatsapp, address: "4915112345678")
      try await api.untilOpen(talk)
      let body = """
        {"text":"Which one?","choices":[{"title":"Oat"},{"title":"Soy","payload":"milk/soy","description":"new"}],
         "template":{"name":"which_milk","language":"en_US","variables":[{"text":"Ada"}],"category":"utility"}}
        """
      #expect(try await api.v1("POST", "/conversations/\(talk.id)/messages", body).status == 202)
      try await api.untilProjected(talk, messages: 1)
      let message = try await api.v1("GET", "/conversations/\(talk.id)").json?["messages"]?[0]
      #expect(message?["choices"]?[0]?["payload"]?.string == "Oat")
      #expect(message?["choices"]?[1]?["description"]?.string == "new")
      #expect(message?["template"]?["name"]?.string == "which_milk")
    }
  }

  @Test func placesAndCardsAreSealedForTheChannelAndAreLinesInAChat() async throws {
    try await TestAPI.with(projections: ["conversations"]) { api in
      let body = """
        {"location":{"latitude":52.5,"longitude":13.25,"name":"Shop"},
         "contacts":[{"name":"Ada","phones":["+49151"]},{"name":"Eve","emails":["eve@example.com"]}]}
        """
      let talk = try await api.open(.whatsapp, address: "4915112345678")
      try await api.untilOpen(talk)
      let answer = try await api.v1("POST", "/conversations/\(talk.id)/messages", body)
      #expect(answer.status == 202, "\(answer.text)")
      let composed = try await api.composed(in: talk)
      #expect(composed.text == "")
      #expect(composed.location == Location(latitude: 52.5, longitude: 13.25, name: "Shop"))
      #expect(
        composed.contacts == [
          ContactCard(name: "Ada", phones: ["+49151"]), ContactCard(name: "Eve", emails: ["eve@example.com"]),
        ])

      try await api.untilProjected(talk, messages: 1)
      let shown = try await api.v1("GET", "/conversations/\(talk.id)").json?["messages"]?[0]
      #expect(
        shown?["location"]?["name"]?.string == "Shop" && shown?["location"]?["latitude"]?.double == 52.5)
      #expect(shown?["contacts"]?[1]?["emails"]?[0]?.string == "eve@example.com")

      let chat = try await api.open(.webchat, address: UUID().uuidString.lowercased())
      try await api.untilOpen(chat)
      #expect(try await api.v1("POST", "/conversations/\(chat.id)/messages", body).status == 202)
      try await api.untilProjected(chat, messages: 1)
      let text = try await api.v1("GET", "/conversations/\(chat.id)").json?["messages"]?[0]?["text"]?.string
      #expect(text?.hasPrefix("📍 Shop\nhttps://www.openstreetmap.org/?mlat=52.5&mlon=13.25") == true)
      #expect(text?.hasSuffix("👤 Ada\n+49151\n\n👤 Eve\neve@example.com") == true)
      #expect(try await api.composed(in: chat).location == nil)
    }
  }

  @Test func aMessageQuotesOneOfTheConversationAndIsShownWithIt() async throws {
    try await TestAPI.with(projections: ["conversations"]) { api in
      let talk = try await api.open(.whatsapp, address: "4915112345678", name: "Zoë")
      try await api.hear("Hello", in: talk)
      let answer = try await api.reply("In three parts", in: talk)
      try await api.untilProjected(talk, messages: 2)
      let path = "/conversations/\(talk.id)/messages"
      let early = try await api.v1("POST", path, #"{"text":"See above","reply_to":"\#(answer)"}"#)
      #expect(early.status == 422 || early.status == 400, "\(early.text)")
      try await api.deliver(answer, in: talk, parts: ["part 1"])
      /// A contact's message has an id that is made of the provider's.
      func hear(_ hmac: String, quoting quoted: String?) async throws -> MessageID {
        let id = MessageID(providerHMAC: hmac, in: api.tenant.id)
        try await api.append(
          MessageReceived.self, talk,
          .init(
            message: id, conversation: talk.id, contact: talk.contact, connection: talk.connection,
            channel: talk.channel, kind: .text, providerHMAC: hmac, providerTime: nil, bytes: 2,
            replyHMAC: quoted), private: .init(text: "hm", providerID: "wamid.\(hmac)"))
        return id
      }
      let asked = try await hear("q1", quoting: "part 1")
      _ = try await hear("q2", quoting: "q1")
      _ = try await hear("q3", quoting: "of somebody else")
      try await api.untilProjected(talk, messages: 5)
      let composed = try await api.v1("POST", path, #"{"text":"See above","reply_to":"\#(asked)"}"#)
      #expect(composed.status == 202, "\(composed.text)")
      #expect(try await api.composed(in: talk).replyTo == "wamid.q1")
      try await api.untilProjected(talk, messages: 6)
      func quotes(_ query: String = "") async throws -> [String?] {
        let shown = try await api.v1("GET", "/conversations/\(talk.id)\(query)")
        return try #require(shown.json?["messages"]?.array).map { $0["reply_to"]?.string }
      }
      #expect(
        try await quotes() == [nil, nil, answer.description, asked.description, nil, asked.description])
      // What is quoted lies before the page.
      #expect(try await quotes("?limit=3") == [asked.description, nil, asked.description])
      for other in [MessageID(UUID()), MessageID(providerHMAC: "q1", in: TenantID(UUID()))] {
        let refused = try await api.v1("POST", path, #"{"text":"a","reply_to":"\#(other)"}"#)
        #expect((400..<500).contains(refused.status) && refused.text.contains("reply_to"))
      }
    }
  }

  @Test func whatCannotBeSentIsRefused() async throws {
    let bodies = [
      #"{}"#, #"{"text":" "}"#, #"{"choices":[{"title":"a"}]}"#, #"{"text":"a","choices":[{"title":""}]}"#,
      #"{"template":{"name":"","language":"en"}}"#, #"{"template":{"name":"a","language":"en","header":{}}}"#,
      #"{"template":{"name":"a","language":"en","header":{"media":{"kind":"audio","url":"https://a"}}}}"#,
      #"{"template":{"name":"a","language":"en","header":{"media":{"kind":"image","url":"http://a"}}}}"#,
      #"{"template":{"name":"a","language":"en","buttons":[{"kind":"url","index":99,"value":"a"}]}}"#,
      #"{"text":"a","attachments":[{"id":"nothing"}]}"#,
      #"{"template":{"name":"a","language":"en","header":{"text":"a","location":{"latitude":1,"longitude":1}}}}"#,
      #"{"template":{"name":"a","language":"en","header":{"file":{"kind":"voice","id":"1"}}}}"#,
      #"{"template":{"name":"a","language":"en","header":{"file":{"kind":"image","id":""}}}}"#,
      #"{"template":{"name":"a","language":"en","buttons":[{"kind":"flow","index":0,"value":"a","data":[{"text":"a"}]}]}}"#,
      #"{"template":{"name":"a","language":"en","buttons":[{"kind":"url","index":0,"value":"a","data":[]}]}}"#,
      #"{"location":{"latitude":91,"longitude":0}}"#, #"{"location":{"latitude":0,"longitude":-180.5}}"#,
      #"{"location":{"latitude":0,"longitude":0,"name":"a\nb"}}"#, #"{"contacts":[]}"#,
      #"{"contacts":[{"name":"Ada"}]}"#, #"{"contacts":[{"name":" ","phones":["1"]}]}"#,
      #"{"contacts":[{"name":"Ada","phones":["1\n2"]}]}"#,
    ]
    try await TestAPI.with(projections: ["conversations"]) { api in
      let talk = try await api.open(.whatsapp, address: "4915112345678")
      try await api.untilOpen(talk)
      for body in bodies {
        let answer = try await api.v1("POST", "/conversations/\(talk.id)/messages", body)
        #expect(answer.status == 422 && answer.problem == "invalid-content", "\(body): \(answer.text)")
      }
    }
  }

  @Test func aBrokenFormIsRefused() async throws {
    try await TestAPI.with(projections: ["conversations"]) { api in
      let talk = try await api.open(.whatsapp, address: "4915112345678")
      try await api.untilOpen(talk)
      let path = "/conversations/\(talk.id)/messages"
      for type in [
        "multipart/form-data", "multipart/form-data; boundary=x", "multipart/form-data; boundary=",
      ] {
        let answer = try await api.v1("POST", path, "nothing of a form", type: type)
        #expect(answer.status == 400 && answer.problem == "malformed-form", "\(type): \(answer.text)")
      }
      var form = Form(boundary: "b").part("message", type: "application/json", Array(#"{"text":"a"}"#.utf8))
      for number in 0...10 { form = form.file("\(number)", type: "text/plain", [1]) }
      #expect(try await api.send(form, to: path, key: "k").status >= 400)
    }
  }

  @Test func consentIsNotedAndShown() async throws {
    try await TestAPI.with(projections: ["conversations"]) { api in
      let talk = try await api.open(.whatsapp, address: "4915112345678")
      try await api.untilOpen(talk)
      let path = "/conversations/\(talk.id)/consent"
      #expect(try await api.v1("POST", path, #"{"state":"opted-out"}"#).status == 202)
      #expect(try await api.v1("POST", path, #"{"state":"opted-out","scope":"marketing"}"#).status == 202)
      #expect(try await api.v1("POST", path, #"{"state":"opted-in"}"#).status == 202)
      #expect(try await api.v1("POST", path, #"{"state":"maybe"}"#).status == 422)
      try await until("the last one is shown") {
        let consent = try await api.v1("GET", "/conversations/\(talk.id)").json?["contact"]?["consent"]
        return consent?["all"]?.string == "opted-in" && consent?["marketing"]?.string == "opted-out"
      }
      let other = try await api.provisionAnother()
      #expect(
        try await api.call("POST", "/v1" + path, #"{"state":"opted-out"}"#, bearer: other.apiKey).status
          == 404)
    }
  }
}

/// A form with files, as a browser writes it.
struct Form {
  let boundary: String
  private(set) var body: [UInt8] = []

  init(boundary: String) { self.boundary = boundary }

  func part(_ name: String, type: String, _ bytes: [UInt8], more: String = "") -> Form {
    var form = self
    form.body += Array(
      "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(name)\"\(more)\r\nContent-Type: \(type)\r\n\r\n"
        .utf8)
    form.body += bytes + Array("\r\n".utf8)
    return form
  }

  func file(_ name: String, type: String, _ bytes: [UInt8]) -> Form {
    part(
      "file", type: type, bytes, more: "; filename=\"\(name.replacing("\"", with: "\\\""))\"")
  }

  var whole: [UInt8] { body + Array("--\(boundary)--\r\n".utf8) }
}

extension TestAPI {
  func send(_ form: Form, to path: String, key: String) async throws -> Answer {
    let response = try await client.send(
      HTTPRequest(
        method: "POST", url: "\(url)/v1\(path)",
        headers: [
          ("Content-Type", "multipart/form-data; boundary=\(form.boundary)"), ("Idempotency-Key", key),
          ("Authorization", "Bearer \(tenant.apiKey)"),
        ], body: form.whole))
    return Answer(
      status: response.status, headers: response.headers, text: String(decoding: response.body, as: UTF8.self)
    )
  }

  /// Waits until the read model has the conversation.
  func untilOpen(_ conversation: TestConversation) async throws {
    try await until("the conversation is projected") {
      try await v1("GET", "/conversations/\(conversation.id)").status == 200
    }
  }
}

extension TestAPI {
  /// What a person wrote last in a conversation, opened.
  func composed(in conversation: TestConversation) async throws -> MessageComposed.Private {
    let count = try await count(.conversations)
    let reader = try await log.reader(
      from: log.layout.partitions(.conversations).map { .init($0) }, types: nil)
    var events: [Event] = []
    while events.count < count { events += try await reader.next(limit: 1_000).records.map(\.event) }
    await reader.close()
    let last = try #require(
      events.last { $0.type == MessageComposed.type && $0.key == StreamID(conversation.id) })
    let value = try MessageComposed.read(last)
    let id = try #require(try value.keyID)
    let keys = try await database.pool.withConnection { [keyring] in try keyring.keys([id], on: $0) }
    let key = try #require(keys[id])
    return try #require(try value.opened(with: key))
  }
}
