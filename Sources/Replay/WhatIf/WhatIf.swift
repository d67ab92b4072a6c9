import Contracts
import EventLog
import Foundation
import Keyring
import Knowledge
import Models
import Postgres

/// Runs a candidate over past traffic and puts its answers beside those of then.
///
/// It is handed a log that can only be read, keys, a model, and nothing that performs the effects of a stage: it has no
/// means to send, to append, or to call a tool. Tools are answered from the recording. What was said before a question
/// is what was really said, so that every answer is compared under the same past.
package struct WhatIf: Sendable {
  package struct Progress: Sendable {
    package let done: Int
    package let total: Int
  }

  private let log: any ReadableLog
  private let pool: PostgresPool
  private let history: ConversationHistory
  private let chat: any ChatModel
  private let model: String
  private let judge: Judge?

  /// Rounds of tools in one answer.
  static let maximumRounds = 6

  /// - Parameters:
  ///   - pool: for keys, and for the index where today's is asked.
  ///   - model: asked where neither the candidate nor its definition names one.
  package init(
    log: any ReadableLog, pool: PostgresPool, keyring: Keyring, chat: any ChatModel, model: String,
    judge: Judge? = nil
  ) {
    self.log = log
    self.pool = pool
    history = ConversationHistory(log: log, pool: pool, keyring: keyring)
    self.chat = chat
    self.model = model
    self.judge = judge
  }

  /// The chosen exchanges, oldest first. Those whose contact was erased are left out: there is no question any more.
  package func exchanges(_ sample: WhatIfSample) async throws -> [Exchange] {
    let chosen = try await sample.choose(history)
    guard !chosen.isEmpty else { return [] }
    var found: [Exchange] = []
    for records in try await history.records(of: Set(chosen.values)).values {
      let opened = try await history.open(records)
      var fold = ConversationFold()
      for record in records { try fold.apply(record.event, opened: opened[record.event.id]) }
      found += fold.exchanges.filter { chosen[$0.event] != nil && !$0.isErased && !$0.question.isEmpty }
    }
    return found.sorted { ($0.time, $0.event) < ($1.time, $1.event) }
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
    var comparison = Comparison(exchange: exchange)
    let passages = try await passages(candidate, exchange)
    comparison.passages = passages.map(\.title)
    do {
      let answer = try await answer(candidate, exchange, passages)
      comparison.answer = answer
    } catch let error as ModelError {
      comparison.failure = "\(error)"
      return comparison
    }
    guard let judge, let old = exchange.answer.text, let new = comparison.answer?.text else {
      return comparison
    }
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

  private func answer(
    _ candidate: Candidate, _ exchange: Exchange, _ passages: [Passage]
  ) async throws -> Exchange.Answer {
    let request = CandidatePrompt(candidate: candidate, model: model).request(exchange, passages)
    let said = try await chat.answer(request) { _ in }
    return Exchange.Answer(
      text: said.text, kind: "model", model: said.model, promptTokens: said.usage?.promptTokens,
      completionTokens: said.usage?.completionTokens, milliseconds: said.latency / .milliseconds(1),
      citations: Citations.marks(in: said.text).filter { $0 <= passages.count })
  }

  /// Today's index is searched by words alone: embedding the question is another model's work.
  private func passages(_ candidate: Candidate, _ exchange: Exchange) async throws -> [Passage] {
    guard candidate.index == .current else { return exchange.passages }
    let question = KnowledgeIndex.Question(
      tenant: exchange.tenant, language: candidate.definition.language, text: exchange.question,
      limit: candidate.definition.passages)
    return try await pool.withTransaction { transaction in
      // By the database's word, too, nothing is written.
      try transaction.execute("set transaction read only")
      guard let live = try IndexVersions.live(in: transaction) else { return [] }
      return try KnowledgeIndex.search([question], version: live, in: transaction)[0].map {
        Passage(title: $0.source, text: $0.text, score: $0.score)
      }
    }
  }
}
