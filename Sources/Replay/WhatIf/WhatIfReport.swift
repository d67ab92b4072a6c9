import Contracts
import Foundation
import Models

/// What a report is of.
package struct WhatIfReport: Sendable {
  package let candidate: Candidate
  package let sample: WhatIfSample
  package let comparisons: [Comparison]
  package let made: Date
  package let seconds: Double

  package init(
    candidate: Candidate, sample: WhatIfSample, comparisons: [Comparison], made: Date, seconds: Double
  ) {
    self.candidate = candidate
    self.sample = sample
    self.comparisons = comparisons
    self.made = made
    self.seconds = seconds
  }

  package var summary: ComparisonSummary { ComparisonSummary(comparisons) }

  static func time(_ date: Date) -> String { date.formatted(.iso8601WithMilliseconds) }

  static func money(_ micros: Int64?, _ currency: String?) -> String? {
    micros.map { String(format: "%.4f ", Double($0) / 1_000_000) + (currency ?? "") }
  }
}

extension WhatIfReport {
  private static let header = [
    "conversation", "reply", "time", "question", "old_version", "old_answer", "new_answer", "old_kind",
    "failure",
    "same", "old_handed_over", "new_handed_over", "old_citations", "new_citations", "old_model", "new_model",
    "old_prompt_tokens", "new_prompt_tokens", "old_completion_tokens", "new_completion_tokens",
    "old_cost_micros",
    "new_cost_micros", "currency", "old_milliseconds", "new_milliseconds", "old_score", "new_score",
    "judge_reason",
    "judge_failure", "calls_replayed", "calls_not_recorded",
  ]

  /// RFC 4180, with a line for each comparison.
  package var csv: String {
    ([Self.header] + comparisons.map(Self.row)).map { $0.map(Self.field).joined(separator: ",") + "\r\n" }
      .joined()
  }

  private static func row(_ item: Comparison) -> [String] {
    let (old, new) = (item.exchange.answer, item.answer)
    func text(_ value: (some CustomStringConvertible)?) -> String { value.map { "\($0)" } ?? "" }
    func list(_ numbers: [Int]?) -> String { (numbers ?? []).map(String.init).joined(separator: " ") }
    return [
      "\(item.exchange.conversation)", text(item.exchange.reply), time(item.exchange.time),
      item.exchange.question,
      "\(item.exchange.version)", text(old.text), text(new?.text), old.kind, text(item.failure),
      "\(item.isSame)",
      "\(old.isHandedOver)", text(new?.isHandedOver), list(old.citations), list(new?.citations),
      text(old.model),
      text(new?.model), text(old.promptTokens), text(new?.promptTokens), text(old.completionTokens),
      text(new?.completionTokens), text(old.costMicros), text(new?.costMicros),
      text(new?.currency ?? old.currency), text(old.milliseconds), text(new?.milliseconds),
      text(item.judgement?.old), text(item.judgement?.new), text(item.judgement?.reason),
      text(item.judgeFailure),
      "\(item.replayedCalls.count)",
      item.missingCalls.map { "\($0.tool) \($0.arguments)" }.joined(separator: "; "),
    ]
  }

  /// What a spreadsheet would take for a formula begins with a quote: people outside wrote it.
  private static func field(_ text: String) -> String {
    // By scalars: a line's end of two is one character, and would hide both.
    let isFormula = text.unicodeScalars.first.map { "=+-@\t\r".unicodeScalars.contains($0) } ?? false
    let safe = isFormula ? "'" + text : text
    guard safe.unicodeScalars.contains(where: { "\",\r\n".unicodeScalars.contains($0) }) else { return safe }
    return "\"\(safe.replacing("\"", with: "\"\""))\""
  }
}
