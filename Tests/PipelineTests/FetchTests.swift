import Channels
import Contracts
import EventLog
import Foundation
import Pipeline
import Postgres
import PostgresLog
import TestKit
import Testing

@Suite struct FetchTests {
  private let content = InboundContent(
    .attachment, text: "Look",
    attachments: [
      InboundAttachment(kind: .image, source: .file("f1"), mediaType: "image/png", name: "a.png"),
      InboundAttachment(kind: .document, source: .url("https://x/y")),
      InboundAttachment(kind: .audio, source: .file("f3"), sha256: String(repeating: "0", count: 64)),
    ])

  @Test func filesAreStoredSealedAfterRetriesAndFailuresAreNamed() async throws {
    let channel = ScriptedChannel { source, call in
      switch source {
      case .file("f1"): .fetched(bytes: [1, 2, 3], mediaType: "image/jpeg")
      case .url where call < 4: .notFetched(reason: "throttled", code: 429, retryAfter: nil)
      case .url: .fetched(bytes: [4], mediaType: nil)
      default: .fetched(bytes: [5], mediaType: nil)
      }
    }
    try await Journey.run(channel: channel) { journey in
      let message = InboundMessage(providerID: "m1", origin: .of("ada"), content: content)
      try await channel.report(.message(message), to: journey.tenant)
      let records = try await journey.tenant.conversationEvents {
        $0.count(AttachmentStored.type) == 2 && $0.count(AttachmentFailed.type) == 1
      }
      let stored = try AttachmentStored.read(records.first(AttachmentStored.type))
      #expect(stored.facts.mediaType == "image/jpeg" && stored.facts.bytes == 3)
      #expect(try await journey.open(stored)?.name == "a.png")
      let failed = try AttachmentFailed.read(records.first(AttachmentFailed.type)).facts
      #expect(failed.reason == "wrong-checksum" && failed.attempts == 2)
      // The file that was there at the first try was not asked for again.
      #expect(channel.fetchCount(of: .file("f1")) == 1)
      let sealed = try await journey.tenant.database.pool.withTransaction { transaction in
        let row = try transaction.execute(
          "select bytes from knowledge.blob where hash = decode($1, 'hex')", [.text(stored.facts.blob)])
        return String(decoding: try #require(row.first).bytes(0), as: UTF8.self)
      }
      let contact = try MessageReceived.read(records.first(MessageReceived.type)).facts.contact
      #expect(try JWE.keyID(of: sealed) == KeyID(contact.uuid))
    }
  }

  @Test func aFileThatIsTooLargeOrGoneFailsAtOnceAndAnEditFetchesNothingAnew() async throws {
    let channel = ScriptedChannel { source, _ in
      source == .file("f1") ? .fetched(bytes: [1], mediaType: nil) : .failed(reason: "too-large", code: nil)
    }
    try await Journey.run(channel: channel) { journey in
      let ada = InboundOrigin.of("ada")
      try await channel.report(
        .message(InboundMessage(providerID: "m1", origin: ada, content: content)),
        .edit(InboundEdit(providerID: "e1", target: "m1", origin: ada, content: content)), to: journey.tenant)
      let records = try await journey.tenant.conversationEvents { $0.count(AttachmentFailed.type) == 4 }
      #expect(records.count(AttachmentStored.type) == 2)
      #expect(channel.fetchCount(of: .file("f1")) == 1)
      let reasons = try records.filter { $0.event.type == AttachmentFailed.type }
        .map { try AttachmentFailed.read($0.event).facts.reason }
      #expect(Set(reasons) == ["too-large"])
    }
  }

  @Test func thePartsOfABodyAreTakenOutOfItsBlob() async throws {
    let channel = ScriptedChannel()
    let content = InboundContent(
      .attachment, text: "Look",
      attachments: [
        InboundAttachment(kind: .image, source: .part(1), mediaType: "image/png", name: "a.png"),
        InboundAttachment(kind: .document, source: .part(9)),
      ])
    try await Journey.run(channel: channel) { journey in
      let message = InboundMessage(providerID: "m1", origin: .of("ada"), content: content)
      let body = Array(channel.prepare([.message(message)]).utf8)
      try await journey.tenant.receive(mail: body, on: journey.tenant.whatsApp, channel: .whatsapp)
      let records = try await journey.tenant.conversationEvents {
        $0.count(AttachmentStored.type) == 1 && $0.count(AttachmentFailed.type) == 1
      }
      let stored = try AttachmentStored.read(records.first(AttachmentStored.type))
      #expect(stored.facts.bytes == body.count && stored.facts.mediaType == "image/png")
      #expect(try AttachmentFailed.read(records.first(AttachmentFailed.type)).facts.reason == "gone")
    }
  }
}
