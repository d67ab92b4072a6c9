import Channels
import Contracts
import EventLog
import Foundation
import Pipeline
import TestKit
import Testing

@Suite struct JoinTests {
  private let ada = InboundOrigin.of("ada")

  private func part(
    _ id: String, of album: String, _ text: String? = nil, from origin: InboundOrigin
  ) -> InboundItem {
    .message(
      InboundMessage(
        providerID: id, origin: origin,
        content: InboundContent(
          .attachment, text: text, attachments: [InboundAttachment(kind: .image, source: .file("file \(id)"))]
        ),
        partOf: album))
  }

  @Test func anAlbumIsOneMessageWhateverBodiesItsFilesCameIn() async throws {
    let channel = ScriptedChannel { source, _ in .fetched(bytes: [1], mediaType: "image/png") }
    try await Journey.run(channel: channel) { journey in
      try await channel.report(part("1", of: "a", "Look at these", from: ada), to: journey.tenant)
      try await channel.report(
        part("2", of: "a", from: ada), part("2", of: "a", from: ada), to: journey.tenant)
      try await channel.report(part("3", of: "a", from: ada), to: journey.tenant)
      let records = try await journey.tenant.conversationEvents {
        $0.count(DeliverySucceeded.type) == 1 && $0.count(AttachmentStored.type) == 3
      }
      #expect(records.count(MessageReceived.type) == 1 && records.count(MessagePartReceived.type) == 3)
      let joined = try MessageReceived.read(records.first(MessageReceived.type))
      let first = try MessagePartReceived.read(records.first(MessagePartReceived.type))
      #expect(joined.facts.message == first.facts.message && joined.facts.album == first.facts.album)
      #expect(joined.facts.attachments?.count == 3)
      let content = try #require(try await journey.open(joined))
      #expect(content.text == "Look at these" && content.providerID == "1")
      #expect(content.attachments?.compactMap(\.file) == ["file 1", "file 2", "file 3"])
      #expect(try records.first(ReplyGenerated.type).key == records.first(MessageReceived.type).key)
      #expect(records.count(ReplyGenerated.type) == 1)
    }
  }

  @Test func twoAlbumsAtOnceStayTwoAndOtherMessagesDoNotWait() async throws {
    let channel = ScriptedChannel { _, _ in .fetched(bytes: [1], mediaType: nil) }
    try await Journey.run(channel: channel) { journey in
      let bob = InboundOrigin.of("bob", thread: "group")
      let eve = InboundOrigin.of("eve", thread: "group")
      try await channel.report(
        part("1", of: "a", from: bob), part("2", of: "b", "Mine", from: eve), part("3", of: "a", from: bob),
        .text("m1", "Hello", from: eve), to: journey.tenant)
      let records = try await journey.tenant.conversationEvents { $0.count(MessageReceived.type) == 3 }
      let received = try records.filter { $0.event.type == MessageReceived.type }
        .map { try MessageReceived.read($0.event).facts }
      #expect(received.map { $0.attachments?.count ?? 0 } == [0, 2, 1])
      #expect(Set(received.map(\.conversation)).count == 1 && Set(received.map(\.contact)).count == 2)
    }
  }
}
