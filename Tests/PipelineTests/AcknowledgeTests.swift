import Channels
import Contracts
import Foundation
import HTTPClient
import Pipeline
import Postgres
import TestKit
import Testing

/// That a message was read is told whatever is answered.
@Suite struct AcknowledgeTests {
  private let ada = InboundOrigin.of("ada")

  private func read(_ channel: ScriptedChannel) -> [String] {
    zip(channel.signals, channel.targets).filter { $0.0 == .read }.map(\.1.providerID)
  }

  @Test func everyMessageIsAcknowledgedOnceAlsoWhenNobodyAnswersIt() async throws {
    let channel = ScriptedChannel()
    try await Journey.run(channel: channel) { journey in
      // A person has the conversation: nothing is answered.
      try await channel.report(
        .echo(InboundMessage(providerID: "p1", origin: ada, content: InboundContent(.text, text: "Hi"))),
        .text("m1", "Hello", from: ada), to: journey.tenant)
      _ = try await journey.tenant.conversationEvents { $0.count(ReplySkipped.type) == 1 }
      try await channel.report(
        .text("mute 2", "Again", from: ada), .text("m3", "And again", from: ada), to: journey.tenant)
      // Reported twice: read once.
      try await channel.report(.text("m1", "Hello", from: ada), to: journey.tenant)
      try await channel.report(.text("m4", "The end", from: .of("eve", thread: "group")), to: journey.tenant)
      try await eventually("the last is read") {
        read(channel).contains("m4") && read(channel).count >= 3 ? true : nil
      }
      #expect(Set(read(channel)) == ["m1", "m3", "m4"] && read(channel).count == 3)
      let target = try #require(channel.targets.first { $0.providerID == "m4" })
      #expect(target.address == "eve" && target.thread == "group")
      #expect(journey.sender.all.allSatisfy { $0.address == "eve" })
      let ledger = try await eventually("the outcomes are in the ledger") {
        try await journey.tenant.database.pool.withConnection { connection in
          let rows = try connection.execute(
            "select outcome #>> '{isTaken}' from stage.ledger where stage = 'acknowledge' and outcome is not null"
          )
          return rows.count == 3 ? rows.map { $0.text(0) } : nil
        }
      }
      #expect(ledger == ["true", "true", "true"])
    }
  }

  /// From the visitor's browser to a status of the message that it has shown. Another visitor who learned its id tells
  /// nothing of it, nor keeps its reader from telling.
  @Test func whatAPageHasShownIsReadByItsVisitorAlone() async throws {
    let client = HTTPClient(maximumConcurrentRequests: 1)
    let sender = RecordingSender { _, effect in
      guard
        case .accepted(let id, _) = await WebChatChannel().send(
          effect.message, from: effect.secrets, using: client)
      else { return .rejected(reason: "unsupported", code: nil) }
      return .accepted(providerID: id, milliseconds: 1)
    }
    try await Journey.run(sender: sender) { journey in
      let tenant = journey.tenant
      for visitor in ["zoe", "eve"] { try await tenant.say("Hello", visitor: visitor) }
      _ = try await tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 2 }
      let reply = try #require(journey.sender.all.first { $0.address == "zoe" }).message
      for visitor in ["eve", "zoe", "zoe"] {
        try await tenant.receive(
          #"{"read":["\#(reply)"]}"#, on: tenant.webChat, channel: .webchat, sender: visitor)
      }
      let records = try await tenant.conversationEvents { $0.count(MessageStatus.type) == 2 }
      let delivered = try records.filter { $0.event.type == DeliverySucceeded.type }
        .map { try DeliverySucceeded.read($0.event).facts }
      let told = try #require(delivered.first { $0.message == reply })
      let statuses = try records.filter { $0.event.type == MessageStatus.type }
        .map { try MessageStatus.read($0.event).facts }
      #expect(statuses.allSatisfy { $0.status == .read })
      let own = statuses.filter { $0.conversation == told.conversation }
      #expect(own.map(\.providerHMAC) == [told.providerHMAC])
      // Eve's names nothing that was sent.
      let other = statuses.filter { $0.conversation != told.conversation }
      #expect(other.count == 1 && !delivered.map(\.providerHMAC).contains(other[0].providerHMAC))
    }
  }

  @Test(arguments: [1, 9]) func whatThePlatformRefusesIsTriedThreeTimesAndHoldsNothingUp(_ refusals: Int)
    async throws
  {
    let channel = ScriptedChannel()
    channel.refuseReads(refusals)
    try await Journey.run(channel: channel) { journey in
      try await channel.report(.text("m1", "Hello", from: ada), to: journey.tenant)
      _ = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 1 }
      let count = min(3, refusals + 1)
      try await eventually("it was tried") { read(channel).count == count ? true : nil }
      try await channel.report(.text("m2", "Hello", from: .of("bob")), to: journey.tenant)
      try await eventually("another is read") { read(channel).contains("m2") ? true : nil }
      #expect(read(channel).count { $0 == "m1" } == count)
    }
  }
}
