import Contracts
import Foundation
import Pipeline
import Postgres
import Synchronization
import TestKit
import Testing

@Suite struct WorkerSharingTests {
  private let keys = (0..<40).map { "key-\($0)" }

  private func expectEachOnceAndInOrder(_ team: Team) async throws {
    try await team.finish()
    #expect(try await team.states() == team.expectedStates())
    let made = team.calls.made
    #expect(Set(made.map { "\($0.key) \($0.number)" }).count == made.count)
    #expect(team.calls.overlaps.isEmpty)
  }

  @Test(.timeLimit(.minutes(2)))
  func workersThatComeAndGoUnderLoadHoldEvenShares() async throws {
    try await Team.with(partitions: 8) { team in
      let clock = ContinuousClock()
      for (size, holdings) in [(1, [8]), (2, [4, 4]), (3, [3, 3, 2])] {
        try await team.append((0..<10).flatMap { _ in keys })
        let worker = await team.join()
        let took = try await clock.measure { try await team.waitFor(holdings: holdings) }
        print("worker \(size) had its share after \(took)")
        try await team.append(keys)
        try await team.finish()
        #expect(team.calls.made.contains { $0.worker == worker.number })
      }
      try await team.append((0..<10).flatMap { _ in keys })
      for holdings in [[4, 4], [8]] {
        await team.leave()
        let took = try await clock.measure { try await team.waitFor(holdings: holdings) }
        print("the others had the share of a worker that left after \(took)")
      }
      try await expectEachOnceAndInOrder(team)
    }
  }

  @Test(.timeLimit(.minutes(5)))
  func inputsAreHandledOnceAndInOrderHoweverWorkersJoinLeaveAndLoseTheirSession() async throws {
    var random = LogRandom(seed: LogRandom.seed(for: "workers that join and leave"))
    // No call is given up for lost because the machine stood still while it ran.
    let stage = CallStage(effects: .once(timeout: .seconds(5), grace: .seconds(1)))
    try await Team.with(
      partitions: 6, stage: stage, duration: { .milliseconds(Int.random(in: 0...150)) }
    ) { team in
      await team.join()
      for _ in 0..<15 {
        try await team.append((0..<300).map { _ in keys.randomElement(using: &random)! })
        let size = await team.workers.count
        switch Int.random(in: 0..<5, using: &random) {
        case 0...1 where size < 3: await team.join()
        case 2...3 where size > 1: await team.leave(Int.random(in: 0..<size, using: &random))
        default: try await team.cutSession()
        }
        try await team.finish(but: 200)
      }
      try await expectEachOnceAndInOrder(team)
    }
  }

  @Test func aPartitionIsHandedOverOnlyOnceItsCallsHaveEnded() async throws {
    try await Team.with(partitions: 2, duration: { .milliseconds(1_500) }) { team in
      await team.join()
      try await team.waitFor(holdings: [2])
      try await team.append(keys + keys)
      try await eventually("all keys are called") { team.calls.made.count >= keys.count ? true : nil }
      await team.join()
      try await team.waitFor(holdings: [1, 1])
      // Where the other came late, the first has made all calls until then.
      try await team.append(keys)
      try await expectEachOnceAndInOrder(team)
      #expect(Set(team.calls.made.map(\.worker)) == [1, 2])
    }
  }

  @Test func aWorkerThatIsStoppedEndsTheCallsThatRunAndBeginsNoOthers() async throws {
    // The first of each key: long enough for all of them to run when the worker is stopped.
    let begun = Mutex(0)
    let duration = { @Sendable [keys] in
      begun.withLock { count in
        count += 1
        return count <= keys.count ? Duration.seconds(8) : .zero
      }
    }
    try await Team.with(partitions: 2, patience: .seconds(60), duration: duration) { team in
      await team.join()
      try await team.append(keys + keys)
      try await eventually("all keys are called") { team.calls.made.count == keys.count ? true : nil }
      await team.leave()
      #expect(team.calls.made.count == keys.count)
      let states = try await team.states().values
      #expect(states.allSatisfy { $0 == CallStage.State(done: [0]) })
      #expect(try await team.holdings() == [])
      await team.join()
      try await expectEachOnceAndInOrder(team)
    }
  }

  @Test func aStageThatBreaksStartsOverWithoutLosingWhatItsCallsCameTo() async throws {
    let transactions = Mutex(0)
    var stage = CallStage()
    stage.breaks = {
      transactions.withLock { count in
        count += 1
        return [2, 4, 6].contains(count)
      }
    }
    try await Team.with(partitions: 4, stage: stage) { team in
      try await team.append((0..<5).flatMap { _ in keys })
      await team.join()
      try await expectEachOnceAndInOrder(team)
      #expect(transactions.withLock { $0 } > 6)
    }
  }

  @Test func aCallThatOutlastsThePatienceIsNotWaitedForAndDeclaredLost() async throws {
    try await Team.with(
      partitions: 2, patience: .milliseconds(200), duration: { .seconds(60) }
    ) { team in
      await team.join()
      try await team.append(["key-0"])
      try await eventually("the key is called") { team.calls.made.count == 1 ? true : nil }
      let clock = ContinuousClock()
      let took = await clock.measure { await team.leave() }
      #expect(took < .seconds(30))
      #expect(try await team.holdings() == [])
      await team.join()
      try await team.finish()
      #expect(try await team.states() == ["key-0": CallStage.State(lost: [0])])
      #expect(team.calls.made.count == 1)
    }
  }
}
