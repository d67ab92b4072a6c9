import Contracts
import EventLog
import Postgres
import TestKit
import Testing

@testable import KafkaLog

/// Postgres comes back as it was at an earlier time, and Kafka does not.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct RestoredDatabaseTests {
  /// - Parameter count: how many records the restored database takes before anything is published: fewer than
  ///   went on after the backup, or so many that its numbers are ahead of Kafka's.
  @Test(arguments: [5, 60])
  func eachDatabaseThatWasRestoredGoesOnAndItsReadersGetEverythingOnce(count: Int) async throws {
    let cluster = try MockCluster()
    try cluster.create(LogLayout(partitions: 2))
    let url = cluster.url()
    let before = events(10), waiting = events(3), lost = events(20)
    let after = [events(count), events(count)]
    try await TestDatabase.with { database in
      try await KafkaFixture.with(url, on: database, partitions: 2) { fixture in
        try await fixture.commit(before)
        _ = try await fixture.log.ends(of: .conversations)
      }
      let cursors = try await readers(url, on: database, waiting: waiting, count: before.count)
      try await database.withCopies(3) { copies in
        try await KafkaFixture.with(url, on: copies[0], partitions: 2) { fixture in
          try await fixture.commit(lost)
          _ = try await fixture.log.ends(of: .conversations)
        }
        var expected = waiting + lost
        for (copy, events) in zip(copies.dropFirst(), after) {
          expected += events
          try await KafkaFixture.with(url, on: copy, partitions: 2, isRelaying: false) { fixture in
            try await fixture.commit(events)
          }
          let everything = expected
          try await KafkaFixture.with(url, on: copy, partitions: 2) { fixture in
            _ = try await fixture.log.ends(of: .conversations)
            let fromBackup = try await records(in: fixture.log, from: cursors)
            expectOnce(everything, fromBackup)
            let all = try await records(
              in: fixture.log, from: fixture.log.beginnings(of: .conversations))
            expectOnce(before + everything, all)
          }
        }
      }
    }
  }

  @Test func aRelayThatRunsWhileItsDatabaseIsRestoredGoesOnByItself() async throws {
    let cluster = try MockCluster()
    try cluster.create(LogLayout(partitions: 2))
    try await KafkaFixture.with(cluster.url(), partitions: 2) { fixture in
      let log = fixture.log
      let before = events(10), lost = events(20), after = events(15)
      let reader = try await log.reader(from: log.beginnings(of: .conversations), types: nil)
      try await fixture.commit(before)
      _ = try await log.ends(of: .conversations)
      let other = try PostgresConnection(url: fixture.database.url)
      try other.executeScript(
        """
        create table kept_record as table log.record; create table kept_published as table kafka.published
        """)
      try await fixture.commit(lost)
      _ = try await log.ends(of: .conversations)
      try other.executeScript(
        """
        begin;
        truncate log.record, kafka.published;
        insert into log.record table kept_record; insert into kafka.published table kept_published;
        commit;
        select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'aigentable-relay%'
          and datname = current_database()
        """)
      try await fixture.commit(after)
      expectOnce(before + lost + after, try await reader.read(45))
      await reader.close()
    }
  }

  @Test func aRelayThatBeginsAnewInItsOwnDatabaseKeepsTheEpoch() async throws {
    let cluster = try MockCluster()
    try cluster.create(LogLayout(partitions: 2))
    try await KafkaFixture.with(cluster.url(), partitions: 2, isRelaying: false) { fixture in
      let log = fixture.log
      for _ in 0..<3 {
        // Direct appends, which have no number, come after what was published.
        try await fixture.commit(events(10))
        await #expect(throws: Killed.self) {
          try await fixture.makeRelay().run(afterAcknowledgement: { throw Killed() })
        }
        _ = try await log.append(events(200))
        try await withThrowingTaskGroup { group in
          group.addTask { try await log.relay.run() }
          _ = try await log.ends(of: .conversations)
          group.cancelAll()
        }
      }
      let epochs = try await fixture.database.pool.withConnection {
        try $0.execute("select count(*) from kafka.epoch")[0].int8(0)
      }
      #expect(epochs == 0)
    }
  }

  private struct Killed: Error {}

  private func events(_ count: Int) -> [Event] {
    (0..<count).map { LogFixtures.event("stream-\($0 % 7)") }
  }

  /// What a reader of the first `count` records has stored; then leaves `waiting` in the outbox.
  private func readers(
    _ url: String, on database: TestDatabase, waiting: [Event], count: Int
  ) async throws -> [Cursor] {
    try await KafkaFixture.with(url, on: database, partitions: 2, isRelaying: false) { fixture in
      let beginnings = fixture.log.beginnings(of: .conversations)
      let reader = try await fixture.log.reader(from: beginnings, types: nil)
      var stored = Dictionary(uniqueKeysWithValues: beginnings.map { ($0.partition, $0) })
      var read = 0
      while read < count {
        let batch = try await reader.next(limit: 1_000)
        read += batch.records.count
        for cursor in batch.cursors { stored[cursor.partition] = cursor }
      }
      await reader.close()
      try await fixture.commit(waiting)
      return Array(stored.values)
    }
  }

  private func records(in log: KafkaLog, from cursors: [Cursor]) async throws -> [Record] {
    let ends = try await log.ends(of: .conversations)
    let reader = try await log.reader(from: cursors, types: nil)
    var standing = Dictionary(uniqueKeysWithValues: cursors.map { ($0.partition, $0.offset) })
    var records: [Record] = []
    while zip(log.layout.partitions(.conversations), ends).contains(where: { standing[$0] ?? .zero < $1 }) {
      let batch = try await reader.next(limit: 1_000)
      records += batch.records
      for cursor in batch.cursors { standing[cursor.partition] = cursor.offset }
    }
    await reader.close()
    return records
  }

  /// Each of `events` was read once, in their order for each key, and numbers only ever rise.
  private func expectOnce(_ events: [Event], _ records: [Record]) {
    #expect(
      Dictionary(grouping: records, by: \.event.key).mapValues { $0.map(\.event.id) }
        == Dictionary(grouping: events, by: \.key).mapValues { $0.map(\.id) })
    for (partition, records) in Dictionary(grouping: records, by: \.position.partition) {
      let sequences = records.compactMap(\.sequence)
      #expect(zip(sequences, sequences.dropFirst()).allSatisfy { $0 < $1 }, "numbers of \(partition)")
    }
  }
}
