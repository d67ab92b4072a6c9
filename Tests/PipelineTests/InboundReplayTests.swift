import Channels
import Contracts
import EventLog
import Foundation
import Keyring
import Pipeline
import Postgres
import PostgresLog
import Replay
import TestKit
import Testing

/// What could not be read is read after the parser learned it.
@Suite struct InboundReplayTests {
  private let ada = InboundOrigin.of("ada")

  private func replay(
    _ journey: Journey, unparsed: Bool = false, answer: Bool = false, connection: ConnectionID? = nil
  ) async throws -> InboundReplay.Report {
    let tenant = journey.tenant
    return try await InboundReplay(log: tenant.log, pool: tenant.database.pool, keyring: tenant.keyring).run(
      .init(
        connection: connection, from: Date(timeIntervalSinceNow: -3_600), isUnparsed: unparsed,
        isAnswered: answer, by: "grace"), at: Date())
  }

  private func parked(_ journey: Journey) async throws -> Int64 {
    try await journey.tenant.database.pool.withConnection {
      try $0.execute("select count(*) from stage.parked")[0].int8(0)
    }
  }

  private func unsupported(_ id: String) -> InboundItem {
    .message(InboundMessage(providerID: id, origin: ada, content: InboundContent(.unsupported, raw: "{}")))
  }

  private func deliver(_ body: String, to journey: Journey) async throws {
    try await journey.tenant.receive(body, on: journey.tenant.whatsApp, channel: .whatsapp)
  }

  @Test func whatWasParkedOrNotUnderstoodBecomesAMessageAndNothingElseHappens() async throws {
    let channel = ScriptedChannel()
    try await Journey.run(channel: channel) { journey in
      let (broken, unknown) = (
        channel.prepare([.other(kind: "malformed")]), channel.prepare([unsupported("m2")])
      )
      try await deliver(broken, to: journey)
      try await deliver(unknown, to: journey)
      try await channel.report(.text("m3", "Are you open?", from: ada), to: journey.tenant)
      _ = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 1 }
      #expect(try await parked(journey) == 1)

      channel.learn(broken, [.text("m1", "Parked", from: ada)])
      channel.learn(unknown, [.text("m2", "Understood", from: ada)])
      let report = try await replay(journey, unparsed: true)
      #expect(report.events == 2 && report.parked == 1 && report.messages == 1)
      try await channel.report(.text("m4", "Thanks", from: ada), to: journey.tenant)
      let records = try await journey.tenant.conversationEvents { records in
        records.count(DeliverySucceeded.type) == 2 && records.count(MessageEdited.type) == 1
      }
      #expect(try await parked(journey) == 0)
      #expect(records.count(MessageReceived.type) == 4 && records.count(ReplyGenerated.type) == 2)
      let edited = try MessageEdited.read(records.first(MessageEdited.type))
      #expect(try await journey.open(edited)?.text == "Understood")
      let first = try #require(
        try records.first { record in
          try record.event.type == MessageReceived.type
            && MessageReceived.read(record.event).facts.message == edited.facts.message
        })
      #expect(try MessageReceived.read(first.event).facts.kind == .unsupported)

      // All of it once more, twice: nothing is doubled, nothing is answered.
      for _ in 0..<2 { #expect(try await replay(journey).events == 4) }
      try await channel.report(.text("m5", "Bye", from: ada), to: journey.tenant)
      let all = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 3 }
      #expect(all.count(MessageReceived.type) == 5 && all.count(MessageEdited.type) == 1)
      #expect(all.count(ReplyGenerated.type) == 3 && journey.sender.all.count == 3)
      #expect(Set(all.map(\.event.id)).count == all.count)
    }
  }

  @Test func whatIsAskedForIsAnsweredOnce() async throws {
    let channel = ScriptedChannel()
    try await Journey.run(channel: channel) { journey in
      let (broken, unknown) = (
        channel.prepare([.other(kind: "malformed")]), channel.prepare([unsupported("m2")])
      )
      try await deliver(broken, to: journey)
      try await deliver(unknown, to: journey)
      _ = try await journey.tenant.conversationEvents { $0.count(MessageReceived.type) == 1 }
      channel.learn(broken, [.text("m1", "Are you open?", from: .of("bob"))])
      channel.learn(unknown, [.text("m2", "Do you deliver?", from: ada)])
      try await eventually("it is parked") { try await parked(journey) == 1 ? true : nil }
      for _ in 0..<2 { _ = try await replay(journey, unparsed: true, answer: true) }
      let records = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 2 }
      let answered = try records.filter { $0.event.type == ReplyGenerated.type }
        .flatMap { try ReplyGenerated.read($0.event).facts.answers }
      #expect(answered.count == 2 && Set(answered).count == 2)
    }
  }

  @Test func aMisreadMessageIsCorrectedUnlessItsSenderChangedItAndTheLogSaysWhoAsked() async throws {
    let channel = ScriptedChannel()
    try await Journey.run(channel: channel) { journey in
      let bodies = ["m1", "m2", "m3"].map { channel.prepare([.text($0, "Wrong \($0)", from: ada)]) }
      for body in bodies { try await deliver(body, to: journey) }
      try await channel.report(.edit("e1", of: "m2", "Mine", from: ada), to: journey.tenant)
      _ = try await journey.tenant.conversationEvents { $0.count(MessageEdited.type) == 1 }
      for (number, body) in bodies.enumerated() where number < 2 {
        channel.learn(body, [.text("m\(number + 1)", "Right", from: ada)])
      }
      let report = try await replay(journey, connection: journey.tenant.whatsApp)
      #expect(report.events == 4 && report.messages == 2)
      let records = try await journey.tenant.conversationEvents { $0.count(MessageEdited.type) == 2 }
      let corrected = try #require(records.last { $0.event.type == MessageEdited.type }).event
      #expect(try await journey.open(MessageEdited.read(corrected))?.text == "Right")
      #expect(corrected.isReplay && !corrected.mayBeAnswered)

      let end = try await journey.tenant.log.ends(of: .tenants)[0]
      let asked = try await journey.tenant.log.read(
        Int(end.rawValue), from: journey.tenant.log.beginnings(of: .tenants)
      ).filter { $0.event.type == ReplayRequested.type }
      #expect(asked.map(\.event.id) == report.requests)
      let value = try ReplayRequested.read(asked[0].event)
      #expect(value.facts.events == 4 && value.facts.connection == journey.tenant.whatsApp)
      #expect(try await journey.open(value)?.by == "grace")
      #expect(corrected.source == "/replays/\(report.requests[0])")
      #expect(try await replay(journey, connection: journey.tenant.webChat).events == 0)
    }
  }
}
