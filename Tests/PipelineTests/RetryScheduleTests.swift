import Channels
import Contracts
import Foundation
import Postgres
import Synchronization
import TestKit
import Testing

@testable import Pipeline

@Suite struct RetryScheduleTests {
  private func waits(part: Double, retryAfter: Double? = nil) -> [Double] {
    (1...).lazy.map { RetrySchedule.wait(after: $0, retryAfter: retryAfter, part: part) }
      .prefix { $0 != nil }.compactMap(\.self)
  }

  @Test func anOutageOfAQuarterOfAnHourFailsNothingAndNoneIsWaitedForForEver() {
    let (least, most) = (waits(part: 0.5), waits(part: 1))
    #expect(least.reduce(0, +) >= 15 * 60 && most.reduce(0, +) <= 35 * 60)
    #expect(least.count == RetrySchedule.maximumAttempts - 1 && most.count == least.count)
    // Soon at first, and then never long after the other side is back.
    #expect(most.prefix(4) == [1, 2, 4, 8] && most.max() == 300)
    #expect(zip(most, most.dropFirst()).allSatisfy { $0 <= $1 })
  }

  @Test func whatTheOtherSideAsksForIsWaited() {
    #expect(waits(part: 1, retryAfter: 60).allSatisfy { $0 >= 60 })
    #expect(RetrySchedule.wait(after: 1, retryAfter: 240, part: 0.5) == 240)
    #expect(RetrySchedule.wait(after: 14, retryAfter: 1, part: 0.5) == 150)
    #expect(RetrySchedule.wait(after: 15, retryAfter: 60, part: 0.5) == nil)
  }

  /// Meta names the time until which an account is closed, which may be a day.
  @Test func whatIsAskedForHoldsAConversationForLittleMoreThanAnHour() {
    for named in [3_600.0, 86_400] {
      for part in [0.5, 1] {
        let all = waits(part: part, retryAfter: named)
        #expect(all.count == RetrySchedule.maximumAttempts - 1 && all.allSatisfy { $0 == 300 })
        #expect(all.reduce(0, +) <= 70 * 60)
      }
    }
  }

  @Test func aFileThatIsRefusedForADayIsAskedForAgainInFiveMinutes() {
    let files = FetchedFiles(files: [
      .init(
        attachment: AttachmentID(UUID()),
        result: .notFetched(reason: "throttled", code: 4, retryAfterSeconds: 86_400))
    ])
    #expect(files.wait(after: 1) == 300)
    #expect(files.wait(after: RetrySchedule.maximumAttempts) == nil)
  }

  /// Of a platform that is away for the minute that failed a message before.
  @Test func aMessageOutlivesAnOutageInItsOrderWhileOthersGo() async throws {
    let isAway = Mutex(true)
    let sender = RecordingSender { call, effect in
      guard effect.message.address == "ada", isAway.withLock({ $0 }) else {
        return .accepted(providerID: "p\(call)", milliseconds: 1)
      }
      return .notTaken(reason: "unreachable", code: nil, retryAfterSeconds: nil)
    }
    let channel = ScriptedChannel()
    try await Journey.run(sender: sender, channel: channel) { journey in
      let pool = journey.tenant.database.pool
      // As if the waits had passed.
      func hurry() async throws {
        try await pool.withConnection {
          try $0.executeScript(
            "update stage.waiting set due_at = now() where stage = 'deliver' and due_at > now()")
        }
      }
      func tries() -> Int { sender.all.count { $0.address == "ada" } }
      try await channel.report(.text("m1", "Hello", from: .of("ada")), to: journey.tenant)
      try await channel.report(.text("m2", "Hello", from: .of("ada")), to: journey.tenant)
      try await eventually("it was tried ten times") {
        try await hurry()
        return tries() >= 10 ? true : nil
      }
      try await channel.report(.text("m3", "Hello", from: .of("bob")), to: journey.tenant)
      let others = try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) == 1 }
      #expect(others.count(DeliveryFailed.type) == 0)
      isAway.withLock { $0 = false }
      let first = try #require(sender.all.first).message
      let all = try await eventually("it went") { () -> [Record]? in
        try await hurry()
        let rows = try await pool.withConnection {
          try $0.execute("select count(*) from stage.waiting where stage = 'deliver'")[0].int8(0)
        }
        guard rows == 0 else { return nil }
        return try await journey.tenant.conversationEvents { $0.count(DeliverySucceeded.type) >= 2 }
      }
      #expect(all.count(DeliveryFailed.type) == 0)
      // Nothing of the conversation overtook it.
      #expect(Set(sender.all.filter { $0.address == "ada" }.prefix(10).map(\.message)) == [first])
    }
  }
}
