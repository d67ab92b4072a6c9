import Contracts
import Foundation
import JSON
import Keyring
import Postgres
import Understanding

/// Answers to questions that stood for themselves, which may be given again, for one batch.
struct AnswerCache: Sendable {
  /// What is asked for: equal only for the same words in the same language to the same version of the same agent over the
  /// same documents in the same index.
  struct Question: Sendable {
    let input: EventID
    /// HMAC under the tenant's key: the table shows nobody what was asked.
    let name: String

    /// - Parameters:
    ///   - documents: how far the documents' topic was read.
    ///   - index: the number of the index that was searched.
    init(
      input: EventID, agent: AgentID, version: Int, documents: Int64, index: Int?, text: String,
      tenantKey: SealingKey
    ) {
      self.input = input
      let words = text.lowercased().split { !$0.isLetter && !$0.isNumber }.joined(separator: " ")
      let language = LanguageGuess(of: text).language
      name = tenantKey.hmac("answer \(agent) \(version) \(documents) \(index ?? 0) \(language) \(words)")
    }
  }

  /// What is kept beside the words.
  struct Facts: Codable, Sendable {
    let passages: [PassageFacts]
    let citations: [Int]?
    let model: String?
  }

  struct Entry: Sendable {
    let tenant: TenantID
    let question: String
    let reply: MessageID
    /// The private part of the reply that it was, under the key of whom it was written for.
    let sealed: String
    let facts: Facts
    let now: Date
    let until: Date
  }

  struct Hit: Sendable {
    let reply: MessageID
    let sealed: String
    let facts: Facts
  }

  private var names: [EventID: String] = [:]
  private var hits: [String: Hit] = [:]
  var kept: [Entry] = []

  init() {}

  init(_ questions: [Question], at now: Date, in transaction: Transaction) throws {
    for question in questions { names[question.input] = question.name }
    let rows = try transaction.execute(
      "select question, reply, content, facts from stage.cached_answers($1, $2)",
      [.texts(questions.map(\.name)), .timestamp(now)])
    for row in rows {
      hits[row.text(0)] = Hit(
        reply: MessageID(row.uuid(1)), sealed: row.text(2),
        facts: try JSON.decode(Facts.self, from: Array(row.text(3).utf8)))
    }
  }

  var keyIDs: Set<KeyID> { Set(hits.values.compactMap { try? JWE.keyID(of: $0.sealed) }) }

  /// Nil where the agent does not allow it.
  func name(of input: EventID) -> String? { names[input] }
  func hit(for input: EventID) -> Hit? { names[input].flatMap { hits[$0] } }

  func save(in transaction: Transaction) throws {
    for entry in kept.sorted(by: { $0.question < $1.question }) {
      try transaction.execute(
        "select stage.cache_answer($1, $2, $3, $4, $5, $6, $7)",
        [
          .uuid(entry.tenant.uuid), .text(entry.question), .uuid(entry.reply.uuid), .text(entry.sealed),
          .text(String(decoding: try JSON.encode(entry.facts), as: UTF8.self)), .timestamp(entry.now),
          .timestamp(entry.until),
        ])
    }
  }
}
