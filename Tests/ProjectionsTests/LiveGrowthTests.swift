import Testing

@testable import Projections

/// Only what holds against either half of the turns without a backfill is said to hold.
struct LiveGrowthTests {
  private func verdict(_ busy: Double, _ halves: [Double], samples: Int = 5_000) -> LiveGrowth.Verdict {
    LiveGrowth(
      quiet: halves.reduce(0, +) / 2, busy: busy, halves: halves, samples: samples, bound: 0.2
    ).verdict
  }

  @Test func whatHoldsByBothHalvesIsSaid() {
    #expect(verdict(4.5, [4, 4.2]) == .met)
    #expect(verdict(3, [4, 118]) == .met)
    #expect(verdict(6, [4, 4.2]) == .missed)
    #expect(verdict(150, [4, 118]) == .missed)
    #expect("\(verdict(6, [4, 4.2]))" == "MISSED" && "\(verdict(4, [4, 4]))" == "met")
  }

  @Test func whatTheMachineItselfDoesIsNotBlamedOnTheBackfill() {
    #expect(verdict(20, [4, 118]) == .cannotTell("the quiet turns differ by more than the bound, 2850 %"))
    #expect(
      verdict(5, [4, 4.4]) == .cannotTell("the quiet turns differ by 10 %, and the bound lies between"))
  }

  @Test func aHandfulOfPiecesHasNoP99() {
    #expect("\(verdict(9, [4, 4], samples: 40))".hasPrefix("cannot tell: 40 pieces"))
  }
}
