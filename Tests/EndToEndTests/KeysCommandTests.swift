import Foundation
import Postgres
import TestKit
import Testing

/// The files of master keys change places only where the database went along.
@Suite struct KeysCommandTests {
  @Test(.timeLimit(.minutes(2)))
  func aNewMasterKeyTakesThePlaceOfTheOldOneAndAKilledRunIsFinished() async throws {
    try await TestDatabase.with(connections: 1, migrated: false) { database in
      try await Installation.with(database: database.url) { installation in
        let place = installation.place
        let file = place.folder.appendingPathComponent("master.key")
        let next = file.appendingPathExtension("new")
        let first = try Data(contentsOf: file)

        // While somebody is connected nothing changes.
        let other = PostgresPool(url: database.url, connections: 1, name: "aigentable-test")
        try await other.withConnection { _ = try $0.execute("select 1") }
        let refused = try place.start(["keys", "rotate"])
        #expect(await refused.ended() != 0)
        #expect(refused.printed.contains("stop every process"), "\(refused.printed)")
        #expect(try Data(contentsOf: file) == first)
        other.shutdown()

        let made = try Data(contentsOf: next)
        #expect(try await rotate(place).contains("keys are wrapped under the new key"))
        #expect(try Data(contentsOf: file) == made && made != first)
        #expect(try kept(file) == [first])
        #expect(!FileManager.default.fileExists(atPath: next.path))
        #expect(
          try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int == 0o600)
        #expect(try await place.run(["doctor"]).contains("all is well"))

        // As a run leaves it that is killed between the database and the files.
        try made.write(to: next)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: next.path)
        try first.write(to: file)
        let stranded = try place.start(["doctor"])
        #expect(await stranded.ended() != 0, "\(stranded.printed)")
        #expect(try await rotate(place).contains("0 keys are wrapped under the new key"))
        #expect(try Data(contentsOf: file) == made)
        #expect(try kept(file).allSatisfy { $0 == first })
        #expect(try await place.run(["doctor"]).contains("all is well"))
      }
    }
  }

  /// Keys of contacts, of the tenant, of inbound events, and the one that signs: all are wrapped anew, none changes, and
  /// nothing of the log is written.
  @Test(.timeLimit(.minutes(3)))
  func underANewMasterKeyEverythingIsReadSignedAndAnsweredAsBefore() async throws {
    try await TestDatabase.with(connections: 2, migrated: false) { database in
      try await Installation.with(database: database.url) { installation in
        let place = installation.place
        var engine = try await installation.serve()
        try await installation.deliver(Webhook.text("Before the change", from: "15550142", id: "a"))
        try await installation.answered(1)
        #expect(await engine.stop() == 0)
        try await place.run(["audit", "checkpoint"])
        let key = try await place.run(["audit", "key"])
        let (log, wrapped) = (try digest(of: Self.log, database), try digest(of: Self.keys, database))
        #expect(wrapped.count >= 4, "contact, tenant, inbound and signing key")

        #expect(try await rotate(place).contains("keys are wrapped under the new key"))
        #expect(try digest(of: Self.log, database) == log)
        let anew = try digest(of: Self.keys, database)
        #expect(anew.keys.sorted() == wrapped.keys.sorted())
        for (name, bytes) in anew { #expect(bytes != wrapped[name], "\(name)") }

        // The same key signs, under the new one, and what it signed before holds.
        #expect(try await place.run(["audit", "key"]) == key)
        engine = try await installation.serve()
        try await installation.deliver(Webhook.text("After the change", from: "15550142", id: "b"))
        try await installation.answered(2)
        let talk = try #require(try await installation.conversations().first)
        let shown = try await place.run(["audit", "timeline", talk.id])
        #expect(shown.contains("Before the change") && shown.contains("After the change"), "\(shown)")
        #expect(try await installation.conversations().count == 1)
        #expect(await engine.stop() == 0)
        #expect(try await place.run(["audit", "checkpoint"]).hasPrefix("checkpoint 2 covers"))
        let verified = try await place.run(["audit", "verify"])
        #expect(verified.contains("nothing differs") && verified.contains("2 checkpoints"), "\(verified)")
      }
    }
  }

  private static let log =
    "select 'log', md5(string_agg(r::text, '|' order by topic, partition, \"offset\")) from log.record as r"
  private static let keys = """
    select subject || id, encode(wrapped, 'hex') from keyring.key
    union all select 'inbound' || id, encode(wrapped, 'hex') from keyring.inbound_key
    union all select 'signing', encode(wrapped, 'hex') from audit.signing_key
    """

  private func digest(of sql: String, _ database: TestDatabase) throws -> [String: String] {
    // A connection of the engine's name would be taken for a process of it.
    let connection = try PostgresConnection(url: database.url, applicationName: "test")
    return Dictionary(
      uniqueKeysWithValues: try connection.execute(sql).map { ($0.text(0), $0.text(1)) })
  }

  /// What ended is still connected for a moment.
  private func rotate(_ place: Workplace) async throws -> String {
    try await eventually("nobody is connected") {
      let program = try place.start(["keys", "rotate"])
      if await program.ended() == 0 { return program.printed }
      guard program.printed.contains("stop every process") else { throw TestSetupError(program.printed) }
      return nil
    }
  }

  /// What is in the files that are kept under other names.
  private func kept(_ file: URL) throws -> [Data] {
    try FileManager.default.contentsOfDirectory(
      at: file.deletingLastPathComponent(), includingPropertiesForKeys: nil
    )
    .filter { $0.lastPathComponent.hasPrefix("master.key.before-") }.map { try Data(contentsOf: $0) }
  }
}
