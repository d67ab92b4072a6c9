import Contracts
import Foundation
import HTTPClient
import JSON
import Synchronization

/// Vectors in a Chroma server, by its HTTP API (`/api/v2`). Each space and tenant has a collection of its own.
package final class ChromaStore: VectorStore {
  /// Where the server is, and which of its databases is ours.
  package struct Address: Sendable, Equatable {
    package let url: String
    package let tenant: String
    package let database: String

    /// - Parameters:
    ///   - url: of the server, `http` or `https`.
    ///   - tenant: Chroma's own, not one of ours.
    package init(url: String, tenant: String = "default_tenant", database: String = "default_database") {
      self.url = url.hasSuffix("/") ? String(url.dropLast()) : url
      self.tenant = tenant
      self.database = database
    }

    var collections: String { "\(url)/api/v2/tenants/\(tenant)/databases/\(database)/collections" }
  }

  package static let kind = "chroma"
  package var kind: String { Self.kind }

  private struct Name: Hashable {
    let space: UUID
    let tenant: TenantID
    var text: String { "\(Self.prefix(space))\(tenant.uuid.uuidString.lowercased())" }
    static func prefix(_ space: UUID) -> String { "index-\(space.uuidString.lowercased())-" }
  }

  private let address: Address
  private let key: String?
  private let client: HTTPClient
  /// Chroma's ids of collections, by which all calls go.
  private let known = Mutex<[Name: String]>([:])

  private static let questionTime = Duration.seconds(2)
  private static let writingTime = Duration.seconds(60)

  package init(_ address: Address, key: String?, client: HTTPClient) {
    self.address = address
    self.key = key
    self.client = client
  }

  package func put(
    _ vectors: [(chunk: UUID, vector: [Float])], of document: DocumentUploaded.Facts, tenant: TenantID,
    revision: EventID, in space: UUID
  ) async throws(VectorStoreError) {
    guard !vectors.isEmpty else { return }
    let metadata = ChromaMetadata(
      document: document.document, revision: revision, base: document.base ?? "", tags: document.tags ?? [])
    let body = Upsert(
      ids: vectors.map { $0.chunk.uuidString.lowercased() }, embeddings: vectors.map(\.vector),
      metadatas: vectors.map { _ in metadata })
    let name = Name(space: space, tenant: tenant)
    let done = try await call(
      "upsert", of: name, body, making: true, timeout: Self.writingTime, as: Ignored.self)
    guard done != nil else { throw VectorStoreError("the collection vanishes in Chroma", isRetriable: true) }
  }

  package func nearest(
    to vector: [Float], of tenant: TenantID, filter: KnowledgeIndex.Filter, most: Int, in space: UUID
  ) async throws(VectorStoreError) -> [NearChunk] {
    guard let condition = ChromaCondition.of(filter) else { return [] }
    let body = Query(queryEmbeddings: [vector], results: most, condition: condition.clause)
    let name = Name(space: space, tenant: tenant)
    let found = try await call("query", of: name, body, timeout: Self.questionTime, as: Found.self)
    guard let found, let ids = found.ids.first, let distances = found.distances.first else { return [] }
    return zip(ids, distances).compactMap { id, distance in
      // Of the inner product Chroma says 1 - a·b.
      UUID(uuidString: id).map { NearChunk(chunk: $0, similarity: 1 - (distance ?? 1)) }
    }
  }

  package func remove(
    _ document: DocumentID, revision: EventID, of tenant: TenantID, from space: UUID
  ) async throws(VectorStoreError) {
    let clause = ChromaCondition.text(document: document, revision: revision)
    _ = try await call(
      "delete", of: Name(space: space, tenant: tenant), Delete(condition: clause),
      timeout: Self.writingTime, as: Ignored.self)
  }

  package func drop(_ space: UUID) async throws(VectorStoreError) {
    for collection in try await collections(of: space, Self.writingTime) {
      _ = try await send("DELETE", "\(address.collections)/\(collection.name)", nil, Self.writingTime)
    }
    known.withLock { known in known = known.filter { $0.key.space != space } }
  }

  package func holds(_ space: UUID) async throws(VectorStoreError) -> Bool {
    try await !collections(of: space, Self.questionTime).isEmpty
  }

  private func collections(
    of space: UUID, _ timeout: Duration
  ) async throws(VectorStoreError) -> [Collection] {
    var mine: [Collection] = []
    var offset = 0
    let page = 100
    while true {
      let listed = try await send(
        "GET", "\(address.collections)?limit=\(page)&offset=\(offset)", nil, timeout)
      let collections = try read([Collection].self, from: listed)
      mine += collections.filter { $0.name.hasPrefix(Name.prefix(space)) }
      if collections.count < page { return mine }
      offset += page
    }
  }

  package func check() async throws(VectorStoreError) {
    let answer = try await send("GET", "\(address.collections)?limit=1", nil, Self.questionTime)
    _ = try read([Collection].self, from: answer)
  }

  /// Nil when there is no such collection.
  private func call<Body: Encodable, Answer: Decodable>(
    _ verb: String, of name: Name, _ body: Body, making: Bool = false, timeout: Duration, as type: Answer.Type
  ) async throws(VectorStoreError) -> Answer? {
    // Once more where the id that is remembered is of a collection that was removed.
    for _ in 0..<2 {
      guard let id = try await id(of: name, making: making, timeout) else { return nil }
      let bytes: [UInt8]
      do { bytes = try JSON.encode(body) } catch {
        throw VectorStoreError("vectors cannot be written: \(error)", isRetriable: false)
      }
      let response = try await send("POST", "\(address.collections)/\(id)/\(verb)", bytes, timeout)
      if response.status != 404 { return try read(type, from: response) }
      known.withLock { $0[name] = nil }
    }
    return nil
  }

  private func id(
    of name: Name, making: Bool, _ timeout: Duration
  ) async throws(VectorStoreError) -> String? {
    if let id = known.withLock({ $0[name] }) { return id }
    let response: HTTPResponse
    if making {
      let bytes: [UInt8]
      do { bytes = try JSON.encode(Make(name: name.text)) } catch {
        throw VectorStoreError("a collection cannot be named: \(error)", isRetriable: false)
      }
      response = try await send("POST", address.collections, bytes, timeout)
    } else {
      response = try await send("GET", "\(address.collections)/\(name.text)", nil, timeout)
      if response.status == 404 { return nil }
    }
    let id = try read(Collection.self, from: response).id
    known.withLock { $0[name] = id }
    return id
  }

  private func send(
    _ method: String, _ url: String, _ body: [UInt8]?, _ timeout: Duration
  ) async throws(VectorStoreError) -> HTTPResponse {
    var headers = body == nil ? [] : [("content-type", "application/json")]
    if let key { headers.append(("x-chroma-token", key)) }
    do {
      return try await client.send(
        HTTPRequest(
          method: method, url: url, headers: headers, body: body ?? [], connectTimeout: timeout,
          timeout: timeout))
    } catch {
      throw VectorStoreError("Chroma cannot be reached: \(error)", isRetriable: true)
    }
  }

  private func read<Answer: Decodable>(
    _ type: Answer.Type, from response: HTTPResponse
  ) throws(VectorStoreError) -> Answer {
    guard (200..<300).contains(response.status) else {
      throw VectorStoreError(
        "Chroma answered \(response.status)",
        // A database that does not exist yet, or a wrong key, may be there the next time.
        isRetriable: response.status != 422)
    }
    do { return try JSON.decode(type, from: response.body) } catch {
      throw VectorStoreError("Chroma's answer is not understood: \(error)", isRetriable: true)
    }
  }
}

private struct Collection: Decodable {
  let id: String
  let name: String
}

private struct Make: Encodable {
  struct Configuration: Encodable {
    struct Graph: Encodable {
      let space = "ip"
      let searched = 100
      enum CodingKeys: String, CodingKey {
        case space
        case searched = "ef_search"
      }
    }
    let hnsw = Graph()
  }
  let name: String
  let configuration = Configuration()
  let isKept = true
  enum CodingKeys: String, CodingKey {
    case name, configuration
    case isKept = "get_or_create"
  }
}

private struct Upsert: Encodable {
  let ids: [String]
  let embeddings: [[Float]]
  let metadatas: [ChromaMetadata]
}

private struct Query: Encodable {
  let queryEmbeddings: [[Float]]
  let results: Int
  let condition: ChromaClause?
  let include = ["distances"]
  enum CodingKeys: String, CodingKey {
    case queryEmbeddings = "query_embeddings"
    case results = "n_results"
    case condition = "where"
    case include
  }
}

private struct Delete: Encodable {
  let condition: ChromaClause
  enum CodingKeys: String, CodingKey { case condition = "where" }
}

private struct Found: Decodable {
  let ids: [[String]]
  let distances: [[Double?]]
}

private struct Ignored: Decodable {}
