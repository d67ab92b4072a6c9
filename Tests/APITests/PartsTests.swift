@testable import API
import Channels
import Contracts
import Crypto
import EventLog
import Foundation
import Keyring
import Postgres
import TestKit
import Testing

struct PartsTests {
  @Test func aTraceParentIsTakenOnlyAsTheSpecificationWritesIt() {
    let good = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    #expect(TraceParent.valid(good) == good)
    for bad in [
      nil, "", good + "0", good.uppercased(), "01" + good.dropFirst(2), good.replacing("-", with: "_"),
      "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
      "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
    ] { #expect(TraceParent.valid(bad) == nil, "\(bad ?? "nil")") }
    var random = SeededRandom(seed: 7)
    for _ in 0..<1_000 { #expect(TraceParent.valid(TraceParent.fresh(using: &random)) != nil) }
  }

  @Test func aCursorComesBackAsItWas() {
    let seed = UInt64.random(in: 0...UInt64.max)
    var random = SeededRandom(seed: seed)
    for _ in 0..<1_000 {
      let time = Date(microseconds: Int64.random(in: 0...4_000_000_000_000_000, using: &random))
      let cursor = PageCursor(time: time, id: UUID())
      #expect(PageCursor(cursor.text) == cursor, "seed \(seed)")
    }
    for bad in ["", "a", "!!!!", String(repeating: "A", count: 31), String(repeating: "A", count: 33)] {
      #expect(PageCursor(bad) == nil)
    }
  }

  @Test func aVisitorsTokenFitsOneConnectionAndOneTenantAndHasItsEnd() throws {
    func key() -> SealingKey { SealingKey(id: KeyID(UUID()), key: SymmetricKey(size: .bits256)) }
    let (ours, theirs) = (key(), key())
    let connection = ConnectionID(UUID())
    let now = Date(timeIntervalSince1970: 1_800_000_000)
    let known = VisitorToken(
      UUID(), profile: .init(name: "Ada", email: nil, phone: nil, verified: true),
      until: now.addingTimeInterval(60))
    for token in [VisitorToken(UUID()), known] {
      let text = try token.text(on: connection, tenantKey: ours)
      func read(_ text: String, _ key: SealingKey, on connection: ConnectionID, after: Double = 0)
        -> VisitorToken?
      {
        VisitorToken(text, on: connection, tenantKey: key, now: now.addingTimeInterval(after))
      }
      #expect(read(text, ours, on: connection) == token)
      #expect(read(text, theirs, on: connection) == nil)
      #expect(read(text, ours, on: ConnectionID(UUID())) == nil)
      #expect((read(text, ours, on: connection, after: 61) == nil) == (token.until != nil))
      for index in text.indices where text[index] != "." {
        var changed = text
        changed.replaceSubrange(index...index, with: text[index] == "A" ? "B" : "A")
        #expect(read(changed, ours, on: connection) == nil)
      }
    }
  }

  @Test func aPositionIsReadAsItIsWritten() {
    #expect(ChatPosition("3:120")?.description == "3:120")
    for bad in ["", "3", "3:", ":1", "-1:2", "1:2:3", "1:-2", "a:b", "99999999999:1"] {
      #expect(ChatPosition(bad) == nil, "\(bad)")
    }
  }

  @Test func withALogElsewhereTheKeyIsThereBeforeTheEvent() async throws {
    try await TestDatabase.with { database in
      let keyring = Keyring(
        master: try MasterKey(hexadecimal: String(repeating: "5a", count: 32), from: "test"))
      let log = MemoryLog(layout: LogLayout(partitions: 2))
      let ingress = Ingress(log: log, pool: database.pool, keyring: keyring, durability: .afterKeys)
      let origin = KnownConnectionID(id: ConnectionID(UUID()), tenant: TenantID(UUID()), channel: .whatsapp)
      try await withThrowingTaskGroup { group in
        for number in 0..<200 {
          group.addTask {
            _ = try await ingress.take("{\"n\":\(number)}", sender: nil, on: origin, traceparent: "")
          }
        }
        try await group.waitForAll()
      }
      #expect(try await log.ends(of: .inbound).reduce(0) { $0 + $1.rawValue } == 200)
      let keys = try await database.pool.withConnection {
        try $0.execute("select count(*) from keyring.inbound_key")[0].int8(0)
      }
      #expect(keys == 200)
    }
  }
}
