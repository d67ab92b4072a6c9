import Contracts

/// One answer of then beside the candidate's.
package struct Comparison: Sendable {
  /// What a judge makes of both, 1 (bad) to 5 (good).
  package struct Judgement: Sendable, Equatable {
    package let old: Int
    package let new: Int
    package let reason: String
  }

  package let exchange: Exchange
  /// nil when the model failed.
  package var answer: Exchange.Answer?
  /// Why there is no answer.
  package var failure: String?
  /// The passages that the candidate was given.
  package var passages: [String] = []
  /// Calls that were answered from the recording.
  package var replayedCalls: [Exchange.ToolCall] = []
  /// Calls that the candidate wanted and that were never made: shown, not made.
  package var missingCalls: [Exchange.ToolCall] = []
  package var judgement: Judgement?
  package var judgeFailure: String?

  /// Same words but for case, blanks and marks of passages.
  package var isSame: Bool {
    guard let old = exchange.answer.text, let new = answer?.text else { return false }
    return Self.plain(old) == Self.plain(new)
  }

  /// Whether the candidate hands over where the agent did not. The rules of escalation are not rehearsed, so that it
  /// does not hand over says nothing.
  package var isHandoverChanged: Bool { answer?.isHandedOver == true && !exchange.answer.isHandedOver }

  package var isCitationChanged: Bool {
    answer.map { Set($0.citations) != Set(exchange.answer.citations) } ?? false
  }

  private static func plain(_ text: String) -> String {
    text.lowercased().split { !$0.isLetter && !$0.isNumber }.joined(separator: " ")
  }
}

/// Sums over all comparisons.
package struct ComparisonSummary: Sendable {
  package struct Side: Sendable {
    package var promptTokens = 0
    package var completionTokens = 0
    package var costMicros: Int64 = 0
    package var milliseconds: [Double] = []
    package var handovers = 0
    package var scores: [Int] = []

    mutating func add(_ answer: Exchange.Answer) {
      promptTokens += answer.promptTokens ?? 0
      completionTokens += answer.completionTokens ?? 0
      costMicros += answer.costMicros ?? 0
      if let time = answer.milliseconds { milliseconds.append(time) }
      if answer.isHandedOver { handovers += 1 }
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
  package private(set) var failed = 0
  package private(set) var handoverChanges = 0
  package private(set) var citationChanges = 0
  package private(set) var missingCalls = 0
  package private(set) var better = 0
  package private(set) var worse = 0
  package private(set) var currency: String?

  package init(_ comparisons: [Comparison]) {
    for item in comparisons {
      count += 1
      old.add(item.exchange.answer)
      if let answer = item.answer { new.add(answer) } else { failed += 1 }
      currency = currency ?? item.answer?.currency ?? item.exchange.answer.currency
      if item.isSame { same += 1 }
      if item.isHandoverChanged { handoverChanges += 1 }
      if item.isCitationChanged { citationChanges += 1 }
      missingCalls += item.missingCalls.count
      if let judgement = item.judgement {
        old.scores.append(judgement.old)
        new.scores.append(judgement.new)
        if judgement.new > judgement.old { better += 1 }
        if judgement.new < judgement.old { worse += 1 }
      }
    }
  }
}
