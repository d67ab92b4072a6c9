import Contracts
import Crypto
import EventLog
import Foundation
import Keyring
import Postgres
import PostgresLog
import Projections

/// The embedded log of a benchmark's database, filled by its own appends: what is measured is what reads it, and what
/// appends to it. (COPY leaves room on a third of the pages. Later appends go there, each to a page of its own that goes to
/// the WAL as a whole, anywhere in the log: the larger that is, the longer they do.)
struct BenchTrafficLog {
  let database: BenchDatabase
  let log: PostgresLog
  let keyring: Keyring

  /// Events of one transaction; the server holds so many in memory.
  private static let part = 4_000

  /// - Parameter master: of the keys; another process that is to read the log needs it.
  init(
    _ database: BenchDatabase, master: MasterKey = MasterKey(SymmetricKey(size: .bits256))
  ) async throws {
    self.database = database
    log = try await database.makeLog()
    keyring = Keyring(master: master)
  }

  /// Appends at least `count` events.
  ///
  /// - Parameter isLive: a little more, for who reads already; statistics stay as they are.
  func fill(_ traffic: inout BenchTraffic, _ count: Int, isLive: Bool = false) async throws {
    try await append(&traffic, count)
    if !isLive { try await settle() }
  }

  /// Appends at least `count` events, of each source its share, side by side: to seal an event takes as long as to write
  /// it.
  func fill(from sources: [BenchTraffic], _ count: Int) async throws {
    let share = (count + sources.count - 1) / sources.count
    try await withThrowingTaskGroup(of: Void.self) { group in
      for source in sources {
        group.addTask {
          var source = source
          try await append(&source, share)
        }
      }
      try await group.waitForAll()
    }
    try await settle()
  }

  /// The next part is sealed while the last one is written.
  private func append(_ traffic: inout BenchTraffic, _ count: Int) async throws {
    var left = count
    var part = try traffic.next(min(left, Self.part))
    while true {
      let sealed = part
      left -= sealed.events.count
      async let written: Void = append(sealed)
      if left > 0 { part = try traffic.next(min(left, Self.part)) }
      try await written
      if left <= 0 { break }
    }
  }

  private func append(_ part: BenchTraffic.Part) async throws {
    // Keys first: whoever reads already can open what comes.
    try await database.pool.withTransaction { [keyring] in try keyring.store(part.keys, in: $0) }
    _ = try await log.append(part.events)
  }

  /// As autovacuum would: a log that was written little by little has statistics, a visibility map, and is frozen.
  private func settle() async throws {
    try await database.pool.withConnection { try $0.executeScript("vacuum (freeze, analyze) log.record") }
  }

  /// How many events a projection reads.
  func count(_ definition: ProjectionDefinition) async throws -> Int {
    try await database.pool.withConnection { connection in
      let rows = try connection.execute(
        "select count(*) from log.record where topic = any ($1) and type = any ($2)",
        [.int2s(definition.topics.map(\.number)), .texts(definition.types.map(\.rawValue))])
      return Int(rows[0].int8(0))
    }
  }
}
