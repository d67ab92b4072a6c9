import Contracts
import Foundation

/// Where the vectors of one version of the index lie, when that is not beside its words in Postgres.
package struct VectorSpace: Sendable, Hashable {
  /// The kind of the store, as the version names it.
  package let store: String
  /// Random, so that versions, installations and restored backups never share vectors.
  package let id: UUID

  package init(store: String, id: UUID) {
    self.store = store
    self.id = id
  }
}

/// What a search asks of a place for vectors, and all that who must have no effects is handed of one.
package protocol VectorSearch: Sendable {
  /// What versions call it.
  var kind: String { get }

  /// The nearest chunks of a tenant, as cosines, best first.
  func nearest(
    to vector: [Float], of tenant: TenantID, filter: KnowledgeIndex.Filter, most: Int, in space: UUID
  ) async throws(VectorStoreError) -> [NearChunk]
}

/// A place for vectors outside of Postgres.
///
/// Postgres stays the truth. What a store calls near is looked up there, among the tenant's own chunks that are
/// found now, so a vector that outlived its chunk is shown to nobody; which vectors to remove is noted in the
/// transaction that removes the chunks (`StaleVectors`), and done as soon as the store can be reached.
///
/// - Vectors have length 1. Putting one twice, or removing what is not there, changes nothing.
/// - Tenants do not share anything in which one could meet the other's vectors.
/// - Every call is bounded in time, most of all `nearest`, for which a customer waits.
package protocol VectorStore: VectorSearch {
  func put(
    _ vectors: [(chunk: UUID, vector: [Float])], of document: DocumentUploaded.Facts, tenant: TenantID,
    revision: EventID, in space: UUID
  ) async throws(VectorStoreError)

  /// Removes the vectors of one text of a document.
  func remove(
    _ document: DocumentID, revision: EventID, of tenant: TenantID, from space: UUID
  ) async throws(VectorStoreError)

  /// Removes all that a space holds, of every tenant.
  func drop(_ space: UUID) async throws(VectorStoreError)

  /// Whether anything lies in a space.
  func holds(_ space: UUID) async throws(VectorStoreError) -> Bool

  /// Whether it can be reached and lets us in.
  func check() async throws(VectorStoreError)
}

package struct NearChunk: Codable, Sendable, Equatable {
  package let chunk: UUID
  package let similarity: Double

  package init(chunk: UUID, similarity: Double) {
    self.chunk = chunk
    self.similarity = similarity
  }
}

package struct VectorStoreError: Error, CustomStringConvertible {
  package let description: String
  package let isRetriable: Bool
  package init(_ description: String, isRetriable: Bool) {
    self.description = description
    self.isRetriable = isRetriable
  }
}
