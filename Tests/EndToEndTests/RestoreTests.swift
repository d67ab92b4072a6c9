import Foundation
import HTTPClient
import JSON
import Postgres
import TestKit
import Testing

/// A machine that is gone, and what its archive and a backup of its keyring make of an empty database.
@Suite struct RestoreTests {
  @Test(.timeLimit(.minutes(4)))
  func anArchiveAndABackupOfTheKeyringRebuildEverything() async throws {
    let archive = FileManager.default.temporaryDirectory.appendingPathComponent(
      "archive-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: archive) }
    let settings = ["AIGENTABLE_ARCHIVE": archive.path]
    try await TestDatabase.with(connections: 2, migrated: false) { database in
      try await Installation.with(database: database.url, settings) { installation in
        let engine = try await installation.serve()
        let canary = Canary()
        try await canary.write(to: installation)
        let kept = try await installation.contact(named: Canary.keptName)
        let contact = try await installation.contact(named: canary.name)
        try await installation.place.run(["audit", "checkpoint"])
        // What is old goes into segments; what comes then is in the snapshot alone.
        let moved = try await installation.place.run(["archive", "--days", "0"])
        #expect(!moved.hasPrefix("0 events"), "\(moved)")
        try await installation.deliver(Webhook.text("After the archive", from: "15550199", id: "later"))
        try await eventually("it is answered") {
          // Of which nothing more is heard.
          try await installation.talk(with: kept).count { $0.status == "read" } == 2 ? true : nil
        }
        #expect(try await installation.place.run(["archive", "--days", "1"]).contains("0 events moved"))
        let keyring = installation.place.folder.appendingPathComponent("keyring").path
        try await installation.place.run(["keys", "backup", keyring])

        // Known to neither backup.
        #expect(try await installation.request("DELETE", "/v1/contacts/\(contact)").status == 202)
        let paths = try await installation.readablePaths(contact: contact)
        try await eventually("nothing of the person is read any more", within: .seconds(60)) {
          try await canary.words(in: paths, of: installation).isEmpty ? true : nil
        }
        #expect(await engine.stop() == 0, "\(engine.printed.suffix(2_000))")
        let before = try readModels(database)

        try await TestDatabase.with(connections: 2, migrated: false) { other in
          let place = installation.place
          let more = settings.merging([
            "AIGENTABLE_MASTER_KEY_FILE": place.settings["AIGENTABLE_MASTER_KEY_FILE"] ?? "",
            // Of the journal, too, there is nothing but what the archive has.
            "AIGENTABLE_ERASURES": place.folder.appendingPathComponent("nothing").path,
          ]) { $1 }
          try await Workplace.with(database: other.url, more) { place in
            let printed = try await place.run(["restore", "--keyring", keyring])
            #expect(printed.contains("1 contacts were erased again"), "\(printed)")
            // Not twice.
            let again = try place.start(["restore", "--keyring", keyring])
            #expect(await again.ended() != 0)
            #expect(again.printed.contains("holds a log already"), "\(again.printed)")

            let standIn = try place.start(["stand-in", "--port", "\(place.standInPort)"])
            try await place.await("\(place.standIn)/faults", of: standIn)
            let restored = Installation(place: place, demo: installation.demo)
            try await place.postJSON(
              #"{"url":"\#(restored.webhookURL)","secret":"\#(restored.secret)"}"#,
              to: "\(place.standIn)/webhooks")
            let engine = try await restored.serve()
            #expect(try await restored.contact(named: Canary.keptName) == kept)
            try await eventually("the read models are what they were", within: .seconds(60)) {
              try readModels(other) == before ? true : nil
            }
            let paths = try await restored.readablePaths(contact: contact)
            #expect(try await canary.words(in: paths, of: restored).isEmpty)
            #expect(try await restored.request("GET", "/v1/contacts/\(contact)").status == 410)
            let verified = try await place.run(["audit", "verify"])
            #expect(verified.contains("nothing differs"), "\(verified)")

            // The talk goes on: no message is answered again, and the new one once.
            try await restored.deliver(Webhook.text("Here again", from: "15550199", id: "again"))
            try await eventually("it is answered") {
              try await restored.talk(with: kept).count { $0.status == "read" } == 3 ? true : nil
            }
            #expect(try await restored.sent().count == 1)
            #expect(await engine.stop() == 0, "\(engine.printed.suffix(2_000))")
          }
        }
      }
    }
  }

  /// A hash over the ordered rows of every table of every read model.
  private func readModels(_ database: TestDatabase) throws -> [String: String] {
    let connection = try PostgresConnection(url: database.url)
    let tables = try connection.execute(
      """
      select v.name || '.' || c.relname, c.oid::regclass::text
      from projection.version as v
      join pg_namespace as n on n.nspname = v.schema
      join pg_class as c on c.relnamespace = n.oid and c.relkind = 'r'
      where v.state = 'live'
      """
    ).map { ($0.text(0), $0.text(1)) }
    return try tables.reduce(into: [:]) { hashes, table in
      let rows = try connection.execute(
        "select count(*) || ' ' || coalesce(md5(string_agg(t::text, '|' order by t::text)), '') from \(table.1) as t"
      )
      hashes[table.0] = rows[0].text(0)
    }
  }
}

extension Installation {
  fileprivate func talk(with contact: String) async throws -> [Message] {
    let id = try await conversation(with: contact)
    return try await conversations().first { $0.id == id }?.messages ?? []
  }
}
