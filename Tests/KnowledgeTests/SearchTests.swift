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

  /// Whatever language the agent has: a question is read in each that the tenant's documents are in.
  @Test(arguments: ["english", "german", "simple"])
  func documentsAreSearchedInTheirOwnLanguages(agents: String) async throws {
    try await with { index in
      let german = try await index.add(
        tenant, "Rückgabefristen betragen dreißig Tage.", language: "german")
      let english = try await index.add(tenant, "Our delivery times vary.", language: "english")
      func found(_ text: String) async throws -> [DocumentID] {
        try await index.found(tenant, text, language: agents).matches.map(\.document)
      }
      #expect(try await found("Wie lang ist die Rückgabefrist?") == [german])
      #expect(try await found("How much time does a delivery take?") == [english])
      try await index.remove(german)
      #expect(try await found("Wie lang ist die Rückgabefrist?").isEmpty)
    }
  }

  /// Of many chunks not all are compared: a graph leads to those that are near. What a filter leaves may be few again, which
  /// the graph passes by where they are not near.
  @Test func amongManyChunksTheGraphFindsWhatIsNearestAndFewThatAFilterLeavesAreComparedWhole() async throws {
    try await with { index in
      let other = TenantID(UUID.version7())
      let count = 20_000
      /// On a circle, so that what is nearest is known.
      func vector(_ step: Float) -> [Float] {
        let angle = step / Float(count) * 2 * .pi
        return [cos(angle), sin(angle), 0]
      }
      let many = try await index.add(
        tenant, (0..<count).map { "w\($0)" }, vectors: (0..<count).map { vector(Float($0)) }, tags: ["many"])
      // Opposite to what is asked for, whatever the graph looks at first.
      let steps = (0..<20).map { Float(count / 2) + Float($0) + 0.5 }
      let few = try await index.add(
        tenant, steps.map { "few\($0)" }, vectors: steps.map(vector), tags: ["few", "many"])
      _ = try await index.add(
        other, (0..<200).map { "w\($0)" }, vectors: (0..<200).map { vector(Float($0)) }, tags: ["few"])
      func near(_ filter: KnowledgeIndex.Filter, most: Int) async throws -> IndexFixture.Near {
        try await index.near(tenant, to: vector(0), filter, most: most)
      }
      // The twenty nearest lie within ten steps on either side; a graph may miss one now and then.
      let bound = cos(10 / Double(count) * 2 * .pi) - 0.001
      for filter in [KnowledgeIndex.Filter(), .init(tags: ["many"])] {
        let all = try await near(filter, most: 20)
        #expect(all.byGraph && all.found.count == 20 && all.found.allSatisfy { $0.0 == many }, "\(all)")
        #expect(all.found.count { $0.1 >= bound } >= 18, "\(all)")
      }
      for filter in [
        KnowledgeIndex.Filter(tags: ["few"]), .init(documents: [few]),
        // Each list alone leaves many, or more than are there.
        .init(bases: [""], tags: ["few", "none"]), .init(tags: ["many"], documents: [few]),
      ] {
        let narrow = try await near(filter, most: 30)
        #expect(!narrow.byGraph && narrow.found.count == 20, "\(filter): \(narrow)")
        #expect(narrow.found.allSatisfy { $0.0 == few })
        #expect(narrow.chunksRead <= 100, "\(filter): \(narrow.chunksRead)")
      }
      // More than are compared before the graph is asked, which does not come to them: they are compared then.
      let far = [[Float]](repeating: vector(Float(count / 2) + 0.25), count: 3_100)
      let some = try await index.add(tenant, far.indices.map { "far\($0)" }, vectors: far, tags: ["some"])
      let found = try await near(.init(tags: ["some"]), most: 30)
      #expect(found.byGraph && found.found.count == 30 && found.found.allSatisfy { $0.0 == some }, "\(found)")
      for filter in [KnowledgeIndex.Filter(bases: ["none"]), .init(tags: []), .init(documents: [])] {
        #expect(try await near(filter, most: 2).found.isEmpty)
      }
      try await index.remove(few)
      #expect(try await near(.init(tags: ["few"]), most: 2).found.isEmpty)
    }
  }

  /// Words that all texts have are read where they are asked for, not in what lies beside it.
  /// Where it is known that nearly all chunks are of one language, the others are told from it when they are read.
  @Test(arguments: [(1, false), (1, true), (6_000, true)])
  func aSmallLanguageAndANarrowFilterAreSearchedWithoutReadingTheRest(
    chunksOfOthers: Int, sizesAreKnown: Bool
  ) async throws {
    try await with { index in
      let others = try await index.add(
        TenantID(UUID.version7()), (0..<chunksOfOthers).map { "alpha beta gamma w7 w\($0)" },
        language: "english", tags: ["many"])
      // The same lexemes in both languages.
      let many = try await index.add(
        tenant, (0..<4_000).map { "alpha beta gamma w\($0)" }, language: "english", tags: ["many"])
      let german = try await index.add(tenant, ["alpha beta gamma w7"], language: "german", tags: ["many"])
      let few = try await index.add(
        tenant, ["alpha only", "beta only"], language: "english", tags: ["few", "many"])
      if sizesAreKnown { try await index.pool.withConnection { try $0.executeScript("analyze") } }
      func searched(
        _ question: String, _ language: String, _ filter: KnowledgeIndex.Filter = .init()
      ) async throws -> (found: Set<DocumentID>, chunksRead: Int) {
        try await index.byWords(tenant, question, in: language, filter)
      }
      #expect(try await searched("w7", "english").found == [many])
      for question in ["alpha", "alpha beta gamma"] {
        let small = try await searched(question, "german")
        #expect(small.found == [german])
        #expect(small.chunksRead <= 10, "\(small.chunksRead)")
        let large = try await searched(question, "english")
        #expect(large.found.isDisjoint(with: [german, others]))
        #expect(large.chunksRead <= 2_000, "\(large.chunksRead)")
        for filter in [KnowledgeIndex.Filter(tags: ["few"]), .init(tags: ["many"], documents: [few])] {
          let narrow = try await searched(question, "english", filter)
          #expect(narrow.found == [few])
          #expect(narrow.chunksRead <= 20, "\(filter): \(narrow.chunksRead)")
        }
      }
      // Each has one of the words alone, which is not looked for among many.
      let both = try await index.pool.withTransaction { [version = index.version, tenant] transaction in
        try KnowledgeIndex.search(
          [
            .init(
              tenant: tenant, language: "english", text: "alpha beta", filter: .init(tags: ["few"]), limit: 9)
          ],
          version: version, in: transaction)[0]
      }
      #expect(both.count == 2)
    }
  }

  /// More than are looked at of a language that the agent does not speak, but few enough for all to be ranked.
  @Test func whatANarrowFilterLeavesIsRankedWholeInEveryLanguage() async throws {
    try await with { index in
      let texts = (0..<400).map { "Lieferung \($0)" } + ["Lieferung Rarität"]
      let german = try await index.add(tenant, texts, language: "german", tags: ["few"])
      _ = try await index.add(
        tenant, (0..<600).map { "delivery \($0)" }, language: "english", tags: ["many"])
      let found = try await index.pool.withTransaction { [version = index.version, tenant] transaction in
        try KnowledgeIndex.search(
          [
            .init(
              tenant: tenant, language: "english", text: "Lieferung Rarität", filter: .init(tags: ["few"]),
              limit: 1)
          ],
          version: version, in: transaction)[0]
      }
      #expect(found.map(\.document) == [german])
      #expect(found.first?.text.contains("Rarität") == true, "\(found)")
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
    _ tenant: TenantID, _ text: String, vector: [Float]? = nil, base: String? = nil, tags: [String]? = nil,
    language: String = "english"
  ) async throws -> DocumentID {
    let document = try await stage(
      tenant, text, vector: vector, base: base, tags: tags, language: language)
    try await pool.withTransaction { [version] in try IndexWriter(version).publish(document, in: $0) }
    return document
  }

  /// A document of these chunks.
  func add(
    _ tenant: TenantID, _ texts: [String], vectors: [[Float]]? = nil, language: String = "simple",
    tags: [String]
  ) async throws -> DocumentID {
    let facts = DocumentUploaded.Facts(
      document: DocumentID(UUID.version7()), title: "", mediaType: "text/plain", language: language, bytes: 1,
      blob: "", tags: tags)
    try await pool.withTransaction { [version] transaction in
      let writer = IndexWriter(version)
      try writer.stage(
        texts.map { Chunk(heading: "", place: "", text: $0) }, first: 0, vectors: vectors,
        of: facts, tenant: tenant, revision: EventID(UUID.version7()), in: transaction)
      try writer.publish(facts.document, in: transaction)
    }
    return facts.document
  }

  struct Near: Sendable {
    let found: [(DocumentID, Double)]
    /// Whether the graph of vectors was asked.
    let byGraph: Bool
    let chunksRead: Int
  }

  func near(
    _ tenant: TenantID, to vector: [Float], _ filter: KnowledgeIndex.Filter, most: Int
  ) async throws -> Near {
    let text = "[\(vector.map { "\($0)" }.joined(separator: ","))]"
    let (rows, work) = try await working(
      """
      by_vector($1, $2, $3::text[], $4::text[], $5::uuid[], $6) as w (chunk, similarity)
      """, [.uuid(tenant.uuid), .text(text)] + Self.parameters(filter) + [.int4(Int32(most))])
    return Near(found: rows, byGraph: work.graphs > 0, chunksRead: work.chunks)
  }

  /// What the words find in one language, and how many rows of chunks were read for it.
  func byWords(
    _ tenant: TenantID, _ question: String, in language: String, _ filter: KnowledgeIndex.Filter
  ) async throws -> (found: Set<DocumentID>, chunksRead: Int) {
    let schema = version.schema
    let (rows, work) = try await working(
      """
      by_words_in(
        $1, $2::regconfig, $3, \(schema).filter_query($1, $4::text[], $5::text[], $6::uuid[]),
        num_nonnulls($4, $5, $6) > 0 and \(schema).leaves_few($1, $4, $5, $6, 500), 500, 100
      ) as w (chunk, similarity)
      """, [.uuid(tenant.uuid), .text(language), .text(question)] + Self.parameters(filter))
    return (Set(rows.map(\.0)), work.chunks)
  }

  /// Rows of chunks that were read, and calls of the graph.
  private struct Work {
    let chunks: Int
    let graphs: Int
  }

  private func working(
    _ function: String, _ parameters: [PostgresParameter]
  ) async throws -> ([(DocumentID, Double)], Work) {
    try await pool.withTransaction { [schema = version.schema] transaction in
      try transaction.execute("set local track_functions = 'all'")
      // What earlier transactions of the connection did may be in it.
      func work() throws -> Work {
        let row = try transaction.execute(
          """
          select
            (
              select coalesce(sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)), 0)::bigint
              from pg_stat_xact_user_tables where schemaname = $1 and relname = 'chunk'
            ),
            (
              select coalesce(sum(calls), 0)::bigint from pg_stat_xact_user_functions
              where schemaname = $1 and funcname = 'by_graph'
            )
          """, [.text(schema)])[0]
        return Work(chunks: Int(row.int8(0)), graphs: Int(row.int8(1)))
      }
      let before = try work()
      let found = try transaction.execute(
        "select w.chunk, w.similarity from \(schema).\(function)", parameters
      ).map { ($0.uuid(0), $0.double(1)) }
      let after = try work()
      let rows = try transaction.execute(
        "select id, document from \(schema).chunk where id = any ($1)", [.uuids(found.map(\.0))])
      let documents = Dictionary(uniqueKeysWithValues: rows.map { ($0.uuid(0), DocumentID($0.uuid(1))) })
      return (
        found.compactMap { chunk, score in documents[chunk].map { ($0, score) } },
        Work(chunks: after.chunks - before.chunks, graphs: after.graphs - before.graphs)
      )
    }
  }

  private static func parameters(_ filter: KnowledgeIndex.Filter) -> [PostgresParameter] {
    [
      filter.bases.map { .texts($0) } ?? .null, filter.tags.map { .texts($0) } ?? .null,
      filter.documents.map { .uuids($0.map(\.uuid)) } ?? .null,
    ]
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
    language: String = "english", as known: DocumentID? = nil
  ) async throws -> DocumentID {
    let id = known ?? DocumentID(UUID.version7())
    let revision = EventID(UUID.version7())
    let facts = DocumentUploaded.Facts(
      document: id, title: "", mediaType: "text/plain", language: language, bytes: 1, blob: "", base: base,
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
    reranker: (any Reranker)? = nil, limit: Int = 10, language: String = "english"
  ) async throws -> FoundPassages {
    try await PassageFinder(
      pool: pool, embedder: vector.map { FixedEmbedder(vector: $0) }, store: store, reranker: reranker
    ).find(
      .init(tenant: tenant, language: language, text: text, filter: filter, limit: limit), in: version)
  }
}
