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

  /// Of a message that was edited twice the last edit is what it says; what was taken back says nothing.
  @Test func aMisreadEditIsCorrectedWhereItIsWhatTheMessageSays() async throws {
    let channel = ScriptedChannel()
    try await Journey.run(channel: channel) { journey in
      let tenant = journey.tenant
      for id in ["m1", "m2"] { try await channel.report(.text(id, "Said \(id)", from: ada), to: tenant) }
      let edits = [("e1", "m1"), ("e2", "m1"), ("e3", "m2")]
      // One body may bring several.
      let bodies = [
        channel.prepare(edits[..<2].map { .edit($0, of: $1, "Wrong \($0)", from: ada) }),
        channel.prepare(edits[2...].map { .edit($0, of: $1, "Wrong \($0)", from: ada) }),
      ]
      for body in bodies { try await deliver(body, to: journey) }
      // The same edit reported twice is one, and a repetition corrects nothing.
      try await deliver(bodies[0], to: journey)
      try await channel.report(.deletion(of: "m2", from: ada), to: tenant)
      _ = try await tenant.conversationEvents { $0.count(MessageDeleted.type) == 1 }
      channel.learn(bodies[0], edits[..<2].map { .edit($0, of: $1, "Right \($0)", from: ada) })
      channel.learn(bodies[1], edits[2...].map { .edit($0, of: $1, "Right \($0)", from: ada) })
      #expect(try await replay(journey).messages == 1)
      let records = try await tenant.conversationEvents { $0.count(MessageEdited.type) == 4 }
      let all = records.filter { $0.event.type == MessageEdited.type }.map(\.event)
      let (edited, corrected) = (try MessageEdited.read(all[1]), try MessageEdited.read(all[3]))
      #expect(try await journey.open(edited)?.text == "Wrong e2")
      #expect(try await journey.open(corrected)?.text == "Right e2")
      #expect(corrected.facts.message == edited.facts.message)
      #expect(corrected.facts.providerHMAC == edited.facts.providerHMAC)
      #expect(all[3].isReplay && !all[3].mayBeAnswered)

      // Once more it is read as it was told.
      _ = try await replay(journey)
      try await channel.report(.text("m3", "Bye", from: ada), to: tenant)
      let last = try await tenant.conversationEvents { $0.count(MessageReceived.type) == 3 }
      #expect(last.count(MessageEdited.type) == 4)
    }
  }

  /// What one replay may say, another that reads it otherwise again may not.
  @Test func whatItsSenderChangesAfterAReplayIsNotWrittenOver() async throws {
    let channel = ScriptedChannel()
    try await Journey.run(channel: channel) { journey in
      let tenant = journey.tenant
      try await channel.report(.text("m2", "Said", from: ada), to: tenant)
      let message = channel.prepare([.text("m1", "Wrong", from: ada)])
      let edit = channel.prepare([.edit("e2", of: "m2", "Wrong", from: ada)])
      for body in [message, edit] { try await deliver(body, to: journey) }
      func learn(_ text: String) {
        channel.learn(message, [.text("m1", text, from: ada)])
        channel.learn(edit, [.edit("e2", of: "m2", text, from: ada)])
      }
      _ = try await tenant.conversationEvents { $0.count(MessageEdited.type) == 1 }
      learn("Right")
      #expect(try await replay(journey).messages == 2)
      _ = try await tenant.conversationEvents { $0.count(MessageEdited.type) == 3 }
      for id in ["m1", "m2"] {
        try await channel.report(.edit("mine \(id)", of: id, "Mine", from: ada), to: tenant)
      }
      _ = try await tenant.conversationEvents { $0.count(MessageEdited.type) == 5 }
      learn("Other")
      #expect(try await replay(journey).messages == 2)
      try await channel.report(.text("m3", "Bye", from: ada), to: tenant)
      let records = try await tenant.conversationEvents { $0.count(MessageReceived.type) == 3 }
      #expect(records.count(MessageEdited.type) == 5)
    }
  }

  /// What a replay brings is the sender's own unless it is another reading of what was known, which may come again.
  @Test func anEditThatOnlyAReplayBroughtIsNotWrittenOver() async throws {
    let channel = ScriptedChannel()
    try await Journey.run(channel: channel) { journey in
      let bodies = ["m1", "m2"].map { channel.prepare([.text($0, "Wrong", from: ada)]) }
      let broken = channel.prepare([.other(kind: "malformed")])
      for body in bodies + [broken] { try await deliver(body, to: journey) }
      _ = try await journey.tenant.conversationEvents { $0.count(MessageReceived.type) == 2 }
      try await eventually("it is parked") { try await parked(journey) == 1 ? true : nil }
      channel.learn(broken, [.edit("e1", of: "m1", "Mine", from: ada)])
      channel.learn(bodies[1], [.text("m2", "Right", from: ada)])
      #expect(try await replay(journey).messages == 2)
      _ = try await journey.tenant.conversationEvents { $0.count(MessageEdited.type) == 2 }

      channel.learn(bodies[0], [.text("m1", "Right", from: ada)])
      channel.learn(bodies[1], [.text("m2", "Better", from: ada)])
      #expect(try await replay(journey, answer: true).messages == 1)
      _ = try await journey.tenant.conversationEvents { $0.count(MessageEdited.type) == 3 }
      channel.learn(bodies[1], [.text("m2", "Best", from: ada)])
      #expect(try await replay(journey).messages == 1)
      try await channel.report(.text("m3", "Bye", from: ada), to: journey.tenant)
      let records = try await journey.tenant.conversationEvents { $0.count(MessageReceived.type) == 3 }
      var texts: [String: [String]] = [:]
      for record in records where record.event.type == MessageEdited.type {
        let edited = try MessageEdited.read(record.event)
        texts[edited.facts.providerHMAC, default: []].append(
          try #require(try await journey.open(edited)?.text))
      }
      #expect(Set(texts.values) == [["Mine"], ["Right", "Better", "Best"]])
    }
  }

  /// Whatever waits unread in `inbound` when a replay is asked for is known by the time that its copies are read.
  @Test func anEditThatWaitsIsNotWrittenOver() async throws {
    let channel = ScriptedChannel()
    let message = channel.prepare([.text("m1", "Wrong", from: ada)])
    let edit = channel.prepare([.edit("e2", of: "m2", "Wrong", from: ada)])
    let gone = channel.prepare([.text("m3", "Wrong", from: ada)])
    try await Journey.run(channel: channel) { journey in
      try await channel.report(.text("m2", "Said", from: ada), to: journey.tenant)
      for body in [message, edit, gone] { try await deliver(body, to: journey) }
      _ = try await journey.tenant.conversationEvents {
        $0.count(MessageReceived.type) == 3 && $0.count(MessageEdited.type) == 1
      }
    } afterwards: { journey in
      let tenant = journey.tenant
      for id in ["m1", "m2"] {
        try await channel.report(.edit("mine \(id)", of: id, "Mine", from: ada), to: tenant)
      }
      try await channel.report(.deletion(of: "m3", from: ada), to: tenant)
      channel.learn(message, [.text("m1", "Right", from: ada)])
      channel.learn(edit, [.edit("e2", of: "m2", "Right", from: ada)])
      channel.learn(gone, [.text("m3", "Right", from: ada)])
      #expect(try await replay(journey).messages == 3)
      try await channel.report(.text("m4", "Bye", from: ada), to: tenant)
      let process = StageProcess(on: tenant.database) { pool, owner in
        let normalize = StageRunner(
          Normalize(channels: journey.channels), performer: NoEffects(),
          environment: tenant.environment(pool: pool, owner: owner))
        return { try await normalize.run() }
      }
      let records = try await tenant.conversationEvents { $0.count(MessageReceived.type) == 4 }
      await process.die()
      #expect(records.count(MessageEdited.type) == 3 && records.count(MessageDeleted.type) == 1)
    }
  }

  @Test func anEditThatWasParkedWithItsMessageIsNotWrittenOver() async throws {
    let channel = ScriptedChannel()
    try await Journey.run(channel: channel) { journey in
      let body = channel.prepare([.text("m1", "Wrong", from: ada), .other(kind: "malformed")])
      try await deliver(body, to: journey)
      try await eventually("it is parked") { try await parked(journey) == 1 ? true : nil }
      // The log knows of the message alone when the replay begins.
      channel.learn(body, [.edit("e1", of: "m1", "Mine", from: ada), .text("m1", "Right", from: ada)])
      #expect(try await replay(journey).messages == 1)
      try await channel.report(.text("m2", "Bye", from: ada), to: journey.tenant)
      let records = try await journey.tenant.conversationEvents { $0.count(MessageReceived.type) == 2 }
      #expect(records.count(MessageEdited.type) == 1)
      let edited = try MessageEdited.read(records.first(MessageEdited.type))
      #expect(try await journey.open(edited)?.text == "Mine")
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
      // Two messages, and the edit of the third.
      #expect(report.events == 4 && report.messages == 3)
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
