import Channels
import Contracts
import EventLog
import Foundation
import Pipeline
import Postgres
import PostgresLog
import TestKit
import Testing

/// One person whom the provider knows by a number and by an id of its own, and may name by either.
@Suite struct AliasTests {
  private let both = InboundOrigin(address: "44", alias: "US.1", name: "Ada", time: nil)
  private let number = InboundOrigin(address: "44", name: "Ada", time: nil)
  private let id = InboundOrigin(address: "US.1", name: "Ada", time: nil)

  private func ada(_ account: String, _ address: String, _ alias: String) -> InboundOrigin {
    InboundOrigin(account: account, address: address, alias: alias, name: "Ada", time: nil)
  }

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
  /// Nobody told that the number was given to somebody else, but it comes with another id: that is who writes now.
  @Test func whoGetsTheNumberOfAnotherIsAnotherContact() async throws {
    let channel = ScriptedChannel()
    let stranger = InboundOrigin(address: "44", alias: "US.2", name: "Bob", time: nil)
    let strangersID = InboundOrigin(address: "US.2", name: "Bob", time: nil)
    try await Journey.run(channel: channel) { journey in
      var inOrder: [MessageReceived.Facts] = []
      for (count, origin) in [both, both, stranger, number, id, strangersID, stranger].enumerated() {
        try await channel.report(.text("m\(count)", "Hello", from: origin), to: journey.tenant)
        let records = try await journey.tenant.conversationEvents {
          $0.count(MessageReceived.type) == count + 1
        }
        let known = Set(inOrder.map(\.message))
        inOrder += try records.filter { $0.event.type == MessageReceived.type }
          .map { try MessageReceived.read($0.event).facts }.filter { !known.contains($0.message) }
      }
      let (first, bob) = (try #require(inOrder.first), try #require(inOrder.last))
      #expect(first.contact != bob.contact && first.conversation != bob.conversation)
      #expect(inOrder.map { $0.contact == first.contact } == [true, true, false, false, true, false, false])
      #expect(inOrder.allSatisfy { [first.contact, bob.contact].contains($0.contact) })
      // What one is told of, or is erased with, is what they wrote.
      let concerns = try await journey.tenant.database.pool.withConnection { connection in
        try connection.execute("select contact, count(*) from keyring.concern group by contact")
          .map { (ContactID($0.uuid(0)), $0.int8(1)) }
      }
      #expect(Dictionary(uniqueKeysWithValues: concerns) == [first.contact: 3, bob.contact: 4])
    }
  }

  /// What is written for the one does not reach the other.
  @Test func nothingIsSentToAnotherWhoGotTheNumber() async throws {
    let channel = ScriptedChannel()
    let stranger = InboundOrigin(address: "44", alias: "US.2", name: "Bob", time: nil)
    try await Journey.run(channel: channel) { journey in
      try await channel.report(.text("m0", "Hello", from: both), to: journey.tenant)
      let hers = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 1 }
      try await channel.report(.text("m1", "Hi", from: stranger), to: journey.tenant)
      _ = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 2 }
      try await journey.compose("For Ada alone", after: hers)
      let records = try await journey.tenant.conversationEvents { $0.count(DeliveryFailed.type) == 1 }
      let failed = try DeliveryFailed.read(records.first(DeliveryFailed.type)).facts
      #expect(failed.reason == "reassigned" && failed.attempts == 0)
      #expect(
        failed.conversation
          == (try ConversationOpened.read(hers.first(ConversationOpened.type))).facts.conversation)
      // Where she went is told late, or never, and she is reached there.
      try await channel.report(
        .move(InboundMove(providerID: "moved", origin: id, address: "45")), to: journey.tenant)
      _ = try await journey.tenant.conversationEvents { $0.count(ContactMoved.type) == 1 }
      try await journey.compose("There you are", after: hers)
      _ = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 3 }
      #expect(journey.sender.all.map(\.address) == ["44", "44", "45"])
    }
  }

  /// Also when both come in one body.
  @Test func theNumberIsOfWhoWroteLast() async throws {
    let channel = ScriptedChannel()
    let stranger = InboundOrigin(address: "44", alias: "US.2", name: "Bob", time: nil)
    try await Journey.run(channel: channel) { journey in
      try await channel.report(
        .text("m0", "Hello", from: both), .text("m1", "Hi", from: stranger), .text("m2", "Late", from: both),
        .text("m3", "It is me", from: stranger), .text("m4", "Again", from: number), to: journey.tenant)
      let records = try await journey.tenant.conversationEvents { $0.count(MessageReceived.type) == 5 }
      let found = try conversations(records)
      #expect(Set(Set(found).map { one in found.count { $0 == one } }) == [2, 3])
      let opened = try records.filter { $0.event.type == ConversationOpened.type }
        .map { try ConversationOpened.read($0.event).facts.contact }
      #expect(Set(opened).count == 2 && opened.count == 2)
    }
  }

  private func move(_ id: String, _ from: String, _ to: String, _ alias: String) -> InboundItem {
    .move(
      InboundMove(
        providerID: id, origin: InboundOrigin(account: "1", address: from, name: nil, time: nil), address: to,
        alias: alias))
  }

  /// Each number made an id of its own, and who moved is not a stranger who was given the number.
  @Test func whoComesBackToAFormerNumberIsTheSameContact() async throws {
    let channel = ScriptedChannel()
    try await Journey.run(channel: channel) { journey in
      let bodies: [[InboundItem]] = [
        [.text("m0", "One", from: ada("1", "44", "US.1"))], [move("v0", "44", "45", "US.2")],
        [.text("m1", "Two", from: ada("1", "45", "US.2"))], [move("v1", "45", "44", "US.3")],
        [.text("m2", "Three", from: ada("1", "44", "US.3"))],
        // The number is hidden.
        [move("v2", "44", "46", "US.4"), .text("m3", "Four", from: ada("1", "US.4", "US.4"))],
      ]
      for (count, items) in bodies.enumerated() {
        for item in items { try await channel.report(item, to: journey.tenant) }
        _ = try await journey.tenant.conversationEvents {
          $0.count(MessageReceived.type) + $0.count(ContactMoved.type) == count + (count == 5 ? 2 : 1)
        }
      }
      let records = try await journey.tenant.conversationEvents { $0.count(MessageReceived.type) == 4 }
      #expect(try Set(conversations(records)).count == 1)
      #expect(records.count(ConversationOpened.type) == 1)
    }
  }

  /// Two accounts may know the same person by two ids, and a new number makes a new one.
  @Test func anotherIDIsTheSameContactOnAnotherAccountAndAtAnotherNumber() async throws {
    let channel = ScriptedChannel()
    try await Journey.run(channel: channel) { journey in
      try await channel.report(
        .text("m0", "One", from: ada("1", "44", "US.1")), .text("m1", "Two", from: ada("2", "44", "US.7")),
        .text("m2", "Three", from: ada("1", "44", "US.1")), .text("m3", "Four", from: ada("2", "44", "US.7")),
        to: journey.tenant)
      _ = try await journey.tenant.conversationEvents { $0.count(MessageReceived.type) == 4 }
      try await channel.report(
        .move(InboundMove(providerID: "moved", origin: number, address: "45")), to: journey.tenant)
      _ = try await journey.tenant.conversationEvents { $0.count(ContactMoved.type) == 1 }
      try await channel.report(
        .text("m4", "Five", from: ada("1", "45", "US.2")), .text("m5", "Six", from: ada("2", "45", "US.8")),
        to: journey.tenant)
      let records = try await journey.tenant.conversationEvents { $0.count(MessageReceived.type) == 6 }
      #expect(try Set(conversations(records)).count == 1)
      // What told of the move is the contact's, as what they wrote is.
      let concerns = try await journey.tenant.database.pool.withConnection {
        try $0.execute("select count(*) from keyring.concern")[0].int8(0)
      }
      #expect(concerns == 3)
    }
  }
}
