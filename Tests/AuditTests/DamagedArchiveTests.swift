import Audit
import Contracts
import EventLog
import Foundation
import LZ4
import ObjectStore
import Postgres
import PostgresLog
import TestKit
import Testing

/// What was done to files of the archive is found: events that can be read are named each, the others as a range, and
/// what stands behind them is verified all the same.
@Suite(.timeLimit(.minutes(2)))
struct DamagedArchiveTests {
  private struct Archived: Sendable {
    let fixture: AuditFixture
    let store: MemoryStore
    let records: [Record]
    /// Of partition 0, in order.
    let files: [String]

    func file(of record: Record) throws -> String {
      try #require(
        files.first { name in
          Segment.place(of: name).map { ($0.first..<$0.next).contains(record.position.offset) } ?? false
        })
    }
  }

  /// A sealed log whose events lie in files of 40 each, but for the last ones.
  private func with(_ body: (Archived) async throws -> Void) async throws {
    let store = MemoryStore()
    try await AuditFixture.with(archive: store) { fixture in
      try await fixture.append(700)
      let records = try await fixture.records()
      try await fixture.checkpoint()
      _ = try await Archiver(log: fixture.log, store: store, maximumEvents: 40).run(before: .distantFuture)
      try await fixture.append(20)
      try await fixture.checkpoint()
      #expect(try await fixture.found().isEmpty)
      let files = try await store.list("log/conversations/0/").sorted()
      #expect(files.count >= 3)
      try await body(Archived(fixture: fixture, store: store, records: records, files: files))
    }
  }

  private func content(_ archived: Archived, _ name: String) async throws -> [UInt8] {
    try LZ4Decoder.content(of: try #require(try await archived.store.get(name)), atMost: 1 << 26)
  }

  @Test func anEventThatWasChangedInAFileIsNamedAndOthersAreVerified() async throws {
    try await with { archived in
      let (fixture, victim) = (archived.fixture, archived.records[archived.records.count / 2])
      let name = try archived.file(of: victim)
      var bytes = try await content(archived, name)
      // What stands behind a damaged file is verified, too.
      let later = try #require(try await fixture.records().last)
      // Its value, found by its id before it.
      let id = try #require(bytes.firstRange(of: Array("\(victim.event.id)".utf8)))
      let value = try #require(bytes[id.upperBound...].firstRange(of: Array("facts".utf8)))
      bytes[value.lowerBound] ^= 1
      try await archived.store.put(LZ4Encoder.frame(bytes), at: name)
      try await fixture.sql(
        #"update log.record set source = '/elsewhere' where topic = 2 and partition = 0 and "offset" = $1"#,
        [.int8(later.position.offset.rawValue)])
      let report = try await fixture.verify()
      let named = report.differences.filter { $0.kind == .changed }
      #expect(named.map(\.event) == [victim.event.id, later.event.id])
      let file = report.differences.filter { $0.kind == .archive }
      #expect(file.count == 1 && file[0].detail == "\(name) was changed since it was archived")
      #expect(report.differences.count == 3, "\(report.differences)")
    }
  }

  @Test(arguments: ["removed", "cut off", "not LZ4", "a flipped bit"])
  func whatCannotBeReadIsNamedAndTheRestIsVerified(_ damage: String) async throws {
    try await with { archived in
      let name = archived.files[1]
      let place = try #require(Segment.place(of: name))
      var bytes = try #require(try await archived.store.get(name))
      switch damage {
      case "removed": try await archived.store.remove(name)
      case "cut off": try await archived.store.put(Array(bytes.prefix(bytes.count / 2)), at: name)
      case "not LZ4": try await archived.store.put(Array("nothing of it".utf8), at: name)
      default:
        bytes[bytes.count / 2] ^= 0x10
        try await archived.store.put(bytes, at: name)
      }
      let report = try await archived.fixture.verify()
      let file = report.differences.filter { $0.kind == .archive }
      #expect(file.count == 1 && file[0].detail.hasPrefix(name), "\(report.differences)")
      // Nothing outside of that file is accused.
      for difference in report.differences {
        let offset = difference.offset ?? place.first.rawValue
        #expect((place.first.rawValue..<place.next.rawValue).contains(offset), "\(difference)")
      }
      if ["removed", "not LZ4"].contains(damage) {
        #expect(report.differences.count == 1)
        let lost = archived.records.filter { (place.first..<place.next).contains($0.position.offset) }
        #expect(file[0].event == lost.first?.event.id)
        let last = try #require(lost.last?.event.id)
        #expect(file[0].detail.contains("event \(last), cannot be read"), "\(file[0])")
      }
      // All others were read.
      let intact = archived.records.count - Int(place.next.rawValue - place.first.rawValue)
      #expect(report.events >= intact)
    }
  }

  /// What is past its 30 days may be gone, but stands there as long as it can be read, also before a damage.
  @Test func anOldEventThatWasChangedInTheFirstFileOfInboundIsNamedAlone() async throws {
    let store = MemoryStore()
    try await AuditFixture.with(partitions: 1, archive: store) { fixture in
      let events = (0..<100).map { LogFixtures.event("connection-\($0)", topic: .inbound) }
      _ = try await fixture.log.append(events)
      try await fixture.checkpoint()
      _ = try await Archiver(log: fixture.log, store: store, maximumEvents: 40).run(before: .distantFuture)
      _ = try await fixture.log.append((0..<20).map { LogFixtures.event("later-\($0)", topic: .inbound) })
      try await fixture.checkpoint()
      let later = Date().addingTimeInterval(31 * 86_400)
      #expect(try await fixture.verify(now: later).differences.isEmpty)

      let victim = events[10]
      let name = try #require(try await store.list("log/inbound/0/").min())
      var bytes = try LZ4Decoder.content(of: try #require(try await store.get(name)), atMost: 1 << 26)
      let id = try #require(bytes.firstRange(of: Array("\(victim.id)".utf8)))
      let value = try #require(bytes[id.upperBound...].firstRange(of: Array("facts".utf8)))
      bytes[value.lowerBound] ^= 1
      try await store.put(LZ4Encoder.frame(bytes), at: name)
      let report = try await fixture.verify(now: later)
      #expect(report.expired == 0)
      #expect(report.differences.filter { $0.kind == .changed }.map(\.event) == [victim.id])
      let file = report.differences.filter { $0.kind == .archive }
      #expect(file.map(\.detail) == ["\(name) was changed since it was archived"])
      #expect(report.differences.count == 2, "\(report.differences)")
    }
  }

  /// Everybody else is told, and reads no further.
  @Test func whoDoesNotVerifyIsNotLedPastADamagedFile() async throws {
    try await with { archived in
      try await archived.store.remove(archived.files[0])
      await #expect {
        _ = try await archived.fixture.records()
      } throws: {
        "\($0)".contains("\(archived.files[0]) is not in the archive")
      }
    }
  }
}
