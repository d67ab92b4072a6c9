import Channels
import Contracts
import EventLog
import Foundation
import Pipeline
import PostgresLog
import TestKit
import Testing

/// One person whom the provider knows by a number and by an id of its own, and may name by either.
@Suite struct AliasTests {
  private let both = InboundOrigin(address: "44", alias: "US.1", name: "Ada", time: nil)
  private let number = InboundOrigin(address: "44", name: "Ada", time: nil)
  private let id = InboundOrigin(address: "US.1", name: "Ada", time: nil)

  private func conversations(_ records: [Record]) throws -> [ConversationID] {
    try records.filter { $0.event.type == MessageReceived.type }
      .map { try MessageReceived.read($0.event).facts.conversation }
  }

  /// Whichever comes first.
  @Test(arguments: [false, true]) func whoIsNamedByTheOtherNameAloneIsTheSameContact(_ isIDFirst: Bool)
    async throws
  {
    let channel = ScriptedChannel()
    let origins = isIDFirst ? [id, both, number] : [both, id, number]
    try await Journey.run(channel: channel) { journey in
      for (count, origin) in origins.enumerated() {
        try await channel.report(.text("m\(count)", "Hello", from: origin), to: journey.tenant)
        _ = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == count + 1 }
      }
      let records = try await journey.tenant.conversationEvents { $0.count(MessageReceived.type) == 3 }
      #expect(try Set(conversations(records)).count == 1)
      #expect(records.count(ConversationOpened.type) == 1)
    }
  }

  /// A number that its owner left is given to someone else in time.
  @Test func theNumberThatIsLeftForTheIDIsNobodys() async throws {
    let channel = ScriptedChannel()
    try await Journey.run(channel: channel) { journey in
      try await channel.report(.text("m1", "Hello", from: both), to: journey.tenant)
      _ = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 1 }
      try await channel.report(
        .move(InboundMove(providerID: "moved", origin: number, address: "US.1")),
        .text("m2", "It is me", from: id), .text("m3", "Who is this?", from: number), to: journey.tenant)
      let records = try await journey.tenant.conversationEvents { $0.count(MessageReceived.type) == 3 }
      let found = try conversations(records.filter { $0.event.type == MessageReceived.type })
      let hers = try #require(
        records.first { $0.event.type == ContactMoved.type }.map { $0.event.key })
      #expect(found.count { StreamID($0) == hers } == 2 && Set(found).count == 2)
    }
  }

  /// Two who were known before each stay who they are.
  @Test func whatIsSomeoneElsesStaysTheirs() async throws {
    let channel = ScriptedChannel()
    try await Journey.run(channel: channel) { journey in
      for (count, origin) in [number, id, both, id].enumerated() {
        try await channel.report(.text("m\(count)", "Hello", from: origin), to: journey.tenant)
        _ = try await journey.tenant.conversationEvents { $0.count(MessageReceived.type) == count + 1 }
      }
      let records = try await journey.tenant.conversationEvents { $0.count(MessageReceived.type) == 4 }
      let found = try conversations(records)
      #expect(Set(found).count == 2)
      #expect(Set(found.map { one in found.count { $0 == one } }) == [2])
    }
  }
}
