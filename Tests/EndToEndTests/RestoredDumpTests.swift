import Foundation
import HTTPClient
import JSON
import Postgres
import TestKit
import Testing

/// A database that comes back from before an erasure.
@Suite struct RestoredDumpTests {
  private static let text = "canarytext4711004711"
  private static let address = "4947110047110"

  /// Only the API runs afterwards, which removes nothing by itself: what is gone was gone before it started.
  @Test(.timeLimit(.minutes(3)))
  func whoWasErasedSinceIsGoneBeforeAnythingStarts() async throws {
    try await TestDatabase.with(connections: 2, migrated: false) { database in
      let sealed = FileManager.default.temporaryDirectory.appendingPathComponent("checkpoints-\(UUID())")
      defer { try? FileManager.default.removeItem(at: sealed) }
      let settings = ["AIGENTABLE_CHECKPOINT_MINUTES": "0.02", "AIGENTABLE_CHECKPOINTS": sealed.path]
      try await Installation.with(database: database.url, settings) { installation in
        let place = installation.place
        var engine = try await installation.serve()
        try await installation.deliver(Webhook.text("Kept words", from: "15550199", id: "kept"))
        try await installation.deliver(Webhook.text(Self.text, from: Self.address, id: "gone"))
        let contact = try await installation.contact(named: "Contact \(Self.address)")
        try await eventually("both are answered") {
          try await installation.conversations().allSatisfy { $0.messages.count == 2 } ? true : nil
        }
        // The engine seals the log by itself, and puts what it sealed where it was told to.
        try await eventually("a checkpoint and the key lie outside") {
          let names = try? FileManager.default.contentsOfDirectory(atPath: sealed.path)
          return names?.contains("key.pem") == true && (names?.count ?? 0) > 1 ? true : nil
        }
        #expect(await engine.stop() == 0)
        let verified = try await place.run(["audit", "verify", "--checkpoints", sealed.path])
        #expect(verified.contains("nothing differs"), "\(verified)")
        // One goes on, the other is the dump of before.
        try await database.withCopies(2) { copies in
          place.add(["AIGENTABLE_DATABASE_URL": copies[0].url])
          engine = try await installation.serve()
          #expect(try await installation.request("DELETE", "/v1/contacts/\(contact)").status == 202)
          #expect(await engine.stop() == 0)

          let dump = try PostgresConnection(url: copies[1].url)
          #expect(try Self.tables(of: dump, holding: Self.text).contains { $0.hasSuffix(".message") })
          place.add(["AIGENTABLE_DATABASE_URL": copies[1].url])
          let started = try place.start(["serve", "--role", "api", "--port", "\(place.port)"])
          try await place.await("\(place.engine)/healthz", of: started)
          for word in [Self.text, Self.address] {
            #expect(try Self.tables(of: dump, holding: word).isEmpty, "\(word)")
          }
          #expect(!(try Self.tables(of: dump, holding: "Kept words").isEmpty))
          #expect(try await installation.request("GET", "/v1/contacts/\(contact)").status == 410)
          #expect(await started.stop() == 0, "\(started.printed)")
        }
      }
    }
  }

  /// The tables in which some row says `word`, in the clear or as the digits of bytes.
  private static func tables(of connection: PostgresConnection, holding word: String) throws -> [String] {
    let all = try connection.execute(
      """
      select c.oid::regclass::text from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
      where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema') order by 1
      """
    ).map { $0.text(0) }
    let digits = word.utf8.map { String($0, radix: 16) }.joined()
    return try all.filter { table in
      try !connection.execute(
        "select from \(table) as t where t::text like '%' || $1 || '%' or t::text like '%' || $2 || '%' limit 1",
        [.text(word), .text(digits)]
      ).isEmpty
    }
  }
}
