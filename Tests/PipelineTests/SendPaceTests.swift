import Channels
import Contracts
import Foundation
import JSON
import TestKit
import Testing

@testable import Pipeline

@Suite struct SendPaceTests {
  private let start = Date(timeIntervalSince1970: 1_700_000_000)
  private let rate = SendRate(perSecond: 2, burst: 3)

  @Test func aBurstGoesAtOnceAndThenOneByOne() {
    var pace = SendPace()
    for _ in 0..<3 {
      #expect(pace.opens(rate, now: start) == nil)
      pace.take(rate, now: start)
    }
    #expect(pace.opens(rate, now: start) == start.addingTimeInterval(0.5))
    #expect(pace.opens(rate, now: start.addingTimeInterval(0.5)) == nil)
    #expect(pace.opens(nil, now: start) == nil)
  }

  @Test func noMoreGoThanTheRateAllowsWhateverTheTimes() {
    var random = LogRandom(seed: LogRandom.seed(for: "SendPace"))
    for _ in 0..<200 {
      var (pace, now, sent) = (SendPace(), start, 0.0)
      for _ in 0..<300 {
        now += Double.random(in: 0...1, using: &random)
        while pace.opens(rate, now: now) == nil {
          pace.take(rate, now: now)
          sent += 1
        }
        #expect(sent <= rate.burst + now.timeIntervalSince(start) * rate.perSecond + 0.001)
      }
      #expect(sent >= now.timeIntervalSince(start) * rate.perSecond * 0.5)
    }
  }

  /// The numbers that the platforms' documentation names: a change of one is to be meant. Of Telegram's 20 a minute to a
  /// group, 3 may be had at once.
  @Test func thePlatformsNumbersAreTheirs() {
    let telegram = TelegramChannel().sendLimits
    #expect(telegram.account == SendRate(inASecond: 30))
    #expect(telegram.chat == SendRate(perSecond: 1, burst: 3))
    #expect(telegram.thread?.perSecond == 17.0 / 60 && telegram.thread?.burst == 3)
    let whatsApp = WhatsAppChannel().sendLimits
    #expect(whatsApp.account == SendRate(inASecond: 80))
    #expect(whatsApp.chat == SendRate(perSecond: 1.0 / 6, burst: 45))
    for limits in [MessengerChannel().sendLimits, InstagramChannel().sendLimits] {
      #expect(limits.account == SendRate(inASecond: 300))
      #expect(limits.media == SendRate(inASecond: 10) && limits.chat == nil)
    }
  }

  /// Whatever the moments, a group hears no more than 20 in a minute, a chat no more than one a second and its burst.
  @Test func noChatOfTelegramHearsMoreThanItMay() throws {
    let limits = TelegramChannel().sendLimits
    for (rate, most) in [(try #require(limits.thread), 20), (try #require(limits.chat), 63)] {
      var pace = SendPace()
      var sent: [Date] = []
      for step in 0..<1_800 {
        let now = start.addingTimeInterval(Double(step) / 10)
        while pace.opens(rate, now: now) == nil {
          pace.take(rate, now: now)
          sent.append(now)
        }
      }
      for date in sent {
        #expect(sent.count { $0 >= date && $0 < date.addingTimeInterval(60) } <= most)
      }
      #expect(sent.count >= 3 * (most - 3))
    }
  }

  /// Whatever the moments: after a rest, under load without a pause, and with some.
  @Test func noSecondHoldsMoreThanAPlatformNames() throws {
    var random = LogRandom(seed: LogRandom.seed(for: "SendPace second"))
    let (telegram, whatsApp) = (TelegramChannel().sendLimits, WhatsAppChannel().sendLimits)
    let rates: [(rate: SendRate?, most: Int, isSteady: Bool)] = [
      (telegram.account, 30, true), (whatsApp.account, 80, true),
      (MessengerChannel().sendLimits.account, 300, true), (MessengerChannel().sendLimits.media, 10, true),
      (whatsApp.granting(250).account, 250, true), (EmailChannel().sendLimits.granting(1).account, 1, true),
      (EmailChannel().sendLimits.granting(1.5).account, 2, false),
      (telegram.chat, 3, false), (telegram.thread, 3, false), (whatsApp.chat, 45, false),
    ]
    for (rate, most, isSteady) in rates {
      let rate = try #require(rate)
      for pauses in [0.0, 0.01] {
        var (pace, now, sent) = (SendPace(), start, [Date]())
        for _ in 0..<5_000 {
          now += Double.random(in: 0...0.002, using: &random)
          if Double.random(in: 0...1, using: &random) < pauses { now += 2 }
          while pace.opens(rate, now: now) == nil {
            pace.take(rate, now: now)
            sent.append(now)
          }
        }
        var first = 0
        for (last, date) in sent.enumerated() {
          while date.timeIntervalSince(sent[first]) >= 1 { first += 1 }
          #expect(last - first < most, "\(rate) at \(date)")
        }
        // Little of the rate is given up for that.
        if isSteady, pauses == 0 {
          #expect(Double(sent.count) >= rate.perSecond * now.timeIntervalSince(start) * 0.97)
        }
      }
    }
  }

  /// Who waits comes back when there is room, and not before.
  @Test func whatIsToldToWaitForTheSecondMayGoThen() throws {
    let rate = SendRate(inASecond: 30)
    var random = LogRandom(seed: LogRandom.seed(for: "SendPace opens"))
    var (pace, now) = (SendPace(), start)
    for _ in 0..<2_000 {
      now += Double.random(in: 0...0.03, using: &random)
      let calls = Int.random(in: 1...40, using: &random)
      if let opens = pace.opens(rate, calls: calls, now: now) {
        #expect(opens > now)
        // A date is no finer than a fraction of a microsecond, and a token of a bucket is.
        now = opens.addingTimeInterval(0.001)
        #expect(pace.opens(rate, calls: calls, now: now) == nil)
      }
      pace.take(rate, calls: calls, now: now)
    }
    // A clock that is set back holds nobody up for long.
    let before = now.addingTimeInterval(-3_600)
    var recent = RecentSends()
    recent.take(30, now: now)
    #expect(recent.opens(1, most: 30, now: now) != nil)
    #expect(recent.opens(1, most: 30, now: before) == nil)
  }

  /// Two processes share an account, and the clock of one is some two seconds ahead.
  @Test func noProcessForgetsWhatAnotherSentWhoseClockDiffers() throws {
    let ahead = start.addingTimeInterval(2.2)
    var recent = RecentSends()
    recent.take(30, now: ahead)
    #expect(recent.opens(30, most: 30, now: start) == nil)
    for _ in 0..<30 { recent.take(1, now: start) }
    #expect(recent.opens(1, most: 30, now: start) != nil)
    #expect(recent.opens(1, most: 30, now: ahead) != nil)
    recent.take(1, now: ahead.addingTimeInterval(0.1))
    #expect(recent.opens(1, most: 30, now: start.addingTimeInterval(0.1)) != nil)
    // Each second ends by the clock that it began by.
    #expect(recent.opens(30, most: 30, now: start.addingTimeInterval(1.02)) == nil)
    #expect(recent.opens(30, most: 30, now: ahead.addingTimeInterval(1.14)) == nil)
  }

  @Test func noMoreIsKeptThanAFewSeconds() throws {
    var recent = RecentSends()
    for step in 0..<3_000 { recent.take(1, now: start.addingTimeInterval(Double(step) / 100)) }
    #expect(try JSON.encode(recent).count < 3 * 51 * 40)
    recent.take(1, now: start)
    #expect(recent.opens(1, most: 1, now: start.addingTimeInterval(29)) == nil)
  }

  @Test func aProviderThatRefusesForATimeClosesItUntilThen() {
    var pace = SendPace()
    pace.close(until: start.addingTimeInterval(30))
    pace.close(until: start.addingTimeInterval(10))
    #expect(pace.opens(nil, now: start) == start.addingTimeInterval(30))
    #expect(pace.opens(nil, now: start.addingTimeInterval(30)) == nil)
  }

  @Test func thoseOfABatchThatWaitGetATurnEach() {
    let connection = KnownConnection(
      id: ConnectionID(UUID()), tenant: TenantID(UUID()), channel: .telegram, name: "", agent: nil,
      secrets: ConnectionCreated.Private(
        account: nil, appSecret: nil, verifyToken: nil, accessToken: nil))
    var paces = AccountPaces(now: start)
    for _ in 0..<3 { paces[connection].take(rate, now: start) }
    let turns = (0..<3).map { _ in paces.opens(connection, SendLimits(account: rate)) }
    #expect(turns == [0.5, 1, 1.5].map { start.addingTimeInterval($0) })
  }

  /// 2 a second, and one of sound or video in two seconds, with texts and files in turn.
  @Test func thoseThatWaitForOneBucketTakeNoTurnOfTheOther() {
    let connection = KnownConnection(
      id: ConnectionID(UUID()), tenant: TenantID(UUID()), channel: .messenger, name: "", agent: nil,
      secrets: ConnectionCreated.Private(
        account: nil, appSecret: nil, verifyToken: nil, accessToken: nil))
    let limits = SendLimits(account: rate, media: SendRate(perSecond: 0.5, burst: 1))
    let film = SendCost(calls: 1, media: 1)
    var paces = AccountPaces(now: start)
    paces[connection].take(limits, film, now: start)
    for _ in 0..<2 { paces[connection].take(limits, SendCost(), now: start) }
    let turns = [film, SendCost(), film, SendCost(calls: 2)].map { paces.opens(connection, limits, $0) }
    #expect(turns == [2, 1, 4, 2.5].map { start.addingTimeInterval($0) })
  }

  /// 10 a second with sound or video, while 300 texts may go.
  @Test func soundAndVideoHaveABucketOfTheirOwn() {
    let limits = MessengerChannel().sendLimits
    var pace = SendPace()
    for _ in 0..<10 {
      #expect(pace.opens(limits, SendCost(media: 1), now: start) == nil)
      pace.take(limits, SendCost(media: 1), now: start)
    }
    // Those ten are of this second; times are kept in slots of 20 ms.
    let next = start.addingTimeInterval(1.02)
    #expect(pace.opens(limits, SendCost(media: 1), now: start) == next)
    #expect(pace.opens(limits, SendCost(media: 2), now: start) == next)
    #expect(pace.opens(limits, SendCost(), now: start) == nil)
    // More files than a second's go once none were sent for a second.
    #expect(pace.opens(limits, SendCost(media: 25), now: start) == next)
    #expect(pace.opens(limits, SendCost(media: 25), now: next) == nil)
    #expect(InstagramChannel().sendLimits.media?.perSecond == 10)
    #expect(TelegramChannel().sendLimits.media == nil)
  }

  @Test func aMessageTakesAsManyTokensAsItHasCalls() {
    let limits = SendLimits(account: rate)
    var pace = SendPace()
    pace.take(limits, SendCost(calls: 2), now: start)
    #expect(pace.opens(limits, SendCost(), now: start) == nil)
    #expect(pace.opens(limits, SendCost(calls: 2), now: start) == start.addingTimeInterval(0.5))
    // More than ever fit go when it is full, and the next wait until they are paid for.
    #expect(pace.opens(limits, SendCost(calls: 10), now: start) == start.addingTimeInterval(1))
    pace.take(limits, SendCost(calls: 10), now: start.addingTimeInterval(1))
    #expect(pace.opens(limits, SendCost(), now: start.addingTimeInterval(1)) == start.addingTimeInterval(5))
  }

  @Test func noMoreCallsGoThanTheRateAllowsWhateverTheMessages() {
    var random = LogRandom(seed: LogRandom.seed(for: "SendPace calls"))
    for _ in 0..<200 {
      var (pace, now, sent) = (SendPace(), start, 0.0)
      for _ in 0..<100 {
        now += Double.random(in: 0...3, using: &random)
        let calls = Int.random(in: 1...8, using: &random)
        guard pace.opens(rate, calls: calls, now: now) == nil else { continue }
        // One message may be longer than the bucket; all before it are within.
        #expect(sent <= rate.burst + now.timeIntervalSince(start) * rate.perSecond + 0.001)
        pace.take(rate, calls: calls, now: now)
        sent += Double(calls)
      }
    }
  }

  /// 30 a second from a bot, 1 to a chat, 20 a minute to a group, and a refusal that does not say which it is.
  @Test func aRefusalIsOfTheChatUntilSomethingSpeaksForTheAccount() {
    let limits = TelegramChannel().sendLimits
    let (one, two, three) = (ConversationID(UUID()), ConversationID(UUID()), ConversationID(UUID()))
    var pace = SendPace()
    func isLimited(_ chat: ConversationID, _ chatPace: SendPace? = nil) -> Bool {
      pace.isLimited(refusing: chat, limits, chatPace: chatPace, now: start)
    }
    #expect(!limits.throttlesAccountsOnly && WhatsAppChannel().sendLimits.throttlesAccountsOnly)
    // The same chat however often, and a second one.
    for _ in 0..<5 { #expect(!isLimited(one)) }
    #expect(!isLimited(two))
    #expect(isLimited(three))
    // Something was taken: nothing is wrong with the account.
    pace.noteTaken()
    #expect(!isLimited(three))

    // We were sending fast ourselves; but a chat that was sent all it takes is the reason itself.
    pace.take(limits, SendCost(calls: 16), now: start)
    pace.noteTaken()
    #expect(isLimited(one))
    var full = SendPace()
    full.take(limits.chat, calls: 3, now: start)
    #expect(!isLimited(one, full))
    var half = SendPace()
    half.take(limits.chat, now: start)
    #expect(isLimited(one, half))
  }

  @Test func whatAProviderGrantsCountsInsteadOfWhatIsUsual() {
    #expect(WhatsAppChannel().sendLimits.account?.perSecond == 80)
    #expect(WhatsAppChannel().sendLimits.granting(1_000).account?.perSecond == 1_000)
    #expect(WhatsAppChannel().sendLimits.granting(1_000).chat?.burst == 45)
    #expect(EmailChannel().sendLimits.granting(0.5).account?.burst == 1)
  }
}
