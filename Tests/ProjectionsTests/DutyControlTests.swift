import TestKit
import Testing

@testable import Projections

/// How much of what is live may meet a backfill follows from what those have to bear that do.
struct DutyControlTests {
  /// A hundredth of all pieces takes three times as long.
  private func quiet(_ random: inout LogRandom) -> Double {
    (Double.random(in: 0..<1, using: &random) < 0.01 ? 3 : 1) * Double.random(in: 1..<1.5, using: &random)
  }

  /// - Parameter hit: the share of those that meet the backfill which it slows down.
  private func settled(hit: Double, _ random: inout LogRandom) -> DutyControl {
    var control = DutyControl(growth: 0.2)
    for _ in 0..<200 {
      for _ in 0..<10 {
        control.add(quiet(&random), isResting: true)
        control.add(worked(hit, &random), isResting: false)
      }
      control.decide()
    }
    return control
  }

  private func worked(_ hit: Double, _ random: inout LogRandom) -> Double {
    quiet(&random) + (Double.random(in: 0..<1, using: &random) < hit ? 5 : 0)
  }

  @Test(arguments: [0.1, 0.2, 0.4]) func theP99OfAllStaysWithinBounds(hit: Double) {
    var random = LogRandom(seed: 3)
    let control = settled(hit: hit, &random)
    // Who is slowed is beyond the limit, so a hundredth of all at the most may be, as far as samples can tell.
    #expect(control.duty * hit <= 0.016)
    #expect(control.duty * hit >= 0.001)
  }

  @Test func whatSlowsNobodyMayWorkMost() {
    var random = LogRandom(seed: 1)
    let control = settled(hit: 0, &random)
    #expect(control.duty > 0.3)
  }

  @Test func whatSlowsEverybodyHardlyWorks() {
    var random = LogRandom(seed: 2)
    let control = settled(hit: 1, &random)
    #expect(control.duty == DutyControl.least)
  }

  @Test func itBeginsLowAndWaitsUntilItKnowsEnough() {
    var control = DutyControl(growth: 0.2)
    for _ in 0..<DutyControl.enough { control.add(1, isResting: true) }
    control.decide()
    #expect(control.duty == DutyControl.first && !control.knowsEnough)
    for _ in 0..<DutyControl.enough { control.add(1.2, isResting: false) }
    control.decide()
    // What nobody can tell from the machine's own noise is let be.
    #expect(control.duty > DutyControl.first && control.duty < 0.1)
    let known = DutyControl(growth: 0.2, duty: 0.4)
    #expect(known.duty == 0.4 && DutyControl(growth: 0.2, duty: 0).duty == DutyControl.least)
  }
}
