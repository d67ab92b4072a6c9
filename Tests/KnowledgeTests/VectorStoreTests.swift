import Contracts
import Foundation
import HTTPClient
import Knowledge
import Postgres
import TestKit
import TestServers
import Testing

/// What is different when vectors lie outside of Postgres: the store may be away, or behind.
@Suite(.serialized) struct VectorStoreTests {
  private let tenant = TenantID(UUID.version7())

  private func store(_ url: String) -> ChromaStore {
    ChromaStore(.init(url: url), key: nil, client: HTTPClient())
  }

  private func make(_ database: TestDatabase) async throws -> IndexVersion {
    try await database.pool.withTransaction { transaction in
      try IndexVersions.make(
        TestDatabase.home, sizes: ChunkSizes(), model: FixedEmbedder.model, store: ChromaStore.kind,
        in: transaction)
    }
  }

  @Test func aStoreThatIsAwayLeavesTheWordsAndIsMissed() async throws {
    try await TestDatabase.with(connections: 2) { database in
      let server = try ChromaServer()
      let index = IndexFixture(
        pool: database.pool, version: try await make(database), store: store(server.url))
      let document = try await index.add(tenant, "Refund rules", vector: [1, 0, 0])
      let there = try await index.found(tenant, "refund", vector: [1, 0, 0])
      #expect(there.vectors == "chroma" && there.missed == [] && there.matches.map(\.document) == [document])
      let away = IndexFixture(
        pool: index.pool, version: index.version,
        store: store("http://127.0.0.1:\(try SocketServer.unusedPort())"))
      let found = try await away.found(tenant, "refund", vector: [1, 0, 0])
      #expect(found.matches.map(\.document) == [document])
      #expect(found.vectors == nil && found.missed == [.vectorStore])
      withExtendedLifetime(server) {}
    }
  }

  @Test func aStoreThatHangsCostsTwoSecondsAtMost() async throws {
    try await TestDatabase.with(connections: 2) { database in
      let silent = try SocketServer { connection, _ in while connection.readRequest() != nil {} }
      let index = IndexFixture(
        pool: database.pool, version: try await make(database), store: store(silent.url))
      let start = ContinuousClock.now
      let found = try await index.found(tenant, "refund", vector: [1, 0, 0])
      #expect(found.missed == [.vectorStore])
      #expect(ContinuousClock.now - start < .seconds(20))
      silent.stop()
    }
  }

  @Test(arguments: ["no json", "{}", #"{"ids":[["x"]],"distances":[[0.1]]}"#, #"{"ids":[],"distances":[]}"#])
  func whatMakesNoSenseFindsNothing(answer: String) async throws {
    try await TestDatabase.with(connections: 2) { database in
      let server = try SocketServer { connection, _ in
        while let request = connection.readRequest() {
          connection.respond(
            "200 OK", request.head.contains("/query") ? answer : #"{"id":"1","name":"index"}"#)
        }
      }
      let index = IndexFixture(
        pool: database.pool, version: try await make(database), store: store(server.url))
      #expect(try await index.search(tenant, "refund", vector: [1, 0, 0]).isEmpty)
      server.stop()
    }
  }

  @Test func anotherTenantsChunkIsNotShownWhateverTheStoreSays() async throws {
    try await TestDatabase.with(connections: 2) { database in
      let version = try await make(database)
      let other = TenantID(UUID.version7())
      let revision = EventID(UUID.version7())
      let chunk = IndexWriter(version).ids(1, first: 0, revision: revision)[0]
      let document = DocumentID(UUID.version7())
      let facts = DocumentUploaded.Facts(
        document: document, title: "", mediaType: "text/plain", language: "english", bytes: 1, blob: "")
      try await database.pool.withTransaction { transaction in
        let writer = IndexWriter(version)
        try writer.stage(
          [Chunk(heading: "", place: "", text: "Secret")], first: 0, vectors: nil, of: facts, tenant: other,
          revision: revision, in: transaction)
        try writer.publish(document, in: transaction)
      }
      let answer = #"{"ids":[["\#(chunk.uuidString)"]],"distances":[[0.0]]}"#
      let server = try SocketServer { connection, _ in
        while let request = connection.readRequest() {
          connection.respond(
            "200 OK", request.head.contains("/query") ? answer : #"{"id":"1","name":"index"}"#)
        }
      }
      let index = IndexFixture(pool: database.pool, version: version, store: store(server.url))
      #expect(try await index.search(tenant, "anything", vector: [1, 0, 0]).isEmpty)
      #expect(try await index.search(other, "anything", vector: [1, 0, 0]).map(\.document) == [document])
      server.stop()
    }
  }

  @Test func whatIsRemovedWhileTheStoreIsAwayIsRemovedWhenItIsBack() async throws {
    try await TestDatabase.with(connections: 2) { database in
      let server = try ChromaServer()
      let index = IndexFixture(
        pool: database.pool, version: try await make(database), store: store(server.url))
      let document = try await index.add(tenant, "Refund rules", vector: [1, 0, 0])
      let space = try #require(index.version.space)
      try await index.remove(document)
      let away = store("http://127.0.0.1:\(try SocketServer.unusedPort())")
      await #expect(throws: VectorStoreError.self) {
        try await StaleVectors.remove(from: away, pool: database.pool)
      }
      #expect(try await database.pool.withTransaction { try StaleVectors.count(in: $0) } == 1)
      // Still there, and found by nobody.
      let back = store(server.url)
      #expect(
        try await back.nearest(to: [1, 0, 0], of: tenant, filter: .init(), most: 9, in: space.id).count == 1)
      #expect(try await index.search(tenant, "refund", vector: [1, 0, 0]).isEmpty)
      #expect(try await StaleVectors.remove(from: back, pool: database.pool) == 1)
      #expect(
        try await back.nearest(to: [1, 0, 0], of: tenant, filter: .init(), most: 9, in: space.id).isEmpty)
      withExtendedLifetime(server) {}
    }
  }

  @Test func aVersionThatIsDroppedLeavesNothingAndTakesNothingOfTheOthers() async throws {
    try await TestDatabase.with(connections: 2) { database in
      let server = try ChromaServer()
      let store = store(server.url)
      let old = IndexFixture(pool: database.pool, version: try await make(database), store: store)
      let new = IndexFixture(pool: database.pool, version: try await make(database), store: store)
      let other = TenantID(UUID.version7())
      for tenant in [tenant, other] {
        for index in [old, new] { _ = try await index.add(tenant, "Refund", vector: [1, 0, 0]) }
      }
      for index in [old, new] { #expect(try await store.holds(#require(index.version.space).id)) }
      try await database.pool.withTransaction { try IndexVersions.drop(old.version, in: $0) }
      #expect(try await StaleVectors.remove(from: store, pool: database.pool) == 1)
      #expect(try await !store.holds(#require(old.version.space).id))
      #expect(try await store.holds(#require(new.version.space).id))
      for tenant in [tenant, other] {
        func count(_ index: IndexFixture) async throws -> Int {
          let space = try #require(index.version.space)
          return try await store.nearest(
            to: [1, 0, 0], of: tenant, filter: .init(), most: 9, in: space.id
          ).count
        }
        #expect(try await count(old) == 0)
        #expect(try await count(new) == 1)
      }
      withExtendedLifetime(server) {}
    }
  }

  /// Chroma lists its collections a hundred at a time.
  @Test func aSpaceOfManyTenantsIsFoundAndDroppedWhole() async throws {
    let server = try ChromaServer()
    let store = store(server.url)
    let (many, one) = (UUID(), UUID())
    let facts = DocumentUploaded.Facts(
      document: DocumentID(UUID.version7()), title: "", mediaType: "text/plain", language: "english",
      bytes: 1,
      blob: "")
    for space in [UUID](repeating: many, count: 101) + [one] {
      try await store.put(
        [(chunk: UUID(), vector: [1, 0, 0])], of: facts, tenant: TenantID(UUID.version7()),
        revision: EventID(UUID.version7()), in: space)
    }
    for space in [many, one] { #expect(try await store.holds(space)) }
    try await store.drop(many)
    #expect(try await !store.holds(many))
    #expect(try await store.holds(one))
    withExtendedLifetime(server) {}
  }
}
