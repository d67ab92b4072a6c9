import Contracts
import FoundationEssentials
import HTTPClient
import JSON
import Mail
import TestServers
import Testing

@testable import Channels

/// Places and address cards on every channel: in the platform's own form, compared with its documentation, or as
/// lines of the text.
@Suite(.timeLimit(.minutes(1))) struct CardsSendTests {
  private let client = HTTPClient(maximumConcurrentRequests: 4)
  private let shop = Location(latitude: 52.5, longitude: 13.25, name: "Shop", address: "Alexanderplatz 1")
  private let ada = ContactCard(name: "Ada", phones: ["+4915112345678"], emails: [])
  private let bob = ContactCard(name: "Bob", phones: ["+491521", "+491522"], emails: ["bob@example.com"])
  private let eve = ContactCard(name: "Eve", phones: [], emails: ["eve@example.com"])
  private static let connection = ConnectionCreated.Private(
    account: "1065", appSecret: nil, verifyToken: nil, accessToken: "77:to-k_en")

  private func message(
    _ text: String = "", to address: String = "42", thread: String? = nil, location: Location? = nil,
    contacts: [ContactCard] = [], attachments: [OutboundAttachment] = [], choices: [OutboundChoice] = [],
    replyTo: String? = nil
  ) -> OutboundMessage {
    OutboundMessage(
      id: MessageID(UUID.version7()), address: address, thread: thread, text: text, attachments: attachments,
      choices: choices, location: location, contacts: contacts, replyTo: replyTo,
      context: SendContext(now: Date()))
  }

  private let image = OutboundAttachment(kind: .image, mediaType: "image/png", name: nil, bytes: [1])

  private func whatsApp(_ message: OutboundMessage) async throws -> [JSONValue] {
    let platform = try WhatsAppSendTests.Platform { connection, number in
      connection.respond("200 OK", #"{"id":"media-\#(number)","messages":[{"id":"wamid.\#(number)"}]}"#)
    }
    let channel = WhatsAppChannel(baseURL: platform.server.url)
    let outcome = await channel.send(message, from: Self.connection, using: client)
    guard case .accepted = outcome else {
      Issue.record("\(outcome)")
      return []
    }
    let sent = platform.requests.filter { $0.head.contains("/messages ") }
    #expect(channel.calls(for: message) == sent.count)
    return try sent.map { try JSONValue(parsing: $0.body) }
  }

  private func telegram(_ message: OutboundMessage) async throws -> [(method: String, body: JSONValue?)] {
    let platform = try TelegramSendTests.Platform { connection, number in
      connection.respond("200 OK", TelegramSendTests.taken(number + 1))
    }
    let channel = TelegramChannel(baseURL: platform.server.url)
    let outcome = await channel.send(message, from: Self.connection, using: client)
    guard case .accepted = outcome else {
      Issue.record("\(outcome)")
      return []
    }
    #expect(channel.calls(for: message) == platform.requests.count)
    return platform.requests.map { request in
      let path = request.head.split(separator: " ")[1]
      return (String(path.split(separator: "/").last ?? ""), try? JSONValue(parsing: request.body))
    }
  }

  private func serialized(_ value: JSONValue?) -> String? {
    value.map { String(decoding: $0.serialized(), as: UTF8.self) }
  }

  @Test func onWhatsAppTheyAreObjectsOfTheirOwnBeforeTheText() async throws {
    let sent = try await whatsApp(
      message("Here", location: shop, contacts: [ada, bob], replyTo: "wamid.q"))
    #expect(sent.map { $0["type"]?.string } == ["location", "contacts", "text"])
    #expect(sent.map { $0["context"] != nil } == [true, false, false])
    #expect(
      serialized(sent.first?["location"])
        == #"{"latitude":52.5,"longitude":13.25,"name":"Shop","address":"Alexanderplatz 1"}"#)
    #expect(
      serialized(sent.dropFirst().first?["contacts"])
        == #"[{"name":{"formatted_name":"Ada","first_name":"Ada"},"phones":[{"phone":"+4915112345678"}]},"#
        + #"{"name":{"formatted_name":"Bob","first_name":"Bob"},"phones":[{"phone":"+491521"},"#
        + #"{"phone":"+491522"}],"emails":[{"email":"bob@example.com"}]}]"#)
  }

  /// An address is not shown without a name.
  @Test func onWhatsAppAPlaceWithoutANameIsCalledByItsAddress() async throws {
    let sent = try await whatsApp(
      message(
        location: Location(latitude: 1.5, longitude: 2.5, address: "Alexanderplatz 1"), attachments: [image]))
    #expect(sent.map { $0["type"]?.string } == ["location", "image"])
    #expect(
      serialized(sent.first?["location"]) == #"{"latitude":1.5,"longitude":2.5,"name":"Alexanderplatz 1"}"#)
  }

  @Test func inAGroupOfWhatsAppTheyAreLines() async throws {
    let sent = try await whatsApp(message("Here", thread: "R3JvdXA", location: shop, contacts: [ada]))
    #expect(sent.map { $0["type"]?.string } == ["text"])
    let text = try #require(sent.first?["text"]?["body"]?.string)
    #expect(text.hasPrefix("Here\n\n📍 Shop\nAlexanderplatz 1\nhttps://www.openstreetmap.org/?mlat=52.5&"))
    #expect(text.hasSuffix("\n\n👤 Ada\n+4915112345678"))
  }

  @Test func onTelegramTheyAreCallsOfTheirOwnBeforeTheText() async throws {
    let sent = try await telegram(
      message(
        "Here", location: shop, contacts: [ada, bob], choices: [OutboundChoice(title: "A", payload: "a")],
        replyTo: "42/7"))
    #expect(sent.map(\.method) == ["sendVenue", "sendContact", "sendContact", "sendMessage"])
    #expect(
      serialized(sent.first?.body)
        == #"{"address":"Alexanderplatz 1","chat_id":"42","latitude":"52.5","longitude":"13.25","#
        + #""reply_parameters":"{\"message_id\":7,\"allow_sending_without_reply\":true}","title":"Shop"}"#)
    #expect(
      serialized(sent[1].body) == #"{"chat_id":"42","first_name":"Ada","phone_number":"+4915112345678"}"#)
    #expect(sent[2].body?["phone_number"]?.string == "+491521")
    #expect(sent[2].body?["vcard"]?.string == VCard.text(bob))
    #expect(sent.map { $0.body?["reply_markup"] != nil } == [false, false, false, true])
  }

  @Test func onTelegramAPlaceWithoutANameIsALocation() async throws {
    let sent = try await telegram(message(location: Location(latitude: -1.5, longitude: 2)))
    #expect(sent.map(\.method) == ["sendLocation"])
    #expect(serialized(sent.first?.body) == #"{"chat_id":"42","latitude":"-1.5","longitude":"2"}"#)
    // A venue needs both.
    let named = try await telegram(message(location: Location(latitude: -1.5, longitude: 2, name: "Pier")))
    #expect(named.first?.method == "sendVenue" && named.first?.body?["address"]?.string == "-1.5, 2")
  }

  @Test func onTelegramACardThatItCannotShowIsLines() async throws {
    let long = ContactCard(
      name: "Long", phones: ["1"], emails: (0..<10).map { "\($0)@\(String(repeating: "x", count: 240))" })
    let sent = try await telegram(
      message("**Who** helps", location: shop, contacts: [eve, long], attachments: [image]))
    #expect(sent.map(\.method) == ["sendVenue", "sendPhoto", "sendMessage"])
    let text = try #require(sent.last?.body?["text"]?.string)
    #expect(text.hasPrefix("<b>Who</b> helps\n\n👤 Eve\neve@example.com\n\n👤 Long\n1\n0@xxx"))
    let alone = try await telegram(message(contacts: [eve]))
    #expect(alone.map { $0.body?["text"]?.string } == ["👤 Eve\neve@example.com"])
  }

  @Test func onMessengerAndInstagramTheyAreLines() async throws {
    for channel in [true, false] {
      let server = try MessengerServer()
      let (sender, secrets): (any ChannelAdapter, ConnectionCreated.Private) =
        channel
        ? (MessengerChannel(baseURL: server.url), MessengerServer.secrets())
        : (InstagramChannel(pageURL: server.url, accountURL: server.url), MessengerServer.secrets())
      let message = message("**Here**", location: shop, contacts: [ada])
      let outcome = await sender.send(message, from: secrets, using: client)
      guard case .accepted = outcome else {
        Issue.record("\(outcome)")
        return
      }
      let text = try #require(try server.bodies().first?["message"]?["text"]?.string)
      #expect(text.hasPrefix("Here\n\n📍 Shop\nAlexanderplatz 1\nhttps://www.openstreetmap.org/?mlat=52.5&"))
      #expect(sender.calls(for: message) == 1 && server.requests.count == 1)
    }
  }

  @Test func inAMailTheyAreLinesWithALinkToFollow() throws {
    let draft = try #require(
      EmailDraft.draft(
        of: message(
          "Here", location: shop, contacts: [bob], choices: [OutboundChoice(title: "A", payload: "a")]),
        from: .init(address: "a@example.com"), to: .init(address: "b@example.com")))
    #expect(draft.text.contains("📍 Shop  \nAlexanderplatz 1  \n<https://www.openstreetmap.org/?mlat=52.5&"))
    #expect(draft.text.hasSuffix("bob@example.com\n\n1. A"))
    #expect(draft.html.contains(#"<a href="https://www.openstreetmap.org/?mlat=52.5&amp;mlon=13.25"#))
    #expect(draft.html.contains("Bob<br"))
  }

  @Test func whatAMessageTakesIsCounted() async throws {
    let long = String(repeating: "A sentence. ", count: 800)
    let whatsApp = try await whatsApp(message(long, attachments: [image, image]))
    #expect(whatsApp.count == 5)
    let telegram = try await telegram(message(long, attachments: [image, image]))
    #expect(telegram.count == 5)
    #expect(MessengerChannel().calls(for: message(long)) == 5)
    #expect(InstagramChannel().calls(for: message(long)) == 10)
    #expect(EmailChannel().calls(for: message(long)) == 1)
    // What cannot be sent is refused by one call at most.
    #expect(WhatsAppChannel().calls(for: message("")) == 1)
    #expect(TelegramChannel().calls(for: message(String(repeating: "x", count: 100_000))) == 1)
  }
}
