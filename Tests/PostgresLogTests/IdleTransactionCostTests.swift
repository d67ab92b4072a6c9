import Testing

@testable import PostgresLog

/// What a transaction that stands idle elsewhere may cost, at its limits.
struct IdleTransactionCostTests {
  private typealias Half = IdleTransactionCost.Half

  private static let free = Half(appends: 1_000, median: 4, lag: 30)

  private func cost(
    appends: Int = 1_000, median: Double = 4, lag: Double = 30, stood: Double = 600
  ) -> IdleTransactionCost {
    IdleTransactionCost(
      Half(appends: appends, median: median, lag: lag), beside: Self.free, stood: stood)
  }

  @Test func whatStaysWithinEachLimitIsMet() {
    #expect(cost().isMet && !cost().isTooMuch)
    #expect(cost(appends: 901).isMet)
    #expect(cost(median: 4.39).isMet)
    #expect(cost(lag: 129.9).isMet)
    // Quicker than without is no cost.
    #expect(cost(appends: 5_000, median: 1, lag: 1).isMet)
  }

  @Test func eachLimitAloneIsEnoughToBeMissed() {
    for missed in [cost(appends: 899), cost(appends: 0), cost(median: 4.41), cost(lag: 130), cost(lag: 500)] {
      #expect(!missed.isMet && missed.isTooMuch, "\(missed.verdicts)")
    }
    #expect(cost(lag: .nan).isTooMuch)
  }

  @Test func ofOneThatStoodTooShortNothingIsHeldAgainstTheLog() {
    #expect(!cost(appends: 0, stood: 599.9).isMet)
    #expect(!cost(appends: 0, stood: 599.9).isTooMuch)
    #expect(cost(appends: 0, stood: 599.9).verdicts.allSatisfy { $0.contains("too short to count") })
  }

  @Test func bothLimitsAreSaidApart() {
    #expect(
      cost(lag: 142.34).verdicts == [
        "a transaction idle for 600 s added 112.3 ms to the p99 of lag (limit 100 ms: MISSED)",
        "a transaction idle for 600 s cost appends 0.0 % of their rate and 0.0 % of their median time "
          + "(limit 10 %: met)",
      ])
    #expect(
      cost(appends: 800, median: 4.2).verdicts == [
        "a transaction idle for 600 s added 0.0 ms to the p99 of lag (limit 100 ms: met)",
        "a transaction idle for 600 s cost appends 20.0 % of their rate and 5.0 % of their median time "
          + "(limit 10 %: MISSED)",
      ])
  }
}
