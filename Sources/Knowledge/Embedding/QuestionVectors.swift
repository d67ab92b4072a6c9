import Contracts
import Foundation
import Keyring
import Postgres
import Synchronization

/// The vectors of questions, each text embedded once: of late in memory, and for good in Postgres.
///
/// Customers wrote them: there a vector lies under the key of the contact who asked first, named by an HMAC under the
/// tenant's key. Once that contact is erased, the question is embedded again for whoever asks it next; so it is after 90
/// days (`knowledge.forget_asked`).
package final class QuestionVectors: Sendable {
  private let embedder: any Embedder
  private let pool: any RowPool
  /// Nil: what is not kept yet is not kept.
  private let keeping: PostgresPool?
  /// Nil: Postgres keeps none.
  private let keyring: Keyring?
  private let recent = Mutex<[String: [Float]]>([:])
  private static let remembered = 2_000

  /// - Parameter keyring: nil keeps them in memory alone.
  package init(_ embedder: any Embedder, pool: PostgresPool, keyring: Keyring?) {
    self.embedder = embedder
    self.pool = pool
    keeping = pool
    self.keyring = keyring
  }

  /// Reads what is kept, and keeps nothing but in memory.
  package init(_ embedder: any Embedder, reading pool: any RowPool, keyring: Keyring) {
    self.embedder = embedder
    self.pool = pool
    keeping = nil
    self.keyring = keyring
  }

  package var model: EmbeddingModel { embedder.model }

  /// Nothing is written where it is known. What cannot be looked up or kept costs one more embedding, and no answer.
  ///
  /// - Throws: `EmbeddingError`.
  package func vector(of text: String, for question: KnowledgeIndex.Question) async throws -> [Float] {
    let input = embedder.input(text, for: .question)
    if let known = recent.withLock({ $0[input] }) { return known }
    let kept = try? await kept(input, question)
    let vector: [Float]
    if let known = kept?.vector {
      vector = known
    } else {
      vector = try await embedder.embed([text], for: .question)[0]
      if let keeping, let kept, let asker = question.asker {
        try? await keep(vector, as: kept.name, asker, question.tenant, in: keeping)
      }
    }
    recent.withLock { recent in
      if recent.count >= Self.remembered { recent.removeAll(keepingCapacity: true) }
      recent[input] = vector
    }
    return vector
  }

  private struct Kept: Sendable {
    let name: String
    /// Nil: there is none, or nobody can read it any more.
    let vector: [Float]?
  }

  /// What Postgres has of a question; nil where it may have nothing.
  private func kept(_ input: String, _ question: KnowledgeIndex.Question) async throws -> Kept? {
    guard let keyring else { return nil }
    let (tenant, model) = (KeyID(question.tenant.uuid), model)
    return try await pool.read { connection in
      guard let key = try keyring.keys([tenant], on: connection)[tenant] else { return nil }
      let name = key.hmac("question \(model.name) \(input)")
      let sealed = try connection.execute(
        "select vector from knowledge.asked where question = $1", [.text(name)]
      ).first?.text(0)
      guard let sealed, let kid = try? JWE.keyID(of: sealed),
        let asker = try keyring.keys([kid], on: connection)[kid],
        let bytes = try? JWE.open(sealed, with: asker)
      else { return Kept(name: name, vector: nil) }
      let vector = VectorBytes.floats(bytes)
      return Kept(name: name, vector: vector.count == model.dimensions ? vector : nil)
    }
  }

  private func keep(
    _ vector: [Float], as name: String, _ asker: SealingKey, _ tenant: TenantID, in pool: PostgresPool
  ) async throws {
    let sealed = String(decoding: try JWE.seal(VectorBytes.bytes(vector), with: asker), as: UTF8.self)
    let model = model.name
    try await pool.withTransaction { transaction in
      // Whose loss costs one more embedding is not waited for on the disk.
      try transaction.execute("set local synchronous_commit = off")
      try transaction.execute(
        """
        insert into knowledge.asked (question, tenant, model, contact, vector)
        select $1, $2, $3, k.id, $5 from keyring.key as k
        -- Not for whom this process has not heard of being erased.
        where k.id = $4 for key share
        on conflict (question)
        do update set contact = excluded.contact, vector = excluded.vector, kept_at = excluded.kept_at
        """,
        [
          .text(name), .uuid(tenant.uuid), .text(model), .uuid(asker.id.uuid), .text(sealed),
        ])
    }
  }
}
