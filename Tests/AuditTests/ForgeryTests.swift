import Audit
import Contracts
import Crypto
import Foundation
import JSON
import Keyring
import Postgres
import TestKit
import Testing

/// Checkpoints that someone forged, lost or exchanged, in the database or outside.
@Suite(.timeLimit(.minutes(2)))
struct ForgeryTests {
  /// Four checkpoints, in the database and in a folder.
  private func with(_ body: (AuditFixture, URL) async throws -> Void) async throws {
    try await AuditFixture.with { fixture in
      try await AuditFixture.withFolder { folder in
        for _ in 0..<4 {
          try await fixture.append(40)
          try await fixture.checkpoint()
        }
        try await fixture.export(to: folder)
        #expect(try await fixture.found(folder).isEmpty)
        try await body(fixture, folder)
      }
    }
  }

  private func file(_ number: Int, in folder: URL) -> URL {
    folder.appendingPathComponent("checkpoint-000000000\(number).json")
  }

  private func details(_ report: VerificationReport) -> String {
    report.differences.map(\.description).joined(separator: "\n")
  }

  @Test func aForgedSignatureIsFound() async throws {
    try await with { fixture, folder in
      try await fixture.sql(
        "update audit.checkpoint set signature = set_byte(signature, 7, 255 - get_byte(signature, 7)) where number = 2"
      )
      #expect(details(try await fixture.verify()).contains("checkpoint 2 was not signed"))
      for text in [
        #"{"body":"{}","signature":""}"#, #"{"body":"{}","signature":"zz"}"#, "", "{", "null", "[1]",
        #"{"body":7,"signature":"00"}"#,
      ] {
        try Data(text.utf8).write(to: file(3, in: folder))
        #expect(details(try await fixture.verify(folder)).contains("3"), "\(text)")
      }
    }
  }

  @Test func aChangedCheckpointIsFound() async throws {
    try await with { fixture, _ in
      try await fixture.sql(
        #"update audit.checkpoint set body = replace(body, '"number":3', '"number": 3') where number = 3"#)
      let found = details(try await fixture.verify())
      #expect(found.contains("checkpoint 3 was not signed"))
      #expect(found.contains("checkpoint 4 does not follow"))
    }
  }

  @Test func aMissingLinkOfTheChainIsFound() async throws {
    try await with { fixture, folder in
      try FileManager.default.removeItem(at: file(2, in: folder))
      #expect(details(try await fixture.verify(folder)).contains("checkpoint 2 is missing"))
      try await fixture.sql("delete from audit.checkpoint where number = 3")
      let found = details(try await fixture.verify(folder))
      #expect(found.contains("checkpoint 3 is missing (database)"))
      #expect(found.contains("checkpoint 3 of \(folder.path) is not in database"))
    }
  }

  @Test func swappedFilesAreFound() async throws {
    try await with { fixture, folder in
      let (two, three) = (
        try Data(contentsOf: file(2, in: folder)), try Data(contentsOf: file(3, in: folder))
      )
      try three.write(to: file(2, in: folder))
      try two.write(to: file(3, in: folder))
      let found = details(try await fixture.verify(folder))
      #expect(found.contains("in the place of checkpoint 2 stands checkpoint 3"))
      #expect(found.contains("in the place of checkpoint 3 stands checkpoint 2"))
    }
  }

  /// Whoever holds the database forgets the last events, and everything that told of them.
  @Test func aLogThatWasRolledBackIsFoundFromOutside() async throws {
    try await with { fixture, folder in
      let records = try await fixture.records()
      try await fixture.sql(
        #"delete from log.record where topic = 2 and partition = 0 and "offset" >= $1"#,
        [.int8(Int64(records.count - 3))])
      try await fixture.sql("truncate audit.tree, audit.block, audit.checkpoint")
      try await fixture.checkpoint()
      #expect(try await fixture.found().isEmpty, "nothing inside the database tells")
      let found = try await fixture.verify(folder).differences
      #expect(found.contains { $0.kind == .root && $0.partition == 0 })
      #expect(found.contains { $0.kind == .checkpoint })
    }
  }

  /// Everything is signed anew with another key, which is put in the place of the right one.
  @Test func anotherKeyIsFoundFromOutside() async throws {
    try await with { fixture, folder in
      try await fixture.sql("truncate audit.tree, audit.block, audit.checkpoint, audit.signing_key")
      try await fixture.checkpoint()
      #expect(try await fixture.found().isEmpty)
      let found = details(try await fixture.verify(folder))
      #expect(found.contains("the public key of the database is not the one outside"))
      #expect(found.contains("checkpoint 1 was not signed with the signing key (database)"))
    }
  }

  @Test func anExchangedPublicKeyIsNotSignedWith() async throws {
    try await with { fixture, _ in
      let other = Curve25519.Signing.PrivateKey().publicKey.rawRepresentation
      try await fixture.sql("update audit.signing_key set public = $1", [.bytes(Array(other))])
      await #expect(throws: AuditError.self) { try await fixture.checkpoint() }
    }
  }

  @Test func anotherMasterKeyDoesNotSign() async throws {
    try await with { fixture, _ in
      let other = MasterKey(SymmetricKey(size: .bits256))
      await #expect(throws: KeyringError.wrongMasterKey) {
        try await Checkpointer(log: fixture.log, pool: fixture.database.pool, master: other).run(at: Date())
      }
    }
  }

  @Test func whatIsOutsideIsNeverOverwritten() async throws {
    try await with { fixture, folder in
      try Data("mine".utf8).write(to: file(1, in: folder))
      try await fixture.export(to: folder)
      #expect(try Data(contentsOf: file(1, in: folder)) == Data("mine".utf8))
    }
  }
}
