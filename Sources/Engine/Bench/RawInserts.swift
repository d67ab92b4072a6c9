import Contracts
import Foundation
import Postgres

/// The raw operation behind an append: a prepared INSERT … SELECT FROM unnest(…) into a table with the log's
/// columns and indexes, one batch a commit.
enum RawInserts {
  /// Rows per second.
  static func rate(
    _ database: BenchDatabase, batch: Int, seconds: Double, bytes: Int
  ) async throws -> Double {
    try await database.pool.withConnection { connection in
      try connection.executeScript("create table if not exists raw (like log.record including all)")
      let value = [UInt8](repeating: 0x61, count: bytes)
      let tenant = UUID.version7()
      let clock = ContinuousClock()
      let start = clock.now
      var offset: Int64 = 0
      while clock.now - start < .seconds(seconds) {
        let rows = 0..<batch
        try connection.execute(
          """
          insert into raw
          select * from unnest($1::smallint[], $2::integer[], $3::bigint[], $4::uuid[], $5::text[], $6::text[],
            $7::uuid[], $8::timestamptz[], $9::text[], $10::uuid[], $11::uuid[], $12::text[], $13::bytea[])
          """,
          [
            .int2s(rows.map { _ in 1 }), .int4s(rows.map { _ in 0 }), .int8s(rows.map { offset + Int64($0) }),
            .uuids(rows.map { _ in UUID.version7() }), .texts(rows.map { _ in "webhook.received" }),
            .texts(rows.map { "connection-\($0 % 100)" }), .uuids(rows.map { _ in tenant }),
            .timestamps(rows.map { _ in Date() }), .texts(rows.map { _ in "/bench" }),
            .uuids(rows.map { _ in nil }), .uuids(rows.map { _ in tenant }), .texts(rows.map { _ in nil }),
            .byteStrings(rows.map { _ in value }),
          ])
        offset += Int64(batch)
      }
      return Double(offset) / ((clock.now - start) / .seconds(1))
    }
  }
}
