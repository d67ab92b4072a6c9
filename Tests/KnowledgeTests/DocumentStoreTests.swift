import Contracts
import Crypto
import Foundation
import Keyring
import Knowledge
import Postgres
import TestKit
import Testing

@Suite struct DocumentStoreTests {
  private func read(
    _ hash: [UInt8], _ tenant: TestTenant, key: SealingKey
  ) async throws -> [UInt8]? {
    var bytes: [UInt8] = []
    let isThere = try await DocumentStore.read(
      hash: hash, tenant: tenant.tenant, key: key, from: tenant.database.pool
    ) { bytes += $0 }
    return isThere ? bytes : nil
  }

  private func key(_ tenant: TestTenant) async throws -> SealingKey {
    let id = KeyID(tenant.tenant.uuid)
    let key = try await tenant.database.pool.withConnection { [keyring = tenant.keyring] connection in
      try keyring.keys([id], on: connection)[id]
    }
    return try #require(key)
  }

  @Test func aDocumentComesBackWholeAndLiesSealed() async throws {
    try await TestDatabase.with { database in
      let tenant = try await TestTenant.make(in: database)
      let key = try await key(tenant)
      let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
      for _ in 1...2 {
        var upload = DocumentStore.Upload(tenant: tenant.tenant, key: key)
        for start in stride(from: 0, to: bytes.count, by: 70_000) {
          try await upload.add(bytes[start..<min(bytes.count, start + 70_000)], to: database.pool)
        }
        let hash = try await upload.finish(database.pool)
        #expect(hash == Array(SHA256.hash(data: bytes)))
        let done = upload
        try await database.pool.withTransaction { try done.keep(hash: hash, in: $0) }
        #expect(try await read(hash, tenant, key: key) == bytes)
      }
      let (documents, parts, clear) = try await database.pool.withConnection { connection in
        let row = try connection.execute(
          """
          select (select count(*) from knowledge.stored), count(*),
            count(*) filter (where position($1::bytea in sealed) > 0)
          from knowledge.part
          """, [.bytes(Array(bytes[700..<740]))])[0]
        return (row.int8(0), row.int8(1), row.int8(2))
      }
      #expect(documents == 1 && parts == 3 && clear == 0)
    }
  }

  /// As large as any may be: neither who stores it nor who reads it holds it whole.
  @Test(.timeLimit(.minutes(2))) func theLargestDocumentTakesAFewPartsOfMemory() async throws {
    try await TestDatabase.with(connections: 1) { database in
      let tenant = try await TestTenant.make(in: database)
      let key = try await key(tenant)
      let piece = [UInt8](repeating: 0x20, count: 256 << 10)
      var upload = DocumentStore.Upload(tenant: tenant.tenant, key: key)
      // What the first parts make room for is there for all others.
      for _ in 0..<8 { try await upload.add(piece, to: database.pool) }
      // The peak is counted anew from here on (proc(5), clear_refs).
      try "5".write(toFile: "/proc/self/clear_refs", atomically: false, encoding: .utf8)
      let before = try Self.kibibytes("VmRSS")
      while upload.bytes < DocumentStore.maximumBytes { try await upload.add(piece, to: database.pool) }
      let hash = try await upload.finish(database.pool)
      let whole = upload
      try await database.pool.withTransaction { try whole.keep(hash: hash, in: $0) }
      var read = 0
      let isThere = try await DocumentStore.read(
        hash: hash, tenant: tenant.tenant, key: key, from: database.pool
      ) { read += $0.count }
      #expect(isThere && read == DocumentStore.maximumBytes)
      // Half of the document, for what other tests do meanwhile.
      let peak = try Self.kibibytes("VmHWM")
      #expect(peak - before < 50 << 10, "\(before) KiB before, \(peak) at most")
    }
  }

  private static func kibibytes(_ name: String) throws -> Int {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("\(name):") })
    return try #require(line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) })
  }

  @Test func whatNobodyFinishedIsSweptAway() async throws {
    try await TestDatabase.with { database in
      let tenant = try await TestTenant.make(in: database)
      let key = try await key(tenant)
      var upload = DocumentStore.Upload(tenant: tenant.tenant, key: key)
      try await upload.add([UInt8](repeating: 1, count: 2 << 20), to: database.pool)
      try await database.pool.withTransaction {
        try DocumentStore.sweep(before: Date().addingTimeInterval(60), in: $0)
      }
      let left = try await database.pool.withConnection {
        try $0.execute("select count(*) from knowledge.part")[0].int8(0)
      }
      #expect(left == 0)
    }
  }
}
