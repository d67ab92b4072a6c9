import Foundation
import Testing

@testable import Audit

/// Nothing is held against a sound run, and each error that is planted in one is found.
struct MessageVerdictTests {
  /// Four questions of two contacts and a reply to each: two were delivered, one failed, and one is uncertain that was in
  /// flight and had been taken.
  private struct Run {
    var answers = ["a1": 1, "a2": 1, "b1": 1, "b2": 1]
    var outcomes = ["to a1": "s", "to a2": "s", "to b1": "f", "to b2": "u"]
    var doubtful = [Run.inFlight]
    var sends = [("a", 1), ("b", 2), ("a", 2)]
    var repeats = 0

    static let inFlight = UUID()

    var verdict: MessageVerdict {
      MessageVerdict(
        answers: answers,
        outcomes: outcomes.sorted { $0.key < $1.key }.map { reply, outcome in
          MessageVerdict.Outcome(
            message: reply, succeeded: outcome.count { $0 == "s" }, failed: outcome.count { $0 == "f" },
            uncertain: outcome.count { $0 == "u" })
        }, doubtful: doubtful, inFlight: [Self.inFlight],
        sends: sends.map { MessageVerdict.Send(contact: $0.0, number: $0.1) }, repeats: repeats)
    }
  }

  private func problems(_ plant: (inout Run) -> Void) -> [String] {
    var run = Run()
    plant(&run)
    return run.verdict.problems
  }

  @Test func aSoundRunHasNoProblems() {
    let verdict = Run().verdict
    #expect(verdict.problems.isEmpty)
    #expect(verdict.delivered == 2 && verdict.failed == 1 && verdict.uncertain == 1)
    // Of one that is uncertain nobody knows whether it was taken.
    #expect(problems { $0.sends.remove(at: 1) }.isEmpty)
  }

  @Test func aLostOneIsFound() {
    #expect(problems { $0.answers["b1"] = 0 } == ["not answered exactly once: b1"])
    #expect(
      problems { $0.outcomes["to a2"] = "" } == [
        "to a2 was delivered 0, failed 0, uncertain 0 times", "3 were taken, 1 delivered, 1 uncertain",
      ])
    #expect(problems { $0.sends.removeFirst(2) } == ["1 were taken, 2 delivered, 1 uncertain"])
  }

  @Test func aDoubledOneIsFound() {
    #expect(problems { $0.answers["a1"] = 2 } == ["not answered exactly once: a1"])
    #expect(
      problems { $0.outcomes["to b1"] = "fu" } == ["to b1 was delivered 0, failed 1, uncertain 1 times"])
    #expect(problems { $0.repeats = 1 } == ["1 messages were sent twice"])
    #expect(
      problems { $0.sends.append(("a", 2)) } == [
        "4 were taken, 2 delivered, 1 uncertain", "sends to a are out of order: [1, 2, 2]",
      ])
  }

  @Test func aMisorderedOneIsFound() {
    #expect(problems { $0.sends.swapAt(0, 2) } == ["sends to a are out of order: [2, 1]"])
  }

  @Test func anUncertainOneThatWasNotInFlightIsFound() {
    #expect(
      problems { $0.doubtful.append(UUID()) } == ["1 are uncertain that were not in flight at a kill"])
  }
}
