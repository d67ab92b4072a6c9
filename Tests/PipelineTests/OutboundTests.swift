import Channels
import Contracts
import Crypto
import EventLog
import Foundation
import HTTPClient
import Keyring
import Models
import Pipeline
import Postgres
import PostgresLog
import Synchronization
import TestKit
import Testing

/// What is sent besides texts: files, choices, templates, and that an answer is being written.
@Suite struct OutboundTests {
  private let ada = InboundOrigin.of("ada")
  private let template = MessageTemplate(name: "order_update", language: "en_US", category: .utility)

  @Test func filesChoicesAndATemplateReachTheChannelAsTheyWereOrdered() async throws {
    let channel = ScriptedChannel()
    try await Journey.run(channel: channel) { journey in
      try await channel.report(.text("m1", "Hello", from: ada), to: journey.tenant)
      let records = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 1 }
      let file = AttachmentFacts(
        attachment: AttachmentID(UUID()), kind: .document, mediaType: "application/pdf", bytes: 3)
      let choices = [MessageChoice(title: "Yes", payload: "y", description: "please")]
      let location = Location(latitude: 52.5, longitude: 13.25, name: "Shop")
      let cards = [ContactCard(name: "Ada", phones: ["+49151"])]
      try await journey.compose(
        "Here", choices: choices, template: template, files: [(file, [1, 2, 3])], location: location,
        contacts: cards, after: records)
      _ = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 2 }
      let effect = try #require(journey.sender.effects.last)
      #expect(effect.message.choices == choices && effect.message.template == template)
      #expect(effect.message.location == location && effect.message.contacts == cards)
      // The bytes are read when it is sent.
      #expect(effect.message.attachments.isEmpty && effect.files.count == 1)
      let taken = Mutex<OutboundMessage?>(nil)
      let real = ScriptedChannel { _, _ in
        .failed(reason: "gone", code: nil)
      } onSend: { message in
        taken.withLock { $0 = message }
      }
      let client = HTTPClient()
      defer { client.shutdown() }
      let sender = ChannelSender(
        channels: ChannelAdapters([real]), client: client, pool: journey.tenant.database.pool)
      guard case .accepted = await sender.perform(effect) else {
        Issue.record("it was not taken")
        return
      }
      #expect(taken.withLock { $0 }?.location == location && taken.withLock { $0 }?.contacts == cards)
      #expect(
        taken.withLock { $0 }?.attachments == [
          OutboundAttachment(kind: .document, mediaType: "application/pdf", name: "a.pdf", bytes: [1, 2, 3])
        ])
      // Where providers can call, they are told where it is.
      let linking = ChannelSender(
        channels: ChannelAdapters([real]), client: client, pool: journey.tenant.database.pool,
        links: FileLinks(publicURL: "https://engine.example"))
      _ = await linking.perform(effect)
      let url = try #require(taken.withLock { $0 }?.attachments.first?.url)
      #expect(url.hasPrefix("https://engine.example/files/"))
      let (link, _) = try #require(FileLink.read(String(url.dropFirst(29))))
      #expect(link.mediaType == "application/pdf")
    }
  }

  @Test func anAnswerToMailIsAboutWhatTheMailWasAboutAndNamesItHoweverLongItIs() async throws {
    let channel = ScriptedChannel()
    try await Journey.run(channel: channel) { journey in
      for (number, subject) in ["Size?", "RE: Size?"].enumerated() {
        var content = InboundContent(
          .text, text: String(repeating: "Which size do I need? ", count: 2_000), subject: subject)
        content.references = ["first@example.com"]
        let origin = InboundOrigin.of("ada", thread: "thread \(number)")
        try await channel.report(
          .message(InboundMessage(providerID: "m\(number)@example.com", origin: origin, content: content)),
          to: journey.tenant)
        _ = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == number + 1 }
        let sent = try #require(journey.sender.effects.last?.message)
        #expect(sent.subject == (number == 0 ? "Re: Size?" : "RE: Size?"))
        #expect(sent.replyTo == "m\(number)@example.com" && sent.references == ["first@example.com"])
      }
    }
  }

  @Test func aFileThatIsGoneFailsTheMessageAndNothingElse() async throws {
    let channel = ScriptedChannel()
    try await Journey.run(channel: channel) { journey in
      try await channel.report(.text("m1", "Hello", from: ada), to: journey.tenant)
      let records = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 1 }
      let file = AttachmentFacts(
        attachment: AttachmentID(UUID()), kind: .document, mediaType: "application/pdf", bytes: 3)
      try await journey.compose("Here", files: [(file, [1, 2, 3])], after: records)
      _ = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 2 }
      let effect = try #require(journey.sender.effects.last)
      try await journey.tenant.database.pool.withTransaction {
        _ = try $0.execute("delete from knowledge.blob")
      }
      let client = HTTPClient()
      defer { client.shutdown() }
      let outcome = await ChannelSender(
        channels: ChannelAdapters([channel]), client: client, pool: journey.tenant.database.pool
      ).perform(effect)
      guard case .rejected(let reason, _) = outcome else {
        Issue.record("\(outcome)")
        return
      }
      #expect(reason == "attachment-gone")
    }
  }

  @Test func outsideTheWindowAReplyFailsOrIsTheAgentsTemplate() async throws {
    try await Journey.run { journey in
      try await journey.hear("Anyone there?", ago: 25 * 3_600)
      let records = try await journey.tenant.conversationEvents { $0.count(ReplyFailed.type) == 1 }
      #expect(try ReplyFailed.read(records.first(ReplyFailed.type)).facts.reason == "outside-window")
      #expect(journey.sender.effects.isEmpty)
    }
    let definition = AgentDefinition(instructions: "You answer.", fallback: "No.", template: template)
    try await Journey.run(definition: definition) { [template] journey in
      try await journey.hear("Anyone there?", ago: 25 * 3_600)
      let records = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 1 }
      let reply = try ReplyGenerated.read(records.first(ReplyGenerated.type)).facts
      #expect(reply.kind == .template && reply.bytes == 0)
      let sent = try #require(journey.sender.effects.first?.message)
      #expect(sent.template == template && sent.text.isEmpty)
      #expect(sent.context.now.timeIntervalSince(try #require(sent.context.lastInbound)) > 24 * 3_600)
    }
  }

  @Test func thatAnAnswerIsBeingWrittenIsShownUntilItIsWritten() async throws {
    let channel = ScriptedChannel()
    let model = ScriptedChatModel(pieces: ["Well, ", "hello."]) { _ in .seconds(1) }
    try await Journey.run(model: model, channel: channel) { journey in
      try await channel.report(.text("m1", "Hello", from: ada), to: journey.tenant)
      _ = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 1 }
      let shown = channel.signals.count { $0 == .typing }
      #expect(shown >= 2, "shown again while the model writes")
      #expect(channel.targets.allSatisfy { $0.address == "ada" && $0.providerID == "m1" })
    }
  }
}

extension Journey {
  /// Someone wrote on WhatsApp some time ago, and only now the stages see it.
  func hear(_ text: String, ago seconds: Double) async throws {
    let (conversation, contact) = (ConversationID(UUID()), ContactID(UUID()))
    let keyID = KeyID(contact.uuid)
    let keys = try await tenant.database.pool.withTransaction { [tenant] transaction in
      try tenant.keyring.create(.contact, tenant: tenant.tenant, ids: [keyID], in: transaction)
    }
    func event<Spec: EventSpec>(_ spec: Spec.Type, _ facts: Spec.Facts, _ content: Spec.Private) throws
      -> Event
    {
      Event(
        id: EventID(UUID.version7()), type: Spec.type, topic: Spec.topic, key: StreamID(conversation),
        tenant: tenant.tenant, time: Date(timeIntervalSinceNow: -seconds), source: "/test",
        value: try Spec.value(facts, private: content, sealedWith: keys[keyID]))
    }
    _ = try await tenant.log.append([
      event(
        ConversationOpened.self,
        .init(
          conversation: conversation, contact: contact, connection: tenant.whatsApp, channel: .whatsapp,
          addressHMAC: "aa"), .init(address: "ada", name: nil)),
      event(
        MessageReceived.self,
        .init(
          message: MessageID(UUID()), conversation: conversation, contact: contact,
          connection: tenant.whatsApp, channel: .whatsapp, kind: .text, providerHMAC: "bb", providerTime: nil,
          bytes: text.utf8.count), .init(text: text, providerID: "m1")),
    ])
  }
}
