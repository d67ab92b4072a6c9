import Contracts
import EventLog
import Foundation
import Keyring
import Knowledge
import Models
import Pipeline
import Postgres

/// Runs a candidate over past traffic and puts its answers beside those of then.
///
/// The candidate decides as the stage `generate` does (`Rehearsal`). It is handed a log that can only be read, a pool that
/// answers queries and gives out no transaction, a store of vectors that can only be asked, models to ask, and nothing that
/// performs the effects of a stage. So it has
/// no means to send, to append, to call a tool or to write a row: none of the types that do so can be had from these. Tools
/// are answered from the recording. What was said before a question is what was really said, so that every answer is
/// compared under the same past.
package struct WhatIf: Sendable {
  package struct Progress: Sendable {
    package let done: Int
    package let total: Int
  }

  private let history: ConversationHistory
  private let models: ModelCatalogue
  private let chat: (any ChatModel)?
  private let passages: PassageSearch
  private let judge: Judge?

  /// - Parameters:
  ///   - pool: for keys, and for the index where it is asked.
  ///   - models: with their prices.
  ///   - chat: asks them; nil quotes from the passages.
  ///   - embedder: for the questions, where the index is asked; nil: by words alone.
  ///   - store: where vectors lie that do not lie in Postgres.
  ///   - reranker: puts what the index finds into a better order.
  package init(
    log: any ReadableLog, pool: ReadOnlyPool, keyring: Keyring, models: ModelCatalogue,
    chat: (any ChatModel)?, embedder: (any Embedder)? = nil, store: (any VectorSearch)? = nil,
    reranker: (any Reranker)? = nil, judge: Judge? = nil
  ) {
    history = ConversationHistory(log: log, pool: pool, keyring: keyring)
    self.models = models
    self.chat = chat
    passages = PassageSearch(
      pool: pool,
      finder: PassageFinder(
        reading: pool, embedder: embedder, store: store, reranker: reranker, keyring: keyring))
    self.judge = judge
  }

  /// Chooses. Whose contact was erased is left out: there is no question any more.
  package func traffic(_ sample: WhatIfSample) async throws -> WhatIfTraffic {
    var (chosen, leftOut) = try await sample.choose(history)
    guard !chosen.isEmpty else { return WhatIfTraffic(exchanges: [], leftOut: leftOut) }
    var found: [Exchange] = []
    let labels = try await ContactLabels.read(history.log, history)
    for records in try await history.records(of: Set(chosen.values)).values {
      let opened = try await history.open(records)
      var fold = ConversationFold()
      for record in records { try fold.apply(record.event, opened: opened[record.event.id]) }
      for (index, exchange) in fold.exchanges.enumerated()
      where chosen[exchange.event] != nil {
        guard !exchange.isErased, !exchange.question.isEmpty else {
          leftOut.erased += 1
          continue
        }
        var exchange = exchange
        if let contact = exchange.key.map({ ContactID($0.uuid) }) {
          exchange.labels += labels.labels(of: contact, knowing: exchange.known.tenants)
        }
        exchange.otherTools =
          fold.exchanges[..<index].reversed().flatMap { $0.tools.reversed() }
          + fold.exchanges[(index + 1)...].flatMap(\.tools)
        found.append(exchange)
      }
    }
    return WhatIfTraffic(
      exchanges: found.sorted { ($0.time, $0.event) < ($1.time, $1.event) }, leftOut: leftOut)
  }

  /// Compares in the order of the exchanges. At most `concurrency` answers are under way at once, and nothing else takes
  /// time: the whole takes as long as the model.
  package func run(
    _ candidate: Candidate, over exchanges: [Exchange], concurrency: Int,
    onProgress: @escaping @Sendable (Progress) -> Void = { _ in }
  ) async throws -> [Comparison] {
    try await withThrowingTaskGroup(of: (Int, Comparison).self) { group in
      var results: [Comparison?] = Array(repeating: nil, count: exchanges.count)
      var next = 0
      var done = 0
      func begin() {
        guard next < exchanges.count else { return }
        let (index, exchange) = (next, exchanges[next])
        group.addTask { (index, try await compare(candidate, exchange)) }
        next += 1
      }
      for _ in 0..<max(1, concurrency) { begin() }
      while let (index, comparison) = try await group.next() {
        results[index] = comparison
        done += 1
        onProgress(Progress(done: done, total: exchanges.count))
        begin()
      }
      return results.compactMap(\.self)
    }
  }

  private func compare(_ candidate: Candidate, _ exchange: Exchange) async throws -> Comparison {
    let found = try await passages.passages(for: candidate, exchange)
    let passages = found.passages
    let rehearsal = Rehearsal(
      agent: candidate.agent, tenant: exchange.tenant, version: candidate.version,
      definition: candidate.definition, models: models, model: chat, retries: true)
    let answer = try await rehearsal.answer(
      Rehearsal.Question(exchange, passages, hasDocuments: found.hasDocuments),
      recorded: RecordedTools(exchange.tools, others: exchange.otherTools))
    var comparison = Comparison(
      exchange, answer, passages: passages.map(\.title), missed: found.missed.map(\.rawValue))
    guard let judge, comparison.missingCall == nil, let old = exchange.answer.text,
      let new = comparison.answer?.text
    else { return comparison }
    do {
      comparison.judgement = try await judge.score(
        exchange.question, passages, old: old, new: new, isSwapped: exchange.event.uuid.bytes[15] & 1 == 1)
    } catch let error as ModelError {
      comparison.judgeFailure = "\(error)"
    } catch let error as ReplayError {
      comparison.judgeFailure = error.message
    }
    return comparison
  }
}

extension Rehearsal.Question {
  fileprivate init(_ exchange: Exchange, _ passages: [Passage], hasDocuments: Bool?) {
    self.init(
      conversation: exchange.conversation, at: exchange.time,
      asked: exchange.asked.isEmpty ? [Asked(text: exchange.question)] : exchange.asked,
      before: exchange.before, turns: exchange.turns, summary: exchange.summary, passages: passages,
      hasDocuments: hasDocuments,
      labels: exchange.labels,
      earlier: exchange.earlier, toldClosedAt: exchange.toldClosedAt)
  }
}
