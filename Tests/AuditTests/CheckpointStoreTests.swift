import Audit
import Foundation
import HTTPClient
import Postgres
import PostgresLog
import Synchronization
import TestKit
import TestServers
import Testing

/// Checkpoints that are put to an HTTP server, which keeps what it has.
@Suite(.timeLimit(.minutes(2)))
struct CheckpointStoreTests {
  private final class Files: Sendable {
    let all = Mutex<[String: [UInt8]]>([:])
    let refusals = Mutex(0)
  }

  private func serve(_ files: Files) throws -> SocketServer {
    try SocketServer { connection, _ in
      while let request = connection.readRequest() {
        let words = request.head.split(separator: " ", maxSplits: 2)
        let name = String(words[1])
        guard request.head.contains("Authorization: Bearer secret") else {
          connection.respond("403 Forbidden")
          continue
        }
        if words[0] == "PUT" {
          let isNew = files.all.withLock { all in
            if all[name] != nil { return false }
            all[name] = request.body
            return true
          }
          if !isNew { files.refusals.withLock { $0 += 1 } }
          connection.respond(isNew ? "201 Created" : "412 Precondition Failed")
        } else if let bytes = files.all.withLock({ $0[name] }) {
          connection.respond("200 OK", String(decoding: bytes, as: UTF8.self))
        } else {
          connection.respond("404 Not Found")
        }
      }
    }
  }

  @Test func checkpointsArePutOutsideOnceAndBelievedBeforeThoseOfTheDatabase() async throws {
    let files = Files()
    let server = try serve(files)
    let store = CheckpointStore(
      url: "\(server.url)/roots/", authorization: "Bearer secret", client: HTTPClient())
    try await AuditFixture.with { fixture in
      for _ in 0..<3 {
        try await fixture.append(40)
        try await fixture.checkpoint()
        let stored = try await Checkpoints.load(from: fixture.database.pool)
        try await store.add(stored.entries, key: #require(stored.key))
      }
      #expect(
        files.all.withLock { $0.keys.sorted() } == [
          "/roots/checkpoint-0000000001.json", "/roots/checkpoint-0000000002.json",
          "/roots/checkpoint-0000000003.json", "/roots/key.pem",
        ])
      // Of what was there only the key was offered again.
      #expect(files.refusals.withLock { $0 } == 2)
      func verify() async throws -> [Difference] {
        try await Verifier(log: fixture.log, pool: fixture.database.pool, now: Date()).run(against: store)
          .differences
      }
      #expect(try await verify().isEmpty)
      try await fixture.sql("delete from audit.checkpoint where number = 3")
      #expect(try await verify().map(\.kind) == [.checkpoint])
    }
  }

  @Test func aStoreThatRefusesIsAnError() async throws {
    let server = try serve(Files())
    let store = CheckpointStore(url: server.url, authorization: nil, client: HTTPClient())
    await #expect(throws: AuditError.self) { try await store.read() }
  }
}
