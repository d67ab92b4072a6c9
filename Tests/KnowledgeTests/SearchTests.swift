import Contracts
import Extraction
import Foundation
import HTTPClient
import Knowledge
import Postgres
import TestKit
import TestServers
import Testing

/// Where vectors lie: whatever a search promises holds in each.
enum VectorPlace: CaseIterable { case postgres, chroma }

@Suite(.serialized) struct SearchTests {
  private let tenant = TenantID(UUID.version7())

  /// An index with vectors of three numbers, and means to fill it.
  private func with(
    _ place: VectorPlace = .postgres, _ body: (IndexFixture) async throws -> Void
  ) async throws {
    let server = try place == .chroma ? ChromaServer() : nil
    let store = server.map { ChromaStore(.init(url: $0.url), key: nil, client: HTTPClient()) }
    try await TestDatabase.with(connections: 2) { database in
      let version = try await database.pool.withTransaction { transaction in
        try IndexVersions.make(
          TestDatabase.home, sizes: ChunkSizes(), model: FixedEmbedder.model, store: store?.kind,
          in: transaction)
      }
      try #require(version.dimensions == 3, "the tests' Postgres has pgvector")
      try await body(IndexFixture(pool: database.pool, version: version, store: store))
    }
    withExtendedLifetime(server) {}
  }

  @Test func rareWordsCountMoreThanFrequentOnes() async throws {
    try await with { index in
      for number in 0..<20 { _ = try await index.add(tenant, "Shipping costs of country \(number)") }
      let rare = try await index.add(tenant, "Shipping to Iceland")
      let found = try await index.search(tenant, "shipping costs iceland")
      #expect(found.first?.document == rare)
      #expect(found.count == 10)
    }
  }

  @Test func aShortTextThatSaysItTwiceComesBeforeALongOneThatSaysItOnce() async throws {
    try await with { index in
      let long = try await index.add(
        tenant, "Refunds " + (1...200).map { "word\($0)" }.joined(separator: " "))
      let short = try await index.add(tenant, "Refunds: how refunds work")
      #expect(try await index.search(tenant, "refund").map(\.document) == [short, long])
    }
  }

  @Test(arguments: VectorPlace.allCases)
  func meaningFindsWhatNoWordFinds(place: VectorPlace) async throws {
    try await with(place) { index in
      _ = try await index.add(tenant, "Opening hours", vector: [0, 1, 0])
      let money = try await index.add(tenant, "Your money back", vector: [0.8, 0.6, 0])
      #expect(try await index.search(tenant, "reimbursement", vector: [1, 0, 0]).map(\.document) == [money])
      #expect(try await index.search(tenant, "reimbursement").isEmpty)
    }
  }

  @Test(arguments: VectorPlace.allCases)
  func whatWordsAndMeaningAgreeOnComesFirst(place: VectorPlace) async throws {
    try await with(place) { index in
      let words = try await index.add(tenant, "refund refund", vector: [0, 1, 0])
      let meaning = try await index.add(tenant, "money back", vector: [1, 0, 0])
      let both = try await index.add(tenant, "refund of what you paid", vector: [0.9, 0.4359, 0])
      #expect(
        try await index.search(tenant, "refund", vector: [1, 0, 0]).map(\.document) == [both, words, meaning])
    }
  }

  @Test(arguments: VectorPlace.allCases)
  func tenantsBasesTagsAndDocumentsNarrowASearch(place: VectorPlace) async throws {
    try await with(place) { index in
      let other = TenantID(UUID.version7())
      _ = try await index.add(other, "Refund rules", vector: [1, 0, 0])
      let shop = try await index.add(
        tenant, "Refund rules", vector: [1, 0, 0], base: "shop", tags: ["de", "new"])
      let blog = try await index.add(tenant, "Refund rules", vector: [1, 0, 0], base: "blog")
      func found(_ filter: KnowledgeIndex.Filter) async throws -> Set<DocumentID> {
        Set(try await index.search(tenant, "refund", vector: [1, 0, 0], filter: filter).map(\.document))
      }
      #expect(try await found(.init()) == [shop, blog])
      #expect(try await found(.init(bases: ["shop"])) == [shop])
      #expect(try await found(.init(tags: ["new", "old"])) == [shop])
      #expect(try await found(.init(documents: [blog])) == [blog])
      #expect(try await found(.init(bases: [])) == [])
    }
  }

  @Test(arguments: VectorPlace.allCases)
  func statisticsFollowWhatGoesAndWhatIsReplaced(place: VectorPlace) async throws {
    try await with(place) { index in
      let one = try await index.add(tenant, "Refund rules", vector: [1, 0, 0])
      let two = try await index.add(tenant, "Refund costs", vector: [0, 1, 0])
      #expect(try await index.search(tenant, "rules").map(\.document) == [one])
      try await index.replace(one, tenant, "Refund terms", vector: [0, 0, 1])
      #expect(try await index.vectors(of: tenant) == 2)
      #expect(try await index.search(tenant, "rules").isEmpty)
      #expect(try await index.search(tenant, "terms").map(\.document) == [one])
      try await index.remove(two)
      try await index.remove(one)
      let left = try await index.pool.withConnection { [version = index.version] connection in
        try connection.execute(
          """
          select (select count(*) from \(version.schema).term where chunks <> 0),
            (select count(*) from \(version.schema).corpus where chunks <> 0 or words <> 0),
            (select count(*) from \(version.schema).chunk)
          """
        ).map { (0..<3).map($0.int8) }[0]
      }
      #expect(left == [0, 0, 0])
      #expect(try await index.vectors(of: tenant) == 0)
    }
  }

  @Test(arguments: VectorPlace.allCases)
  func whatIsPutAsideIsNotFound(place: VectorPlace) async throws {
    try await with(place) { index in
      let document = try await index.stage(tenant, "Refund rules", vector: [1, 0, 0])
      #expect(try await index.search(tenant, "refund", vector: [1, 0, 0]).isEmpty)
      try await index.pool.withTransaction { [version = index.version] in
        try IndexWriter(version).discard(document, in: $0)
      }
      try await index.pool.withTransaction { [version = index.version] in
        try IndexWriter(version).publish(document, in: $0)
      }
      #expect(try await index.search(tenant, "refund", vector: [1, 0, 0]).isEmpty)
    }
  }

  @Test func hostileWordsAreOnlyWords() async throws {
    try await with { index in
      let document = try await index.add(tenant, #"It's a 'quoted' \ back\slash & | ! <-> :* word"#)
      for text in [#"'quoted' \ & back\slash"#, "!!! ((( :*", "", String(repeating: "word ", count: 5_000)] {
        let found = try await index.search(tenant, text)
        #expect(found.isEmpty || found.map(\.document) == [document])
      }
    }
  }
}

/// Gives every text the vector that it was made with.
struct FixedEmbedder: Embedder {
  static let model = EmbeddingModel(name: "three", dimensions: 3)
  var model: EmbeddingModel { Self.model }
  let vector: [Float]
  func embed(_ texts: [String], for purpose: EmbeddingPurpose) async throws(EmbeddingError) -> [[Float]] {
    texts.map { _ in vector }
  }
}

/// Documents of one chunk each.
struct IndexFixture: Sendable {
  let pool: PostgresPool
  let version: IndexVersion
  let store: ChromaStore?

  func add(
    _ tenant: TenantID, _ text: String, vector: [Float]? = nil, base: String? = nil, tags: [String]? = nil
  ) async throws -> DocumentID {
    let document = try await stage(tenant, text, vector: vector, base: base, tags: tags)
    try await pool.withTransaction { [version] in try IndexWriter(version).publish(document, in: $0) }
    return document
  }

  func replace(_ document: DocumentID, _ tenant: TenantID, _ text: String, vector: [Float]) async throws {
    _ = try await stage(tenant, text, vector: vector, as: document)
    try await pool.withTransaction { [version] in try IndexWriter(version).publish(document, in: $0) }
  }

  func remove(_ document: DocumentID) async throws {
    try await pool.withTransaction { [version] in try IndexWriter(version).withdraw(document, in: $0) }
  }

  /// How many vectors are left of a tenant, once all that is noted has been removed.
  func vectors(of tenant: TenantID) async throws -> Int {
    guard let store, let space = version.space else {
      return try await pool.withConnection { [version] connection in
        Int(try connection.execute("select count(*) from \(version.schema).embedding")[0].int8(0))
      }
    }
    try await StaleVectors.remove(from: store, pool: pool)
    return try await store.nearest(to: [1, 0, 0], of: tenant, filter: .init(), most: 100, in: space.id).count
  }

  func stage(
    _ tenant: TenantID, _ text: String, vector: [Float]? = nil, base: String? = nil, tags: [String]? = nil,
    as known: DocumentID? = nil
  ) async throws -> DocumentID {
    let id = known ?? DocumentID(UUID.version7())
    let revision = EventID(UUID.version7())
    let facts = DocumentUploaded.Facts(
      document: id, title: "", mediaType: "text/plain", language: "english", bytes: 1, blob: "", base: base,
      tags: tags)
    let writer = IndexWriter(version)
    try await pool.withTransaction { [store] transaction in
      try writer.stage(
        [Chunk(heading: "", place: "", text: text)], first: 0,
        vectors: store == nil ? vector.map { [$0] } : nil, of: facts, tenant: tenant, revision: revision,
        in: transaction)
    }
    if let store, let vector, let space = version.space {
      try await store.put(
        [(writer.ids(1, first: 0, revision: revision)[0], vector)], of: facts, tenant: tenant,
        revision: revision, in: space.id)
    }
    return id
  }

  func search(
    _ tenant: TenantID, _ text: String, vector: [Float]? = nil, filter: KnowledgeIndex.Filter = .init()
  ) async throws -> [KnowledgeIndex.Match] {
    try await found(tenant, text, vector: vector, filter: filter).matches
  }

  func found(
    _ tenant: TenantID, _ text: String, vector: [Float]? = nil, filter: KnowledgeIndex.Filter = .init(),
    reranker: (any Reranker)? = nil, limit: Int = 10
  ) async throws -> FoundPassages {
    try await PassageFinder(
      pool: pool, embedder: vector.map { FixedEmbedder(vector: $0) }, store: store, reranker: reranker
    ).find(
      .init(tenant: tenant, language: "english", text: text, filter: filter, limit: limit), in: version)
  }
}
