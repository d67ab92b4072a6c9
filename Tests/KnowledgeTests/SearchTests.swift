import Contracts
import Extraction
import Foundation
import Knowledge
import Postgres
import TestKit
import Testing

@Suite struct SearchTests {
  private let tenant = TenantID(UUID.version7())

  /// An index with vectors of three numbers, and means to fill it.
  private func with(_ body: (IndexFixture) async throws -> Void) async throws {
    try await TestDatabase.with(connections: 2) { database in
      let version = try await database.pool.withTransaction { transaction in
        try IndexVersions.make(
          TestDatabase.home, sizes: ChunkSizes(), model: EmbeddingModel(name: "three", dimensions: 3),
          in: transaction)
      }
      try #require(version.dimensions == 3, "the tests' Postgres has pgvector")
      try await body(IndexFixture(pool: database.pool, version: version))
    }
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

  @Test func meaningFindsWhatNoWordFinds() async throws {
    try await with { index in
      _ = try await index.add(tenant, "Opening hours", vector: [0, 1, 0])
      let money = try await index.add(tenant, "Your money back", vector: [0.8, 0.6, 0])
      #expect(try await index.search(tenant, "reimbursement", vector: [1, 0, 0]).map(\.document) == [money])
      #expect(try await index.search(tenant, "reimbursement").isEmpty)
    }
  }

  @Test func whatWordsAndMeaningAgreeOnComesFirst() async throws {
    try await with { index in
      let words = try await index.add(tenant, "refund refund", vector: [0, 1, 0])
      let meaning = try await index.add(tenant, "money back", vector: [1, 0, 0])
      let both = try await index.add(tenant, "refund of what you paid", vector: [0.9, 0.4359, 0])
      #expect(
        try await index.search(tenant, "refund", vector: [1, 0, 0]).map(\.document) == [both, words, meaning])
    }
  }

  @Test func tenantsBasesTagsAndDocumentsNarrowASearch() async throws {
    try await with { index in
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

  @Test func statisticsFollowWhatGoesAndWhatIsReplaced() async throws {
    try await with { index in
      let one = try await index.add(tenant, "Refund rules")
      let two = try await index.add(tenant, "Refund costs")
      #expect(try await index.search(tenant, "rules").map(\.document) == [one])
      try await index.replace(one, tenant, "Refund terms")
      #expect(try await index.search(tenant, "rules").isEmpty)
      #expect(try await index.search(tenant, "terms").map(\.document) == [one])
      try await index.remove(two)
      try await index.remove(one)
      let left = try await index.pool.withConnection { [version = index.version] connection in
        try connection.execute(
          """
          select (select count(*) from \(version.schema).term where chunks <> 0),
            (select count(*) from \(version.schema).corpus where chunks <> 0 or words <> 0),
            (select count(*) from \(version.schema).chunk), (select count(*) from \(version.schema).embedding)
          """
        ).map { (0..<4).map($0.int8) }[0]
      }
      #expect(left == [0, 0, 0, 0])
    }
  }

  @Test func whatIsPutAsideIsNotFound() async throws {
    try await with { index in
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

/// Documents of one chunk each.
struct IndexFixture: Sendable {
  let pool: PostgresPool
  let version: IndexVersion

  func add(
    _ tenant: TenantID, _ text: String, vector: [Float]? = nil, base: String? = nil, tags: [String]? = nil
  ) async throws -> DocumentID {
    let document = try await stage(tenant, text, vector: vector, base: base, tags: tags)
    try await pool.withTransaction { [version] in try IndexWriter(version).publish(document, in: $0) }
    return document
  }

  func replace(_ document: DocumentID, _ tenant: TenantID, _ text: String) async throws {
    _ = try await stage(tenant, text, as: document)
    try await pool.withTransaction { [version] in try IndexWriter(version).publish(document, in: $0) }
  }

  func remove(_ document: DocumentID) async throws {
    try await pool.withTransaction { [version] in try IndexWriter(version).withdraw(document, in: $0) }
  }

  func stage(
    _ tenant: TenantID, _ text: String, vector: [Float]? = nil, base: String? = nil, tags: [String]? = nil,
    as known: DocumentID? = nil
  ) async throws -> DocumentID {
    let id = known ?? DocumentID(UUID.version7())
    let facts = DocumentUploaded.Facts(
      document: id, title: "", mediaType: "text/plain", language: "english", bytes: 1, blob: "", base: base,
      tags: tags)
    try await pool.withTransaction { [version] transaction in
      try IndexWriter(version).stage(
        [Chunk(heading: "", place: "", text: text)], first: 0, vectors: vector.map { [$0] }, of: facts,
        tenant: tenant, revision: EventID(UUID.version7()), in: transaction)
    }
    return id
  }

  func search(
    _ tenant: TenantID, _ text: String, vector: [Float]? = nil, filter: KnowledgeIndex.Filter = .init()
  ) async throws -> [KnowledgeIndex.Match] {
    try await pool.withTransaction { [version] transaction in
      try KnowledgeIndex.search(
        [.init(tenant: tenant, language: "english", text: text, vector: vector, filter: filter, limit: 10)],
        version: version, in: transaction)[0]
    }
  }
}
