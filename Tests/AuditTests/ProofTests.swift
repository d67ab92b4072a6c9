import Audit
import Contracts
import Foundation
import JSON
import Postgres
import TestKit
import Testing

@Suite(.timeLimit(.minutes(3)))
struct ProofTests {
  private struct Outcome {
    let status: Int32
    let output: String
  }

  /// Runs the checker of third parties, which knows nothing of the engine.
  private func check(_ proof: [UInt8], key: URL, in folder: URL) throws -> Outcome {
    let (file, output) = (
      folder.appendingPathComponent("proof.json"), folder.appendingPathComponent("output")
    )
    try Data(proof).write(to: file)
    try Data().write(to: output)
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    let script = TestDatabase.home.url.appendingPathComponent("ops/verify-proof.py").path
    process.arguments = ["python3", "-B", script, file.path, key.path]
    let handle = try FileHandle(forWritingTo: output)
    process.standardOutput = handle
    process.standardError = handle
    try process.run()
    process.waitUntilExit()
    return Outcome(
      status: process.terminationStatus, output: String(decoding: try Data(contentsOf: output), as: UTF8.self)
    )
  }

  @Test func everyEventOfASmallLogIsProvedToAThirdParty() async throws {
    try await AuditFixture.with { fixture in
      try await AuditFixture.withFolder { folder in
        let events = try await fixture.append(11)
        try await fixture.checkpoint()
        try await fixture.export(to: folder)
        let prover = Prover(log: fixture.log, pool: fixture.database.pool)
        for event in events {
          let proof = try await prover.prove(event.id)
          let outcome = try check(
            JSON.encode(proof), key: folder.appendingPathComponent("key.pem"), in: folder)
          #expect(outcome.status == 0, "\(outcome.output)")
          #expect(outcome.output.contains(event.id.description))
        }
      }
    }
  }

  /// Every part of a proof is changed, cut or exchanged in turn.
  @Test func aMutatedProofIsRefused() async throws {
    var random = LogRandom(seed: LogRandom.seed(for: "mutated proofs"))
    try await AuditFixture.with(partitions: 1) { fixture in
      try await AuditFixture.withFolder { folder in
        let events = try await fixture.append(9)
        try await fixture.checkpoint()
        try await fixture.export(to: folder)
        let key = folder.appendingPathComponent("key.pem")
        let prover = Prover(log: fixture.log, pool: fixture.database.pool)
        let text = String(decoding: try JSON.encode(try await prover.prove(events[4].id)), as: UTF8.self)
        let other = String(decoding: try JSON.encode(try await prover.prove(events[5].id)), as: UTF8.self)
        #expect(try check(Array(text.utf8), key: key, in: folder).status == 0)
        var mutations = [
          text.replacingOccurrences(of: events[4].id.description, with: events[5].id.description),
          text.replacingOccurrences(of: #""leaf":4"#, with: #""leaf":5"#),
          text.replacingOccurrences(of: #""leaf":4"#, with: #""leaf":-5"#),
          text.replacingOccurrences(
            of: #""topic":"conversations","partition":0"#, with: #""topic":"agents","partition":0"#),
          text.replacingOccurrences(of: #"\"size\":9"#, with: #"\"size\":8"#),
          text.replacingOccurrences(of: #""path":["#, with: #""path":["00","#),
          String(text.dropLast()), "{}", "[]", "null", "",
          text.replacingOccurrences(of: #""ce_source":"/tests""#, with: #""ce_source":"/test""#),
        ]
        for name in ["record", "path", "checkpoint"] {
          mutations.append(try exchange(name, in: text, from: other))
        }
        let digits = Array("0123456789abcdef".utf8)
        for _ in 0..<20 {
          // One hexadecimal digit or letter of the record, the path or the signature.
          var bytes = Array(text.utf8)
          let end = text.utf8.count - #","key":"-----BEGIN PUBLIC KEY----- ... "}"#.utf8.count - 130
          let place = Int.random(in: 0..<end, using: &random)
          guard let index = digits.firstIndex(of: bytes[place]) else { continue }
          bytes[place] = digits[(index + 1) % 16]
          mutations.append(String(decoding: bytes, as: UTF8.self))
        }
        for mutation in mutations where mutation != text {
          if mutation == other { continue }
          let outcome = try check(Array(mutation.utf8), key: key, in: folder)
          #expect(
            outcome.status == 1 && outcome.output.hasPrefix("refused"), "\(mutation): \(outcome.output)")
        }
        #expect(mutations.filter { $0 == text }.count <= 1)
      }
    }
  }

  /// The member `name` of one proof put into another; the same text where both have it alike.
  private func exchange(_ name: String, in text: String, from other: String) throws -> String {
    var mine = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] ?? [:]
    let its = try JSONSerialization.jsonObject(with: Data(other.utf8)) as? [String: Any] ?? [:]
    mine[name] = its[name]
    let same = NSDictionary(dictionary: mine).isEqual(
      to: try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] ?? [:])
    return same ? text : String(decoding: try JSONSerialization.data(withJSONObject: mine), as: UTF8.self)
  }

  @Test func aProofUnderAnotherKeyIsRefused() async throws {
    try await AuditFixture.with { fixture in
      try await AuditFixture.withFolder { folder in
        let event = try await fixture.append(3)[1]
        try await fixture.checkpoint()
        let proof = try await Prover(log: fixture.log, pool: fixture.database.pool).prove(event.id)
        try await fixture.sql("truncate audit.tree, audit.block, audit.checkpoint, audit.signing_key")
        try await fixture.checkpoint()
        try await fixture.export(to: folder)
        let outcome = try check(JSON.encode(proof), key: folder.appendingPathComponent("key.pem"), in: folder)
        #expect(outcome.status == 1)
      }
    }
  }

  @Test func proofsReachAcrossBlocksAndOlderCheckpoints() async throws {
    var random = LogRandom(seed: LogRandom.seed(for: "proofs across blocks"))
    try await AuditFixture.with(partitions: 1) { fixture in
      let first = try await fixture.append(1_700)
      try await fixture.checkpoint()
      let second = try await fixture.append(3_000)
      try await fixture.checkpoint()
      let prover = Prover(log: fixture.log, pool: fixture.database.pool)
      for _ in 0..<20 {
        for (events, number) in [(first, Int64(1)), (first, 2), (second, 2)] {
          guard let event = events.randomElement(using: &random) else { continue }
          let proof = try await prover.prove(event.id, at: number)
          #expect(proof.event == event.id)
          #expect(try proof.checkpoint.opened().number == number)
        }
      }
      await #expect(throws: AuditError.self) { try await prover.prove(second[7].id, at: 1) }
      await #expect(throws: AuditError.self) { try await prover.prove(EventID(UUID())) }
      await #expect(throws: AuditError.self) { try await prover.prove(first[0].id, at: 3) }
    }
  }

  @Test func aChangedEventIsNotProved() async throws {
    try await AuditFixture.with { fixture in
      let event = try await fixture.append(5)[2]
      try await fixture.checkpoint()
      try await fixture.sql("update log.record set source = '/forged' where id = $1", [.uuid(event.id.uuid)])
      let prover = Prover(log: fixture.log, pool: fixture.database.pool)
      await #expect(throws: AuditError.self) { try await prover.prove(event.id) }
      try await fixture.sql("delete from log.record where id = $1", [.uuid(event.id.uuid)])
      await #expect(throws: AuditError.self) { try await prover.prove(event.id) }
    }
  }
}
