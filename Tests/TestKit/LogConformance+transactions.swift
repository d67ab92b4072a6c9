import Contracts
import EventLog
import Foundation
import Postgres
import Testing

private struct Abort: Error {}

extension LogConformance {
  package func appendInATransactionIsAtomicWithItsRows() async throws {
    try await withLog(2) { test in
      try await test.pool.withConnection { try $0.executeScript("create table probe (id uuid)") }
      let kept = LogFixtures.events(3, of: "stream")
      let aborted = LogFixtures.events(3, of: "stream")
      await #expect(throws: Abort.self) {
        try await test.pool.withTransaction { [log = test.log] transaction in
          try transaction.execute("insert into probe select unnest($1)", [.uuids(aborted.map(\.id.uuid))])
          try log.append(aborted, in: transaction)
          throw Abort()
        }
      }
      try await test.pool.withTransaction { [log = test.log] transaction in
        try transaction.execute("insert into probe select unnest($1)", [.uuids(kept.map(\.id.uuid))])
        try log.append(kept, in: transaction)
      }
      let records = try await test.log.read(3, from: test.log.beginnings(of: .conversations))
      #expect(records.map(\.event) == kept)
      #expect(try await everything(in: test.log).count == 3)
      let rows = try await test.pool.withConnection { connection in
        try connection.execute("select id from probe").map { $0.uuid(0) }
      }
      #expect(Set(rows) == Set(kept.map(\.id.uuid)))
    }
  }

  package func severalAppendsOfOneTransactionKeepTheirOrder() async throws {
    try await withLog(2) { test in
      let events = LogFixtures.events(6, of: "stream")
      try await test.pool.withTransaction { [log = test.log] transaction in
        for event in events { try log.append([event], in: transaction) }
      }
      let records = try await test.log.read(6, from: test.log.beginnings(of: .conversations))
      #expect(records.map(\.event) == events)
    }
  }

  package func endsCoverWhatATransactionCommitted() async throws {
    try await withLog(2) { test in
      for round in 1...5 {
        try await test.pool.withTransaction { [log = test.log] transaction in
          try log.append((0..<10).map { LogFixtures.event("stream-\($0)") }, in: transaction)
        }
        let ends = try await test.log.ends(of: .conversations)
        #expect(ends.reduce(0) { $0 + $1.rawValue } == Int64(10 * round))
        #expect(try await test.log.ends(of: .agents) == [.zero])
      }
    }
  }

  /// 64 writers, some appending directly and some in transactions of which some are aborted.
  package func orderOfAKeyHoldsUnderManyWriters() async throws {
    let seed = LogRandom.seed(for: "orderOfAKeyHoldsUnderManyWriters")
    try await withLog(4) { test in
      let written = try await withThrowingTaskGroup(returning: [StreamID: [EventID]].self) { group in
        for writer in 0..<64 {
          group.addTask {
            var random = LogRandom(seed: seed &+ UInt64(writer))
            return try await write(as: writer, to: test, rounds: 8, using: &random)
          }
        }
        return try await group.reduce(into: [:]) { $0.merge($1) { first, _ in first } }
      }
      let count = written.values.reduce(0) { $0 + $1.count }
      let read = try await test.log.read(count, from: test.log.beginnings(of: .conversations))
      let byKey = Dictionary(grouping: read, by: \.event.key).mapValues { $0.map(\.event.id) }
      // All transactions of a writer may have been aborted.
      #expect(byKey == written.filter { !$0.value.isEmpty })
      let all = try await everything(in: test.log)
      #expect(all.count == count, "aborted transactions leave nothing")
      expectContiguous(all)
    }
  }

  private func write(
    as writer: Int, to test: LogUnderTest, rounds: Int, using random: inout LogRandom
  ) async throws -> [StreamID: [EventID]] {
    let key = "writer-\(writer)"
    var written: [EventID] = []
    for _ in 0..<rounds {
      let events = LogFixtures.events(Int.random(in: 1...5, using: &random), of: key)
      try await Task.sleep(for: .microseconds(Int.random(in: 0...2_000, using: &random)))
      if writer.isMultiple(of: 2) {
        _ = try await test.log.append(events)
        written += events.map(\.id)
        continue
      }
      let aborts = Int.random(in: 0..<3, using: &random) == 0
      let delay = UInt32.random(in: 0...1_000, using: &random)
      do {
        try await test.pool.withTransaction { [log = test.log] transaction in
          try log.append(events, in: transaction)
          usleep(delay)
          if aborts { throw Abort() }
        }
        written += events.map(\.id)
      } catch is Abort {}
    }
    return [StreamID(key): written]
  }

  package func anOldTransactionElsewhereHoldsNobodyBack() async throws {
    try await withLog(1) { test in
      let old = try PostgresConnection(url: test.pool.url)
      try old.executeScript(
        "begin isolation level repeatable read; select pg_current_xact_id(); select count(*) from pg_class")
      let reader = try await test.log.reader(from: test.log.beginnings(of: .conversations), types: nil)
      for _ in 0..<20 {
        let events = LogFixtures.events(3, of: "stream")
        _ = try await test.log.append(Array(events.prefix(2)))
        #expect(try await reader.read(2).map(\.event) == Array(events.prefix(2)))
        try await test.pool.withTransaction { [log = test.log] in try log.append([events[2]], in: $0) }
        #expect(try await reader.read(1).map(\.event) == [events[2]])
      }
      await reader.close()
      try old.executeScript("rollback")
    }
  }
}
