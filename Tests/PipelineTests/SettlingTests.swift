import Channels
import Contracts
import EventLog
import Foundation
import Pipeline
import Postgres
import TestKit
import Testing

/// A call that whoever stands before the provider gave up: reports of the message say what became of it, and when none
/// comes it is made once more.
@Suite(.timeLimit(.minutes(3))) struct SettlingTests {
  private let ada = InboundOrigin.of("ada")
  private let cutOff = DeliverOutcome.unconfirmed(reason: "server-error")

  private func status(
    _ id: String, of message: MessageID, part: Int? = nil, _ status: DeliveryStatus = .sent
  ) -> InboundItem {
    .status(
      InboundStatus(
        providerID: id, origin: ada, status: status, code: nil, mark: SendMark(message, part: part)))
  }

  /// What was sent first, once it was.
  private func sent(_ journey: Journey) async throws -> MessageID {
    try await eventually("it is sent") { journey.sender.all.first?.message }
  }

  @Test(arguments: [DeliveryStatus.sent, .delivered])
  func aReportOfTheMessageSettlesTheCall(_ told: DeliveryStatus) async throws {
    let channel = ScriptedChannel()
    let sender = RecordingSender { [cutOff] _, _ in cutOff }
    try await Journey.run(sender: sender, channel: channel) { journey in
      try await channel.report(.text("m1", "Hello", from: ada), to: journey.tenant)
      let message = try await sent(journey)
      // That of another message settles nothing.
      try await channel.report(
        status("p8", of: MessageID(UUID())), status("p9", of: message, told), to: journey.tenant)
      let records = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 1 }
      let delivery = try DeliverySucceeded.read(records.first(DeliverySucceeded.type))
      #expect(delivery.facts.message == message && delivery.facts.attempts == 1)
      #expect(delivery.facts.resends == nil && delivery.facts.milliseconds > 0)
      #expect(try await journey.open(delivery)?.providerID == "p9")
      let reports = records.filter { $0.event.type == MessageStatus.type }
      #expect(try MessageStatus.read(try #require(reports.last).event).facts.message == message)
      #expect(sender.all.count == 1 && records.count(DeliveryUncertain.type) == 0)
    }
  }

  /// Where the platform gives nothing back that was sent along, what the report says tells whose it is.
  @Test func anUnmarkedEchoSettlesTheCall() async throws {
    let channel = ScriptedChannel(echoesUnmarked: true)
    let sender = RecordingSender { [cutOff] _, _ in cutOff }
    try await Journey.run(sender: sender, channel: channel) { journey in
      try await channel.report(.text("m1", "Hello", from: ada), to: journey.tenant)
      _ = try await sent(journey)
      let text = try #require(sender.all.first).text
      try await channel.report(
        .echo(InboundMessage(providerID: "p9", origin: ada, content: InboundContent(.text, text: text))),
        to: journey.tenant)
      let records = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 1 }
      let delivery = try DeliverySucceeded.read(records.first(DeliverySucceeded.type))
      #expect(try await journey.open(delivery)?.providerID == "p9")
      #expect(sender.all.count == 1 && records.count(ConversationHandedOver.type) == 0)
    }
  }

  @Test func whenNothingComesItIsSentOnceMoreAndTheOutcomeSaysSo() async throws {
    let channel = ScriptedChannel()
    let sender = RecordingSender { [cutOff] call, _ in
      call == 1 ? cutOff : .accepted(providerID: "p2", milliseconds: 1)
    }
    try await Journey.run(sender: sender, channel: channel, settlingWindow: .milliseconds(300)) { journey in
      try await channel.report(.text("m1", "Hello", from: ada), to: journey.tenant)
      let records = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 1 }
      let facts = try DeliverySucceeded.read(records.first(DeliverySucceeded.type)).facts
      #expect(facts.resends == 1 && facts.attempts == 2)
      #expect(Set(sender.all.map(\.message)).count == 1)
    }
  }

  @Test(arguments: [
    DeliverOutcome.unconfirmed(reason: "server-error"), .rejected(reason: "server-error", code: nil),
    .uncertain(reason: "server-error"),
  ])
  func whatIsNotTakenTheSecondTimeIsUncertain(_ second: DeliverOutcome) async throws {
    let channel = ScriptedChannel()
    let sender = RecordingSender { [cutOff] call, _ in call == 1 ? cutOff : second }
    try await Journey.run(sender: sender, channel: channel, settlingWindow: .milliseconds(300)) { journey in
      try await channel.report(.text("m1", "Hello", from: ada), to: journey.tenant)
      let records = try await journey.tenant.conversationEvents { $0.count(DeliveryUncertain.type) == 1 }
      let facts = try DeliveryUncertain.read(records.first(DeliveryUncertain.type)).facts
      #expect(facts.reason == "server-error" && facts.resends == 1 && facts.attempts == 2)
      #expect(sender.all.count == 2 && records.count(DeliveryFailed.type) == 0)
    }
  }

  @Test func aPartThatIsReportedIsNotSentAgainAndTheRestIs() async throws {
    let channel = ScriptedChannel()
    let sender = RecordingSender { call, _ in
      call == 1
        ? .unconfirmed(reason: "server-error", parts: ["a"])
        : .accepted(providerID: "c", earlier: ["a", "b"], milliseconds: 1)
    }
    try await Journey.run(sender: sender, channel: channel) { journey in
      try await channel.report(.text("m1", "Hello", from: ada), to: journey.tenant)
      let message = try await sent(journey)
      try await channel.report(
        status("a", of: message, part: 0), status("b", of: message, part: 1), to: journey.tenant)
      let records = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 1 }
      #expect(sender.effects.map(\.message.taken) == [[], ["a", "b"]])
      #expect(try DeliverySucceeded.read(records.first(DeliverySucceeded.type)).facts.resends == nil)
    }
  }

  /// Versions before marked all parts alike.
  @Test func aPartThatWasTakenBeforeIsNotTakenForTheLast() async throws {
    let channel = ScriptedChannel()
    let sender = RecordingSender { call, _ in
      call == 1
        ? .unconfirmed(reason: "server-error", parts: ["a"])
        : .accepted(providerID: "c", earlier: ["a", "b"], milliseconds: 1)
    }
    try await Journey.run(sender: sender, channel: channel, settlingWindow: .seconds(2)) { journey in
      try await channel.report(.text("m1", "Hello", from: ada), to: journey.tenant)
      try await channel.report(status("a", of: try await sent(journey)), to: journey.tenant)
      let records = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 1 }
      let delivery = try DeliverySucceeded.read(records.first(DeliverySucceeded.type))
      #expect(delivery.facts.resends == 1)
      #expect(try await journey.open(delivery)?.providerID == "c")
    }
  }

  /// Whatever the provider answered: a message that is there is not sent again.
  @Test func aReportEndsTheTriesOfACallThatWasRefused() async throws {
    let channel = ScriptedChannel()
    let sender = RecordingSender { _, _ in
      .notTaken(reason: "server-error", code: nil, retryAfterSeconds: 300)
    }
    try await Journey.run(sender: sender, channel: channel) { journey in
      try await channel.report(.text("m1", "Hello", from: ada), to: journey.tenant)
      try await channel.report(status("p9", of: try await sent(journey)), to: journey.tenant)
      let pool = journey.tenant.database.pool
      try await eventually("the report waits behind the message that is to be tried again") {
        try await pool.withConnection {
          let row = try $0.execute(
            """
            select count(*) = 2 and count(*) filter (where due_at > now()) = 1
            from stage.waiting where stage = 'deliver'
            """)[0]
          return row.bool(0) ? true : nil
        }
      }
      // As if the wait had passed.
      try await pool.withConnection {
        try $0.executeScript(
          "update stage.waiting set due_at = now() where stage = 'deliver' and due_at > now()")
      }
      _ = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 1 }
      #expect(sender.all.count == 1)
    }
  }
}
