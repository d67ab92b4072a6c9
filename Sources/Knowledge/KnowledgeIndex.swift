import Contracts
import Foundation
import Postgres

/// Full-text search over the chunks of tenants' documents (`schemas/knowledge`).
package enum KnowledgeIndex {
  package struct Question: Sendable {
    package let tenant: TenantID
    /// A text-search configuration of Postgres.
    package let language: String
    package let text: String
    package let limit: Int
    package init(tenant: TenantID, language: String, text: String, limit: Int) {
      self.tenant = tenant
      self.language = language
      self.text = text
      self.limit = limit
    }
  }

  package struct Match: Sendable {
    package let chunk: ChunkID
    package let document: DocumentID
    package let title: String
    package let text: String
    package let score: Double
  }

  /// Characters of a question that are searched for: the time of a search grows with its words.
  package static let longestQuestion = 1_000

  /// The matches of each question, best first. All questions go in one statement.
  package static func search(_ questions: [Question], in transaction: Transaction) throws -> [[Match]] {
    guard !questions.isEmpty else { return [] }
    let rows = try transaction.execute(
      "select ordinal, chunk, document, title, content, score from knowledge.search($1, $2, $3, $4)",
      [
        .uuids(questions.map(\.tenant.uuid)), .texts(questions.map(\.language)),
        .texts(questions.map { String($0.text.prefix(longestQuestion)) }),
        .int4s(questions.map { Int32($0.limit) }),
      ])
    var matches = [[Match]](repeating: [], count: questions.count)
    for row in rows {
      matches[Int(row.int8(0)) - 1].append(
        Match(
          chunk: ChunkID(row.uuid(1)), document: DocumentID(row.uuid(2)), title: row.text(3),
          text: row.text(4), score: row.double(5)))
    }
    return matches
  }

  package static func replace(
    document: DocumentID, of tenant: TenantID, title: String, language: String, with chunks: [Chunk],
    in transaction: Transaction
  ) throws {
    try transaction.execute(
      "select knowledge.replace_chunks($1, $2, $3, $4, $5, $6, $7)",
      [
        .uuid(tenant.uuid), .uuid(document.uuid), .text(title), .text(language),
        .uuids(chunks.indices.map { UUID.version5(of: "chunk \($0)", in: document.uuid) }),
        .texts(chunks.map(\.heading)), .texts(chunks.map(\.text)),
      ])
  }

  package static func hasLanguage(_ name: String, in transaction: Transaction) throws -> Bool {
    try transaction.execute("select knowledge.has_language($1)", [.text(name)])[0].bool(0)
  }
}

/// The bytes of documents, under their SHA-256.
package enum BlobStore {
  package static func put(_ bytes: [UInt8], hash: [UInt8], in transaction: Transaction) throws {
    try transaction.execute(
      "insert into knowledge.blob (hash, bytes) values ($1, $2) on conflict do nothing",
      [.bytes(hash), .bytes(bytes)])
  }

  package static func get(hash: [UInt8], in transaction: Transaction) throws -> [UInt8]? {
    try transaction.execute("select bytes from knowledge.blob where hash = $1", [.bytes(hash)])
      .first?.bytes(0)
  }
}
