import Channels
import Contracts
import Foundation
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
    var paces = AccountPaces()
    for _ in 0..<3 { paces[connection].take(rate, now: start) }
    let turns = (0..<3).map { _ in paces.opens(connection, SendLimits(account: rate), now: start) }
    #expect(turns == [0.5, 1, 1.5].map { start.addingTimeInterval($0) })
  }

  /// 10 a second with sound or video, while 300 texts may go.
  @Test func soundAndVideoHaveABucketOfTheirOwn() {
    let limits = MessengerChannel().sendLimits
    var pace = SendPace()
    for _ in 0..<10 {
      #expect(pace.opens(limits, SendCost(media: 1), now: start) == nil)
      pace.take(limits, SendCost(media: 1), now: start)
    }
    #expect(pace.opens(limits, SendCost(media: 1), now: start) == start.addingTimeInterval(0.1))
    #expect(pace.opens(limits, SendCost(media: 2), now: start) == start.addingTimeInterval(0.2))
    #expect(pace.opens(limits, SendCost(), now: start) == nil)
    // More files than a second's go once none were sent for a second.
    #expect(pace.opens(limits, SendCost(media: 25), now: start) == start.addingTimeInterval(1))
    #expect(pace.opens(limits, SendCost(media: 25), now: start.addingTimeInterval(1)) == nil)
    #expect(InstagramChannel().sendLimits.media?.perSecond == 10)
    #expect(TelegramChannel().sendLimits.media == nil)
  }

  @Test func whatAProviderGrantsCountsInsteadOfWhatIsUsual() {
    #expect(WhatsAppChannel().sendLimits.account?.perSecond == 80)
    #expect(WhatsAppChannel().sendLimits.granting(1_000).account?.perSecond == 1_000)
    #expect(WhatsAppChannel().sendLimits.granting(1_000).chat?.burst == 45)
    #expect(EmailChannel().sendLimits.granting(0.5).account?.burst == 1)
  }
}
