import Channels
import Contracts
import Foundation
import TestKit
import Testing

@Suite struct NormalizeNoticeTests {
  private let ada = InboundOrigin.of("ada")

  /// A mail that nobody answers is an event of its connection, once, and of no conversation.
  @Test func aMailThatNoPersonWroteIsKeptAsWhatItIsAndNothingComesOfIt() async throws {
    let channel = ScriptedChannel()
    try await Journey.run(channel: channel) { journey in
      let tenant = journey.tenant
      func receive(_ items: InboundItem...) async throws {
        try await tenant.receive(
          mail: Array(channel.prepare(items).utf8), on: tenant.whatsApp, channel: .whatsapp)
      }
      func automatic(_ id: String) -> InboundItem {
        .notice(
          InboundNotice(
            kind: "auto-reply", account: nil, time: ada.time, raw: "auto-submitted: auto-replied",
            providerID: id, replyTo: "sent 1"))
      }
      // Two of one second, of which the first comes again.
      for _ in 0..<2 { try await receive(.other(kind: "auto-reply"), automatic("a1")) }
      try await receive(.other(kind: "auto-reply"), automatic("a2"))
      // A report of a message that was not sent from here; one of a platform is counted alone.
      let report = InboundItem.status(
        InboundStatus(providerID: "sent 2", origin: .of("eve"), status: .failed, code: 550))
      for _ in 0..<2 { try await receive(report, report) }
      try await channel.report(report, .text("m1", "Hello", from: ada), to: tenant)
      let records = try await tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 1 }
      #expect(records.count(MessageReceived.type) == 1 && records.count(MessageStatus.type) == 0)
      let told = try await journey.notified()
      #expect(told.map(\.facts.kind) == ["auto-reply", "auto-reply", "report.unknown-conversation"])
      #expect(Set(told.compactMap(\.facts.providerHMAC)).count == 2)
      #expect(told[0].facts.replyHMAC?.count == 64 && told[0].facts.replyHMAC == told[1].facts.replyHMAC)
      #expect(try await journey.open(told[2])?.raw == "failed 550")
      #expect(told[2].facts.replyHMAC != told[0].facts.replyHMAC)
    }
  }

  /// Anybody can send such mails, and every process folds what they become. What a platform tells is not held up by it.
  @Test func ofAFloodOfMailsThatNoPersonWroteSomeAreNoted() async throws {
    let channel = ScriptedChannel()
    try await Journey.run(channel: channel) { journey in
      let tenant = journey.tenant
      func notice(_ kind: String, _ id: String?) -> InboundItem {
        .notice(InboundNotice(kind: kind, account: nil, time: ada.time, raw: "{}", providerID: id))
      }
      let flood = (0..<105).map { notice("bounce", "b\($0)") }
      try await tenant.receive(
        mail: Array(channel.prepare(flood).utf8), on: tenant.whatsApp, channel: .whatsapp)
      try await channel.report(
        notice("template.approved", nil), .text("m1", "Hello", from: ada), to: tenant)
      _ = try await tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 1 }
      let told = try await journey.notices()
      #expect(told.count { $0 == "bounce" } == 100)
      #expect(told.last == "template.approved" && told.count == 101)
    }
  }
}
