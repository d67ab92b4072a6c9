import Foundation
import HTTPClient
import JSON
import Postgres
import TestKit
import TestServers
import Testing

/// `aigentable reindex` beside a running engine that answers all the while.
@Suite(.serialized) struct ReindexTests {
  private static let contact = "15550178"

  /// Killed within the second lot of the log, and stopped within the third.
  @Test(.timeLimit(.minutes(5)))
  func aBuildThatWasEndedGoesOnWhereItStoodAndEmbedsNothingTwice() async throws {
    let embedding = try EmbeddingServer()
    try await TestDatabase.with(connections: 2, migrated: false) { database in
      try await Installation.with(database: database.url) { installation in
        let engine = try await installation.serve()
        try await installation.indexed()
        let place = installation.place
        var handedIn = try await documents(database, index: 1).count
        // Each makes two records, and a lot has 200 of them.
        for numbers in [101...200, 201...300, 301...305] {
          for number in numbers { _ = try await installation.upload("Item \(number)") }
          handedIn += numbers.count
          try await eventually("\(handedIn) documents are indexed", within: .seconds(120)) {
            try await documents(database, index: 1).count == handedIn ? true : nil
          }
        }
        let before = try await content(database, index: 1)

        var reached: [Int64] = []
        for (number, title) in [(1, "Item 250"), (2, "Item 303")] {
          embedding.hold(title)
          let building = try place.start(["reindex"], embedding.settings)
          try await eventually("the build has come to \(title)", within: .seconds(120)) {
            if building.hasEnded { throw TestSetupError(building.printed) }
            return embedding.held == number ? true : nil
          }
          let asked = try await installation.ask(
            "How do I send a jacket back?", from: Self.contact, number: number)
          #expect(try await asked.isFrom(index: 1, in: database), "\(asked)")
          try await nobodyElseIsLetIn(place, embedding.settings, database)
          if number == 1 { await building.crash() } else { await building.stop() }
          #expect(try await content(database, index: 1) == before)
          try await eventually("its session is over") {
            try await database.pool.withConnection {
              try $0.execute(
                """
                select from pg_stat_activity
                where datname = current_database() and application_name = 'aigentable-reindex'
                """
              ).isEmpty ? true : nil
            }
          }
          let (live, offset) = try await progress(database, of: 2)
          #expect(live == 1 && offset > reached.last ?? 0, "\(offset) after \(reached)")
          reached.append(offset)
        }

        let left = try await database.pool.withConnection { [reached] in
          try $0.execute(
            "select count(*) from log.record where type = 'document.uploaded' and \"offset\" >= $1",
            [.int8(reached[1])])[0].int8(0)
        }
        let whole = try await place.run(["reindex"], embedding.settings)
        #expect(whole.contains("index 1 is live; index 2 is built"), "\(whole)")
        #expect(whole.contains("100 % of the log, \(left) documents") && left < handedIn, "\(whole)")
        #expect(whole.contains("index 2 is live; aigentable reindex --back"), "\(whole)")
        let answered = embedding.answered
        #expect(answered.count >= handedIn && Set(answered).count == answered.count)
        let made = try await documents(database, index: 2)
        #expect(try await made == documents(database, index: 1) && made.count == handedIn)
        let without = try await database.pool.withConnection {
          try $0.execute(
            """
            select count(*) from index_2.chunk as c
            where not exists (select from index_2.embedding as e where e.chunk = c.id)
            """)[0].int8(0)
        }
        #expect(without == 0)
        // The one before is kept as it was.
        #expect(try await content(database, index: 1) == before)
        let asked = try await installation.ask("How do I send a jacket back?", from: Self.contact, number: 3)
        #expect(try await asked.isFrom(index: 2, in: database), "\(asked)")
        #expect(await engine.stop() == 0, "\(engine.printed)")
      }
    }
    embedding.stop()
  }

  /// What is asked has no word in common with what answers it: vectors alone find that.
  @Test(.timeLimit(.minutes(5)))
  func answersComeFromTheStoreOfTheLiveVersionAndTheOtherOneStaysUntilItIsDropped() async throws {
    let (embedding, chroma) = (try EmbeddingServer(), try ChromaServer())
    let inChroma = ["AIGENTABLE_VECTOR_STORE": "chroma://127.0.0.1:\(chroma.port)"]
    let inPostgres = ["AIGENTABLE_VECTOR_STORE": "postgres"]
    try await TestDatabase.with(connections: 2, migrated: false) { database in
      // The first version is made in Postgres; then Chroma is configured.
      try await Installation.with(database: database.url, embedding.settings) { installation in
        let place = installation.place
        place.add(inChroma)
        let engine = try await installation.serve()
        try await installation.indexed()
        let money = try await installation.upload("Terms", "You get what you paid back within a week.")
        try await installation.indexed(money)
        embedding.refuse("Refused")
        let refused = try await installation.upload("Refused")
        try await installation.reached("failed", refused)
        var asked = 0
        func expect(_ question: String, isAnsweredBy document: String, from index: Int64, in store: String)
          async throws
        {
          asked += 1
          let answer = try await installation.ask(question, from: Self.contact, number: asked)
          #expect(try await answer.isFrom(index: index, in: database), "\(answer)")
          #expect(answer.found["vectors"]?.string == store && answer.missed.isEmpty, "\(answer)")
          #expect(answer.documents == [document], "\(answer)")
        }
        try await expect("Reimbursement?", isAnsweredBy: money, from: 1, in: "postgres")
        let doctor = try place.start(["doctor"])
        #expect(await doctor.ended() == 1, "\(doctor.printed)")
        #expect(
          doctor.printed.contains("index 1 has its vectors in postgres, and chroma is configured"),
          "\(doctor.printed)")

        let moved = try await place.run(["reindex"])
        #expect(moved.contains("vectors of four in chroma") && moved.contains("index 2 is live"), "\(moved)")
        try await expect("Reimbursement?", isAnsweredBy: money, from: 2, in: "chroma")
        // What was refused when it was handed in, and is again, holds nothing up.
        let made = try await documents(database, index: 2)
        #expect(try await made == documents(database, index: 1) && !made.contains(refused))
        embedding.refuse(nil)
        #expect(try await place.run(["doctor"]).contains("vectors of four in chroma"))
        let spaces = try await collections(chroma, place)
        #expect(spaces.count == 1)

        // There and back, with what was handed in meanwhile.
        #expect(try await place.run(["reindex", "--back"]).contains("index 1 is live"))
        try await expect("Reimbursement?", isAnsweredBy: money, from: 1, in: "postgres")
        let trains = try await installation.upload("Travel", "Trains leave at noon.")
        try await installation.indexed(trains)
        #expect(try await place.run(["reindex", "--back"]).contains("index 2 is live"))
        try await expect("Departures?", isAnsweredBy: trains, from: 2, in: "chroma")
        #expect(try await collections(chroma, place) == spaces)

        // Back to Postgres: the version before the last one goes, the one in Chroma stays.
        let again = try await place.run(["reindex"], inPostgres)
        #expect(
          again.contains("vectors of four in postgres") && again.contains("index 3 is live"), "\(again)")
        try await expect("Departures?", isAnsweredBy: trains, from: 3, in: "postgres")
        #expect(try await versions(database) == [2, 3])
        #expect(try await collections(chroma, place) == spaces)
        #expect(try await place.run(["reindex", "--back"]).contains("index 2 is live"))
        try await expect("Reimbursement?", isAnsweredBy: money, from: 2, in: "chroma")
        #expect(try await place.run(["reindex", "--back"]).contains("index 3 is live"))

        // One more, and it is dropped, there too.
        #expect(try await place.run(["reindex"], inPostgres).contains("index 4 is live"))
        #expect(try await versions(database) == [3, 4])
        try await eventually("Chroma holds nothing") {
          try await collections(chroma, place).isEmpty ? true : nil
        }
        try await expect("Reimbursement?", isAnsweredBy: money, from: 4, in: "postgres")
        #expect(await engine.stop() == 0, "\(engine.printed)")
      }
    }
    embedding.stop()
    withExtendedLifetime(chroma) {}
  }

  /// Sizes are tried, and one of them made live, in Chroma, of which each version has a collection.
  @Test(.timeLimit(.minutes(5)))
  func buildsThatWereNotMadeLiveGoWithTheNextSwitchOrWhenTheyAreDropped() async throws {
    let (embedding, chroma) = (try EmbeddingServer(), try ChromaServer())
    let settings = embedding.settings.merging([
      "AIGENTABLE_VECTOR_STORE": "chroma://127.0.0.1:\(chroma.port)"
    ]) { $1 }
    try await TestDatabase.with(connections: 2, migrated: false) { database in
      try await Installation.with(database: database.url, settings) { installation in
        let place = installation.place
        let engine = try await installation.serve()
        try await installation.indexed()
        for (tokens, index) in [(60, 2), (120, 3), (60, 2)] {
          let tried = try await place.run(["reindex", "--chunk-tokens", "\(tokens)", "--dry-run"])
          #expect(tried.contains("index \(index) is built: chunks of \(tokens) tokens"), "\(tried)")
          #expect(tried.contains("with --drop to throw index \(index) away"), "\(tried)")
        }
        #expect(try await versions(database) == [1, 2, 3])
        #expect(try await collections(chroma, place).count == 3)
        let doctor = try await place.run(["doctor"])
        for index in 2...3 { #expect(doctor.contains("index \(index) was built, or is being"), "\(doctor)") }

        let switched = try await place.run(["reindex", "--chunk-tokens", "120"])
        #expect(
          switched.contains("index 3 is live") && switched.contains("dropped index 2: chunks of 60 tokens"),
          "\(switched)")
        #expect(try await versions(database) == [1, 3])
        try await eventually("Chroma holds two versions") {
          try await collections(chroma, place).count == 2 ? true : nil
        }

        // Going back takes nothing.
        let tried = try await place.run(["reindex", "--chunk-tokens", "60", "--dry-run"])
        #expect(tried.contains("index 4 is built"), "\(tried)")
        #expect(try await place.run(["reindex", "--back"]).contains("index 1 is live"))
        #expect(try await versions(database) == [1, 3, 4])
        let dropped = try await place.run(["reindex", "--drop"])
        #expect(dropped.contains("dropped index 4: chunks of 60 tokens"), "\(dropped)")
        #expect(try await versions(database) == [1, 3])
        #expect(try await place.run(["reindex", "--drop"]).contains("nothing waits to be dropped"))
        try await eventually("Chroma holds two versions again") {
          try await collections(chroma, place).count == 2 ? true : nil
        }
        #expect(try await place.run(["reindex", "--back"]).contains("index 3 is live"))
        #expect(await engine.stop() == 0, "\(engine.printed)")
      }
    }
    embedding.stop()
    withExtendedLifetime(chroma) {}
  }

  /// While one is at it, another one ends at once and leaves all as it is.
  private func nobodyElseIsLetIn(
    _ place: Workplace, _ settings: [String: String], _ database: TestDatabase
  ) async throws {
    let before = try await progress(database, of: 2)
    for arguments in [[], ["--dry-run"], ["--chunk-tokens", "60"], ["--back"], ["--drop"]] {
      let second = try place.start(["reindex"] + arguments, settings)
      #expect(await second.ended() != 0, "\(second.printed)")
      #expect(second.printed.contains("another run of reindex is under way"), "\(second.printed)")
    }
    #expect(try await progress(database, of: 2) == before)
    #expect(try await versions(database) == [1, 2])
  }

  private func documents(_ database: TestDatabase, index: Int) async throws -> Set<String> {
    try await database.pool.withConnection {
      Set(try $0.execute("select id::text from index_\(index).document").map { $0.text(0) })
    }
  }

  /// Changes with any row that a search reads.
  private func content(_ database: TestDatabase, index: Int) async throws -> [String] {
    try await database.pool.withConnection { connection in
      try ["chunk", "document", "corpus", "term"].map { table in
        try connection.execute(
          "select coalesce(md5(string_agg(t::text, '|' order by t::text)), '') from index_\(index).\(table) as t"
        )[0]
        .text(0)
      }
    }
  }

  /// Which version is live, and how much of the log another one has.
  private func progress(_ database: TestDatabase, of version: Int32) async throws -> (Int32, Int64) {
    try await database.pool.withConnection {
      let row = try $0.execute(
        "select l.version, v.next_offset from knowledge.live as l, knowledge.version as v where v.version = $1",
        [.int4(version)])[0]
      return (row.int4(0), row.int8(1))
    }
  }

  /// The versions of which there is anything.
  private func versions(_ database: TestDatabase) async throws -> [Int32] {
    try await database.pool.withConnection {
      try $0.execute(
        """
        select right(nspname, -6)::integer from pg_namespace where nspname ~ '^index_[0-9]+$' order by 1
        """
      ).map { $0.int4(0) }
    }
  }

  private func collections(_ chroma: ChromaServer, _ place: Workplace) async throws -> [String] {
    let response = try await place.client.send(
      HTTPRequest(
        url: "\(chroma.url)/api/v2/tenants/default_tenant/databases/default_database/collections"))
    return try JSONValue(parsing: response.body).array?.compactMap { $0["name"]?.string }.sorted() ?? []
  }
}
