import Contracts
import Foundation
import Models

/// What a report is of.
package struct WhatIfReport: Sendable {
  package let candidate: Candidate
  package let sample: WhatIfSample
  package let comparisons: [Comparison]
  package let leftOut: LeftOut
  package let made: Date
  package let seconds: Double

  package init(
    candidate: Candidate, sample: WhatIfSample, comparisons: [Comparison], leftOut: LeftOut, made: Date,
    seconds: Double
  ) {
    self.candidate = candidate
    self.sample = sample
    self.comparisons = comparisons
    self.leftOut = leftOut
    self.made = made
    self.seconds = seconds
  }

  package var summary: ComparisonSummary { ComparisonSummary(comparisons) }

  /// What has to be known of the comparison, a sentence each.
  package var remarks: [String] {
    let missed = Dictionary(grouping: comparisons.flatMap(\.missed)) { $0 }.sorted { $0.key < $1.key }
    return leftOut.sentences
      + missed.map { part, times in
        "\(times.count) times passages were looked for without the \(part), which was not to be had: "
          + "the candidate may find others."
      }
  }

  static func time(_ date: Date) -> String { date.formatted(.iso8601WithMilliseconds) }

  static func money(_ micros: Int64?, _ currency: String?) -> String? {
    micros.map { String(format: "%.4f ", Double($0) / 1_000_000) + (currency ?? "") }
  }
}

extension WhatIfReport {
  /// The columns, and what stands in them.
  private static let columns: [(name: String, value: @Sendable (Comparison) -> String?)] = [
    ("conversation", { "\($0.exchange.conversation)" }), ("reply", { $0.exchange.reply?.description }),
    ("time", { time($0.exchange.time) }), ("question", { $0.exchange.question }),
    ("old_version", { "\($0.exchange.version)" }), ("old_answer", { $0.exchange.answer.text }),
    ("new_answer", { $0.answer?.text ?? $0.saidBefore }), ("same", { "\($0.isSame)" }),
    ("old_kind", { $0.exchange.answer.kind }), ("new_kind", { $0.answer?.kind }), ("silence", { $0.silence }),
    ("old_handover", { $0.exchange.answer.handOver }), ("new_handover", { $0.answer?.handOver }),
    ("old_rule", { $0.exchange.answer.rule }), ("new_rule", { $0.answer?.rule }),
    ("old_citations", { list($0.exchange.answer.citations) }),
    ("new_citations", { list($0.answer?.citations) }),
    ("citations_change", { "\($0.isCitationChanged)" }), ("old_model", { $0.exchange.answer.model }),
    ("new_model", { $0.answer?.model }),
    ("old_prompt_tokens", { $0.exchange.answer.promptTokens?.description }),
    ("new_prompt_tokens", { $0.answer?.promptTokens?.description }),
    ("old_completion_tokens", { $0.exchange.answer.completionTokens?.description }),
    ("new_completion_tokens", { $0.answer?.completionTokens?.description }),
    ("old_cost_micros", { $0.exchange.answer.costMicros?.description }),
    ("new_cost_micros", { $0.answer?.costMicros?.description }),
    ("currency", { $0.answer?.currency ?? $0.exchange.answer.currency }),
    ("old_milliseconds", { $0.exchange.answer.milliseconds?.description }),
    ("new_milliseconds", { $0.answer?.milliseconds?.description }),
    ("old_score", { $0.judgement?.old.description }), ("new_score", { $0.judgement?.new.description }),
    ("judge_reason", { $0.judgement?.reason }), ("judge_failure", { $0.judgeFailure }),
    ("search_missed", { $0.missed.joined(separator: " ") }),
    ("calls_replayed", { "\($0.replayedCalls.count)" }),
    ("call_not_recorded", { $0.missingCall.map { "\($0.name) \($0.arguments)" } }),
  ]

  /// RFC 4180, with a line for each comparison.
  package var csv: String {
    let rows =
      [Self.columns.map(\.name)] + comparisons.map { item in Self.columns.map { $0.value(item) ?? "" } }
    return rows.map { $0.map(Self.field).joined(separator: ",") + "\r\n" }.joined()
  }

  private static func list(_ numbers: [Int]?) -> String? { numbers?.map(String.init).joined(separator: " ") }

  /// What a spreadsheet would take for a formula begins with a quote: people outside wrote it.
  private static func field(_ text: String) -> String {
    // By scalars: a line's end of two is one character, and would hide both.
    let isFormula = text.unicodeScalars.first.map { "=+-@\t\r".unicodeScalars.contains($0) } ?? false
    let safe = isFormula ? "'" + text : text
    guard safe.unicodeScalars.contains(where: { "\",\r\n".unicodeScalars.contains($0) }) else { return safe }
    return "\"\(safe.replacing("\"", with: "\"\""))\""
  }
}
