import Foundation
import HTTPClient
import JSON
import Postgres
import TestKit
import TestServers
import Testing

/// What `aigentable reindex` does not do, because questions would be searched by their words alone afterwards.
@Suite(.serialized) struct ReindexRefusalTests {
  @Test(.timeLimit(.minutes(5)))
  func aVersionThatCannotBeSearchedByItsVectorsIsNotGoneBackTo() async throws {
    let (embedding, chroma) = (try EmbeddingServer(), try ChromaServer())
    let nowhere = "127.0.0.1:\(try SocketServer.unusedPort())"
    let inChroma = ["AIGENTABLE_VECTOR_STORE": "chroma://127.0.0.1:\(chroma.port)"]
    func with(_ setting: String, _ value: String) -> [String: String] {
      inChroma.merging(["AIGENTABLE_\(setting)": value]) { $1 }
    }
    try await TestDatabase.with(connections: 2, migrated: false) { database in
      try await Installation.with(database: database.url, embedding.settings) { installation in
        let place = installation.place
        func isRefused(_ arguments: [String], _ settings: [String: String], _ words: String) async throws {
          let before = try await state(database)
          let program = try place.start(["reindex"] + arguments, settings)
          #expect(await program.ended() != 0 && program.printed.contains(words), "\(program.printed)")
          #expect(try await state(database) == before, "\(arguments) \(settings)")
        }
        let engine = try await installation.serve()
        try await installation.indexed()
        #expect(try await place.run(["reindex"], inChroma).contains("index 2 is live"))
        // To one in Postgres whatever is set for the next.
        #expect(try await place.run(["reindex", "--back"], inChroma).contains("index 1 is live"))
        // What the other one would be brought up to date with.
        try await installation.indexed(try await installation.upload("Terms", "You are paid within a week."))
        #expect(await engine.stop() == 0, "\(engine.printed)")

        try await isRefused(
          [], with("VECTOR_STORE", "chroma://\(nowhere)"), "Chroma cannot be reached")
        let held = "index 2 holds vectors of four"
        for (settings, words) in [
          ([:], "\(held) in chroma, and postgres is configured: set AIGENTABLE_VECTOR_STORE"),
          (
            with("VECTOR_STORE", "chroma://\(nowhere)"),
            "\(held) in chroma, and Chroma cannot be reached"
          ),
          (
            with("EMBEDDING_URL", ""),
            "\(held), and no model is configured: set AIGENTABLE_EMBEDDING_URL"
          ),
          (
            with("EMBEDDING_MODEL", "five"),
            "\(held), and five is configured: set AIGENTABLE_EMBEDDING_URL"
          ),
          (
            with("EMBEDDING_DIMENSIONS", "8"),
            "\(held) with 4 numbers each, and 8 are configured: set AIGENTABLE_EMBEDDING_DIMENSIONS"
          ),
          (
            with("EMBEDDING_URL", "http://\(nowhere)"),
            "\(held), and the embedding server cannot be reached"
          ),
        ] { try await isRefused(["--back"], settings, words) }
        try await isRefused(["--back", "--dry-run"], [:], "\(held) in chroma, and postgres is configured")
        try await isRefused(["--back", "--drop"], [:], "--drop goes with neither --back nor --dry-run")
        let doctor = try place.start(["doctor"], ["AIGENTABLE_EMBEDDING_DIMENSIONS": "8"])
        #expect(await doctor.ended() == 1, "\(doctor.printed)")
        #expect(
          doctor.printed.contains(
            "index 1 holds vectors of four (4 numbers), and four (8 numbers) is configured"),
          "\(doctor.printed)")
        #expect(try await place.run(["reindex", "--back"], inChroma).contains("index 2 is live"))
        #expect(try await place.run(["reindex", "--back"], inChroma).contains("index 1 is live"))

        // Chroma answers, and has lost its data.
        try await empty(chroma, place)
        try await isRefused(["--back"], inChroma, "\(held) in chroma, and none are there")
        #expect(try await place.run(["reindex"], inChroma).contains("index 3 is live"))

        // The vectors of the one in Postgres go with pgvector.
        try await database.pool.withConnection { try $0.executeScript("drop extension vector cascade") }
        try await isRefused(
          ["--back"], inChroma, "index 1 holds vectors of four in postgres, and they went when the extension")
        // What is built without has none, and is gone on with.
        for _ in 1...2 {
          let tried = try await place.run(["reindex", "--dry-run"])
          #expect(tried.contains("index 4 is built: chunks of 240 tokens, no vectors"), "\(tried)")
        }
      }
    }
    embedding.stop()
    withExtendedLifetime(chroma) {}
  }

  /// All that a run could change.
  private func state(_ database: TestDatabase) async throws -> [String] {
    try await database.pool.withConnection { connection in
      let schemas = try connection.execute(
        "select nspname::text from pg_namespace where nspname ~ '^index_[0-9]+$' order by 1"
      ).map { $0.text(0) }
      let tables =
        ["knowledge.live", "knowledge.version"] + schemas.flatMap { ["\($0).chunk", "\($0).document"] }
      return try tables.map { table in
        let rows = try connection.execute(
          "select coalesce(string_agg(t::text, '|' order by t::text), '') from \(table) as t")
        return "\(table): \(rows[0].text(0))"
      }
    }
  }

  /// Removes all collections that there are.
  private func empty(_ chroma: ChromaServer, _ place: Workplace) async throws {
    let all = "\(chroma.url)/api/v2/tenants/default_tenant/databases/default_database/collections"
    let listed = try await place.client.send(HTTPRequest(url: all))
    let names = try JSONValue(parsing: listed.body).array?.compactMap { $0["name"]?.string } ?? []
    #expect(!names.isEmpty)
    for name in names {
      let response = try await place.client.send(HTTPRequest(method: "DELETE", url: "\(all)/\(name)"))
      #expect((200..<300).contains(response.status), "\(name): \(response.status)")
    }
  }
}
