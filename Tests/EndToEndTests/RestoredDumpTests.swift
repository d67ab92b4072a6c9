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
    try await withDumps(1) { installation, contact, dumps in
      let (place, dump) = (installation.place, try PostgresConnection(url: dumps[0].url))
      place.add(["AIGENTABLE_DATABASE_URL": dumps[0].url])
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

  /// Each command is the first that is run on such a database.
  @Test(.timeLimit(.minutes(5)))
  func whoWasErasedSinceIsGoneBeforeAnyCommandDoesItsWork() async throws {
    let names = [
      "audit export", "audit timeline", "audit verify", "audit checkpoint", "export contact", "rebuild",
      "replay inbound", "replay what-if", "reindex", "keys backup", "archive", "doctor", "parked list",
    ]
    try await withDumps(names.count) { installation, contact, dumps in
      let place = installation.place
      for (name, database) in zip(names, dumps) {
        let dump = try PostgresConnection(url: database.url)
        func one(_ sql: String) throws -> String { try dump.execute(sql)[0].text(0) }
        #expect(try Self.hasKey(of: contact, dump) && !Self.tables(of: dump, holding: Self.text).isEmpty)
        let to = place.folder.appendingPathComponent("made by \(name)")
        let arguments: [String: [String]] = [
          "audit export": ["--contact", contact, "--to", to.path],
          "audit timeline": [
            try one(
              "select conversation::text from stage.participant where contact::text = '\(contact)'"),
            "--json",
          ],
          "export contact": [contact, "--to", to.path],
          "rebuild": ["conversations"],
          "replay inbound": ["--from", "2020-01-01"],
          "replay what-if": [
            "--agent", try one("select distinct key from log.record where type = 'agent.published'"),
            "--from", "2020-01-01", "--report", to.path,
          ],
          "keys backup": [to.path],
          "archive": ["--days", "0"],
        ]
        let program = try place.start(
          name.split(separator: " ").map(String.init) + (arguments[name] ?? []),
          ["AIGENTABLE_DATABASE_URL": database.url, "AIGENTABLE_ARCHIVE": to.path + ".archive"])
        let status = await program.ended()
        // There is nothing to export of the person, and that is said.
        #expect(status == 0 || name == "export contact", "\(name): \(program.printed)")
        if name == "export contact" { #expect(program.printed.contains("was erased"), "\(program.printed)") }
        #expect(program.printed.contains("contacts were erased again"), "\(name): \(program.printed)")
        #expect(try !Self.hasKey(of: contact, dump), "\(name)")
        for word in [Self.text, Self.address] {
          #expect(try Self.tables(of: dump, holding: word).isEmpty, "\(name): \(word)")
          #expect(!program.printed.contains(word), "\(name)")
        }
        for file in Self.files(in: to) {
          let content = try Data(contentsOf: file)
          for word in [Self.text, Self.address] {
            #expect(content.range(of: Data(word.utf8)) == nil, "\(name) wrote \(word) to \(file.path)")
          }
          guard name == "keys backup" else { continue }
          let keys = String(decoding: content, as: UTF8.self).split(separator: "\n").filter {
            $0.contains("wrapped")
          }
          #expect(!keys.isEmpty && keys.allSatisfy { !$0.contains(contact) })
        }
      }
    }
  }

  /// Two people talk, one of them is erased, and there are `count` copies of the database from before that.
  private func withDumps(
    _ count: Int, _ body: (Installation, _ contact: String, [TestDatabase]) async throws -> Void
  ) async throws {
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
        // One goes on, the others are dumps of before.
        try await database.withCopies(1 + count) { copies in
          place.add(["AIGENTABLE_DATABASE_URL": copies[0].url])
          engine = try await installation.serve()
          #expect(try await installation.request("DELETE", "/v1/contacts/\(contact)").status == 202)
          #expect(await engine.stop() == 0)
          let dumps = Array(copies.dropFirst())
          let tables = try Self.tables(of: PostgresConnection(url: dumps[0].url), holding: Self.text)
          #expect(tables.contains { $0.hasSuffix(".message") }, "\(tables)")
          try await body(installation, contact, dumps)
        }
      }
    }
  }

  private static func hasKey(of contact: String, _ connection: PostgresConnection) throws -> Bool {
    try !connection.execute("select from keyring.key where id::text = $1", [.text(contact)]).isEmpty
  }

  /// The file itself, or all that lie under the folder; none where nothing is there.
  private static func files(in place: URL) -> [URL] {
    let names = FileManager.default.subpaths(atPath: place.path) ?? []
    return ([place] + names.map { place.appendingPathComponent($0) }).filter { file in
      var isFolder: ObjCBool = false
      return FileManager.default.fileExists(atPath: file.path, isDirectory: &isFolder) && !isFolder.boolValue
    }
  }

  /// The tables in which some row says `word`, in the clear or as the digits of bytes.
  private static func tables(of connection: PostgresConnection, holding word: String) throws -> [String] {
    let all = try connection.execute(
      """
      select c.oid::regclass::text from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
      where c.relkind = 'r' and c.relpersistence <> 't' and n.nspname not in ('pg_catalog', 'information_schema')
      order by 1
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
