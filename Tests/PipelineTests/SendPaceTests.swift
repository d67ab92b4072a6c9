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
    let turns = (0..<3).map { _ in paces.opens(connection, rate, now: start) }
    #expect(turns == [0.5, 1, 1.5].map { start.addingTimeInterval($0) })
  }

  @Test func whatAProviderGrantsCountsInsteadOfWhatIsUsual() {
    #expect(SendLimits.of(.whatsapp).account?.perSecond == 80)
    #expect(SendLimits.of(.whatsapp, granted: 1_000).account?.perSecond == 1_000)
    #expect(SendLimits.of(.whatsapp, granted: 1_000).chat?.burst == 45)
    #expect(SendLimits.of(.email, granted: 0.5).account?.burst == 1)
  }
}
