import Contracts
import Models
import Pipeline

/// One answer of then beside the candidate's.
package struct Comparison: Sendable {
  /// What a judge makes of both, 1 (bad) to 5 (good).
  package struct Judgement: Sendable, Equatable {
    package let old: Int
    package let new: Int
    package let reason: String
  }

  package let exchange: Exchange
  /// Nil when the candidate would say nothing, or its answer ends at a call that is not in the recording.
  package let answer: Exchange.Answer?
  /// Why there is no answer: `timeout` for instance.
  package let silence: String?
  /// The passages that the candidate was given, by their titles.
  package let passages: [String]
  /// What these were searched for without, since it was not to be had: `embedding`, `vector-store`, `reranker`.
  package let missed: [String]
  /// Calls that were answered from the recording.
  package let replayedCalls: [RecordedCall]
  /// The call that the candidate wanted and that is not in the recording: shown, not made. Its answer ends there.
  package let missingCall: ToolCall?
  /// What the candidate said with that call.
  package let saidBefore: String?
  package var judgement: Judgement?
  package var judgeFailure: String?

  package init(
    _ exchange: Exchange, _ rehearsed: RehearsedAnswer, passages: [String], missed: [String] = []
  ) {
    self.exchange = exchange
    self.passages = passages
    self.missed = missed
    replayedCalls = rehearsed.calls.filter { $0.outcome != "refused" }
    missingCall = rehearsed.unrecorded
    let isStopped = rehearsed.unrecorded != nil
    saidBefore = isStopped && !rehearsed.text.isEmpty ? rehearsed.text : nil
    silence = isStopped ? nil : rehearsed.silence
    answer = isStopped ? nil : rehearsed.kind.map { Exchange.Answer(rehearsed, kind: $0) }
  }

  /// Same words but for case, blanks and marks of passages.
  package var isSame: Bool {
    guard let old = exchange.answer.text, let new = answer?.text else { return false }
    return Self.plain(old) == Self.plain(new)
  }

  /// Whether only one of both gives the conversation to a person.
  package var isHandoverChanged: Bool {
    answer.map { $0.isHandedOver != exchange.answer.isHandedOver } ?? false
  }

  /// Whether they cite different passages, by their titles: the numbers are those of two lists.
  package var isCitationChanged: Bool {
    // What quotations cite was not recorded at first.
    let old = exchange.answer
    if old.kind == ReplyKind.extractive.rawValue, old.citations.isEmpty { return false }
    return answer.map { Self.cited($0, passages) != Self.cited(old, exchange.passages.map(\.title)) } ?? false
  }

  private static func cited(_ answer: Exchange.Answer, _ titles: [String]) -> Set<String> {
    Set(answer.citations.map { titles.indices.contains($0 - 1) ? titles[$0 - 1] : "\($0)" })
  }

  private static func plain(_ text: String) -> String {
    text.lowercased().split { !$0.isLetter && !$0.isNumber }.joined(separator: " ")
  }
}

extension Exchange.Answer {
  fileprivate init(_ rehearsed: RehearsedAnswer, kind: ReplyKind) {
    self.init(
      text: rehearsed.text, kind: kind.rawValue, model: rehearsed.model,
      promptTokens: rehearsed.promptTokens, completionTokens: rehearsed.completionTokens,
      // Without a model there is no time to compare.
      milliseconds: rehearsed.model == nil ? nil : rehearsed.milliseconds,
      costMicros: rehearsed.costMicros, currency: rehearsed.currency, citations: rehearsed.citations,
      handOver: rehearsed.handOver, rule: rehearsed.rule, isResolved: rehearsed.isResolved,
      withheld: rehearsed.withheld)
  }
}
