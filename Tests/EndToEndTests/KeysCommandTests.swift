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
