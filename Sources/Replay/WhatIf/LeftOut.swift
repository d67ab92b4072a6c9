import Contracts

/// What a comparison does not show: told with it, so that nobody takes the sample for all that was asked.
package struct LeftOut: Sendable, Equatable {
  /// What the tenant's contacts wrote and no agent answered, by the reason: `reply.skipped` names no agent.
  package internal(set) var skipped: [String: Int] = [:]
  /// Answers that were chosen, but whose contact was erased since.
  package internal(set) var erased = 0
  /// Answers that failed because the channel took none any more. The candidate is asked as if it had.
  package internal(set) var outsideWindow = 0

  package init(skipped: [String: Int] = [:], erased: Int = 0, outsideWindow: Int = 0) {
    self.skipped = skipped
    self.erased = erased
    self.outsideWindow = outsideWindow
  }

  /// One sentence each; empty where there is nothing to say.
  package var sentences: [String] {
    var sentences: [String] = []
    if !skipped.isEmpty {
      let reasons = skipped.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        .map { "\($0.key) \($0.value)" }.joined(separator: ", ")
      let all = skipped.values.reduce(0, +)
      sentences.append(
        "Not compared: \(all) times no agent of the tenant answered in that time (\(reasons)).")
    }
    if erased > 0 { sentences.append("Not compared: \(erased) answers to people who were erased since.") }
    if outsideWindow > 0 {
      sentences.append(
        "\(outsideWindow) answers of that time failed because the channel took none any more; "
          + "the candidate is compared as if it had.")
    }
    return sentences
  }
}

/// The exchanges that were chosen, oldest first, and what is not among them.
package struct WhatIfTraffic: Sendable {
  package let exchanges: [Exchange]
  package let leftOut: LeftOut
}
