import Contracts
import EventLog
import Foundation
import Keyring
import Knowledge
import Pipeline
import Postgres

/// What two versions of the index find for questions that customers really asked.
struct IndexComparison: Sendable {
  private(set) var questions = 0
  /// Whose first passage is from the same document.
  private(set) var sameFirst = 0
  /// The share of documents among the first five that both find, added up.
  private(set) var shared = 0.0
  private(set) var emptyBefore = 0
  private(set) var emptyAfter = 0

  /// How many passages each is compared by.
  private static let depth = 5

  /// The latest questions, at most `limit`, from the log: as the agents search for them now.
  static func questions(
    _ foundations: Foundations, limit: Int
  ) async throws -> [KnowledgeIndex.Question] {
    guard limit > 0 else { return [] }
    let ends = try await foundations.log.ends(of: .conversations)
    // A question has some eight events around it.
    let window = Int64(limit) * 16 / Int64(max(1, ends.count)) + 200
    var found: [(time: Date, question: KnowledgeIndex.Question)] = []
    let directory = try await foundations.directory.catchUp()
    for (partition, end) in zip(foundations.log.layout.partitions(.conversations), ends) {
      let start = max(0, end.rawValue - window)
      guard start < end.rawValue else { continue }
      let reader = try await foundations.log.reader(
        from: [Cursor(partition, Offset(start))], types: [ContextRetrieved.type])
      do {
        var next = Offset(start)
        while next < end {
          let batch = try await reader.next(limit: 500)
          next = batch.cursors.map(\.offset).max() ?? next
          let values = batch.records.compactMap { record in
            (try? ContextRetrieved.read(record.event)).map { (record.event, $0) }
          }
          let ids = Set(values.compactMap { try? $0.1.keyID })
          let keys = try await foundations.pool.withConnection { [keyring = foundations.keyring] in
            try keyring.keys(ids, on: $0)
          }
          for (event, value) in values {
            // Of a contact that was erased nothing can be read.
            guard let kid = try? value.keyID, let key = keys[kid], let opened = try? value.opened(with: key),
              let agent = value.facts.agent, let definition = directory.agents[agent]?.definition
            else { continue }
            let question = KnowledgeIndex.Question(
              tenant: event.tenant, language: definition.language, text: opened.query,
              filter: definition.filter, limit: Self.depth, asker: key)
            found.append((event.time, question))
          }
        }
      } catch {
        await reader.close()
        throw error
      }
      await reader.close()
    }
    return found.sorted { $0.time > $1.time }.prefix(limit).map(\.question)
  }

  static func of(
    _ before: IndexVersion, _ after: IndexVersion, _ questions: [KnowledgeIndex.Question],
    by finder: PassageFinder
  ) async throws -> IndexComparison {
    var comparison = IndexComparison()
    for question in questions {
      let old = try await finder.find(question, in: before)
      let new = try await finder.find(question, in: after)
      comparison.add(old.matches.map(\.document), new.matches.map(\.document))
    }
    return comparison
  }

  private mutating func add(_ old: [DocumentID], _ new: [DocumentID]) {
    questions += 1
    if old.isEmpty { emptyBefore += 1 }
    if new.isEmpty { emptyAfter += 1 }
    if old.first == new.first { sameFirst += 1 }
    let all = Set(old).union(new)
    shared += all.isEmpty ? 1 : Double(Set(old).intersection(new).count) / Double(all.count)
  }

  var lines: [String] {
    guard questions > 0 else { return ["no customer has asked anything yet: nothing to compare"] }
    let count = Double(questions)
    return [
      "\(questions) questions that customers asked: "
        + String(
          format: "%.0f %% with the same document first, %.0f %% of the documents found by both",
          Double(sameFirst) / count * 100, shared / count * 100),
      "nothing found: \(emptyBefore) before, \(emptyAfter) after",
    ]
  }
}
