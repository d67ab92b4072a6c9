import Contracts

/// Sums over all comparisons.
package struct ComparisonSummary: Sendable {
  package struct Side: Sendable {
    package private(set) var answers = 0
    package private(set) var promptTokens = 0
    package private(set) var completionTokens = 0
    /// Nil when no answer has a price.
    package private(set) var costMicros: Int64?
    package private(set) var milliseconds: [Double] = []
    package private(set) var cited = 0
    /// How often each reason gave the conversation to a person.
    package private(set) var handovers: [String: Int] = [:]
    package fileprivate(set) var scores: [Int] = []

    mutating func add(_ answer: Exchange.Answer) {
      answers += 1
      promptTokens += answer.promptTokens ?? 0
      completionTokens += answer.completionTokens ?? 0
      if let cost = answer.costMicros { costMicros = (costMicros ?? 0) + cost }
      if let time = answer.milliseconds, answer.model != nil { milliseconds.append(time) }
      if !answer.citations.isEmpty { cited += 1 }
      if let reason = answer.handOver { handovers[reason, default: 0] += 1 }
    }

    package func percentile(_ share: Double) -> Double? {
      guard !milliseconds.isEmpty else { return nil }
      return milliseconds.sorted()[min(milliseconds.count - 1, Int(Double(milliseconds.count) * share))]
    }

    package var score: Double? {
      scores.isEmpty ? nil : Double(scores.reduce(0, +)) / Double(scores.count)
    }
  }

  package private(set) var old = Side()
  package private(set) var new = Side()
  package private(set) var count = 0
  package private(set) var same = 0
  /// The candidate would say nothing.
  package private(set) var silent = 0
  package private(set) var handoverChanges = 0
  package private(set) var citationChanges = 0
  package private(set) var replayedCalls = 0
  /// Answers that end at a call that is not in the recording.
  package private(set) var missingCalls = 0
  package private(set) var better = 0
  package private(set) var worse = 0
  package private(set) var currency: String?

  package init(_ comparisons: [Comparison]) {
    for item in comparisons {
      count += 1
      old.add(item.exchange.answer)
      if let answer = item.answer { new.add(answer) } else if item.missingCall == nil { silent += 1 }
      currency = currency ?? item.answer?.currency ?? item.exchange.answer.currency
      if item.isSame { same += 1 }
      if item.isHandoverChanged { handoverChanges += 1 }
      if item.isCitationChanged { citationChanges += 1 }
      replayedCalls += item.replayedCalls.count
      if item.missingCall != nil { missingCalls += 1 }
      if let judgement = item.judgement {
        old.scores.append(judgement.old)
        new.scores.append(judgement.new)
        if judgement.new > judgement.old { better += 1 }
        if judgement.new < judgement.old { worse += 1 }
      }
    }
  }
}
