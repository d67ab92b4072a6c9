import Pipeline
import Synchronization

/// Where the time of the stages goes: inputs a transaction, milliseconds a transaction, and the mean age of an
/// input when it is handled.
final class StageProfile: Sendable {
  private struct Sums {
    var transactions = 0.0
    var inputs = 0.0
    var seconds = 0.0
    var ages = 0.0
  }

  private let sums = Mutex<[String: Sums]>([:])

  func add(_ report: StageReport) {
    sums.withLock { sums in
      var sum = sums[report.stage.rawValue] ?? Sums()
      sum.transactions += 1
      sum.inputs += Double(report.inputs)
      sum.seconds += report.transactionSeconds
      sum.ages += report.ages.reduce(0, +)
      sums[report.stage.rawValue] = sum
    }
  }

  /// What was added since the last call.
  func take() -> [String: Double] {
    let taken = sums.withLock { sums in
      defer { sums = [:] }
      return sums
    }
    var figures: [String: Double] = [:]
    for (stage, sum) in taken where sum.transactions > 0 {
      figures["\(stage): inputs a transaction"] = sum.inputs / sum.transactions
      figures["\(stage): ms a transaction"] = sum.seconds / sum.transactions * 1_000
      figures["\(stage): seconds in transactions"] = sum.seconds
      if sum.inputs > 0 { figures["\(stage): ms of age"] = sum.ages / sum.inputs * 1_000 }
    }
    return figures
  }
}
