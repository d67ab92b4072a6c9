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
