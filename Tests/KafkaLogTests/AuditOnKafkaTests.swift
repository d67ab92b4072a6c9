import Audit
import Contracts
import Crypto
import EventLog
import Foundation
import Keyring
import Postgres
import PostgresLog
import TestKit
import Testing

@testable import KafkaLog

/// Checkpoints over a log on Kafka: the mock cluster, or the real one that `AIGENTABLE_TEST_KAFKA` names.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct AuditOnKafkaTests {
  @Test func aLogOnKafkaIsSealedVerifiedAndProved() async throws {
    try await KafkaConformanceTests.withCluster(partitions: 3) { url in
      try await KafkaFixture.with(url, partitions: 3) { fixture in
        let (log, pool) = (fixture.log, fixture.database.pool)
        let master = MasterKey(SymmetricKey(data: [UInt8](repeating: 0x5A, count: 32)))
        func verify() async throws -> VerificationReport {
          try await Verifier(log: log, pool: pool, now: Date()).run(against: nil)
        }
        let events = (0..<1_500).map { number in
          LogFixtures.event("key-\(number % 11)", value: Array(#"{"facts":{"number":\#(number)}}"#.utf8))
        }
        // Half directly, half as transactions leave them for the relay.
        _ = try await log.append(Array(events[..<750]))
        for start in stride(from: 750, to: 1_500, by: 250) {
          try await fixture.commit(Array(events[start..<start + 250]))
        }
        let first = try await Checkpointer(log: log, pool: pool, master: master).run(at: Date()).checkpoint
        #expect(first.trees.reduce(0) { $0 + $1.size } == 1_500)
        // The same events again: readers drop them, and so do the trees.
        _ = try await log.append(Array(events[700..<750]))
        _ = try await log.append([LogFixtures.event("key-1")])
        let second = try await Checkpointer(log: log, pool: pool, master: master).run(at: Date()).checkpoint
        #expect(second.number == 2)
        let report = try await verify()
        #expect(report.differences.isEmpty, "\(report.differences)")
        #expect(report.events == second.trees.reduce(0) { $0 + $1.size })
        let proof = try await Prover(log: log, pool: pool).prove(events[1_200].id)
        #expect(proof.event == events[1_200].id)

        // What the tables hold is compared with the log, on Kafka as well.
        try await pool.withConnection {
          _ = try $0.execute(
            """
            update audit.block set hashes = overlay(hashes placing '\\x00'::bytea from 33 for 1)
            where topic = 2 and partition = 0 and number = 0
            """)
        }
        #expect(try await verify().differences.isEmpty == false)
      }
    }
  }
}
