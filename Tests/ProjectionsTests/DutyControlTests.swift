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
    #expect(control.duty * hit <= 0.01)
    #expect(control.duty * hit >= 0.001)
  }

  @Test func whatSlowsNobodyMayWorkMost() {
    var random = LogRandom(seed: 1)
    let control = settled(hit: 0, &random)
    #expect(control.duty > 0.1)
  }

  @Test func whatSlowsEverybodyHardlyWorks() {
    var random = LogRandom(seed: 2)
    let control = settled(hit: 1, &random)
    #expect(control.duty <= 0.01)
  }

  @Test func itBeginsWhereTheP99CannotTellAndRisesOnEvidenceAlone() {
    var control = DutyControl(growth: 0.2)
    #expect(control.duty == DutyControl.least)
    for _ in 0..<10 * DutyControl.enough { control.add(1, isResting: true) }
    for _ in 0..<100 { control.decide() }
    // Nothing is known of those that meet it: all of them may be slowed down.
    #expect(control.duty <= 0.01 && !control.knowsEnough)
    for _ in 0..<10 { control.add(1, isResting: false) }
    for _ in 0..<100 { control.decide() }
    let (few, most) = (control.duty, 0.01 / DutyControl.mostLikely(0, of: 10))
    #expect(few > 0.01 && few <= most)
    // What nobody can tell from the machine's own noise is let be.
    for _ in 0..<DutyControl.enough { control.add(1.15, isResting: false) }
    for _ in 0..<100 { control.decide() }
    #expect(control.duty > few && control.knowsEnough)
    let known = DutyControl(growth: 0.2, duty: 0.4)
    #expect(known.duty == 0.4 && DutyControl(growth: 0.2, duty: 0).duty == DutyControl.least)
  }

  /// What slowed the machine down for a while is not what live work is used to.
  @Test func aBadMinuteOfTheMachineMakesNoRoom() {
    var random = LogRandom(seed: 5)
    var control = settled(hit: 0.2, &random)
    let before = control.duty
    for second in 1...30 {
      for _ in 0..<10 {
        control.add(8 * quiet(&random), isResting: true)
        control.add(8 * worked(0.2, &random), isResting: false)
      }
      control.decide()
      #expect(control.quiet < 5 && control.duty <= before, "after \(second) s")
    }
  }

  /// Those that meet the backfill have forgotten it sooner than those that do not.
  @Test func aBadWhileThatIsOverMakesNoRoom() {
    var random = LogRandom(seed: 5)
    var control = settled(hit: 0.1, &random)
    for second in 1...240 {
      let slow = second <= 30 ? 8.0 : 1
      for _ in 0..<10 {
        control.add(slow * quiet(&random), isResting: true)
        control.add(slow * worked(0.1, &random), isResting: false)
      }
      control.decide()
      #expect(control.duty * 0.1 <= 0.01, "after \(second) s")
    }
  }

  @Test func theUsualPercentileIsThatOfTheMiddlePart() {
    var window = SampleWindow(size: 50)
    #expect(window.usualPercentile(0.9, of: 10) == 0)
    for sample in 0..<5 { window.add(Double(sample)) }
    #expect(window.usualPercentile(0.9, of: 10) == 4)
    // From 43 on they are remembered, in tens that end with 52, 62, … 92; where they lie is another order.
    for sample in 5..<93 { window.add(Double(sample)) }
    #expect(window.usualPercentile(0.9, of: 10) == 72)
    // Of two the smaller one; the oldest ten are no part.
    #expect(window.usualPercentile(0.9, of: 20) == 71)
  }

  @Test func itFallsAtOnceAndRisesSlowly() {
    var control = DutyControl(growth: 0.2, duty: 0.5)
    for _ in 0..<1_000 {
      control.add(1, isResting: true)
      control.add(5, isResting: false)
    }
    control.decide()
    #expect(control.duty <= 0.0101)
    let low = control.duty
    for _ in 0..<1_000 { control.add(1, isResting: false) }
    control.decide()
    #expect(control.duty > low && control.duty <= low * 1.21)
  }

  @Test func whatIsKnownOfOneKindOfWorkSaysNothingOfAnother() {
    var control = DutyControl(growth: 0.2)
    control.turn(to: .applying)
    for _ in 0..<1_000 {
      control.add(1, isResting: true)
      control.add(1, isResting: false)
    }
    for _ in 0..<100 { control.decide() }
    let known = control.duty
    #expect(known > 0.9)
    control.turn(to: .comparing)
    #expect(control.duty == DutyControl.least && !control.knowsEnough)
    for _ in 0..<100 { control.decide() }
    #expect(control.duty <= 0.01)
    // What one is found to do is not held against the other.
    for _ in 0..<500 { control.add(5, isResting: false) }
    control.decide()
    control.turn(to: .applying)
    #expect(control.duty == known)
    control.decide()
    #expect(control.duty == known)
  }

  @Test func fewSamplesExcludeLittle() {
    #expect(DutyControl.mostLikely(0, of: 0) == 1 && DutyControl.mostLikely(0, of: 2) == 1)
    #expect(DutyControl.mostLikely(0, of: 300) == 0.01)
    #expect(DutyControl.mostLikely(100, of: 1_000) == 0.121)
    #expect(DutyControl.mostLikely(10, of: 10) == 1)
  }
}
