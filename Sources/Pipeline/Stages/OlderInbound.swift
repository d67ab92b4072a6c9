import Contracts
import EventLog
import Foundation
import Keyring
import Logging
import Postgres

/// Makes good that earlier releases did not note whom inbound events concern: reads once more those whose keys are
/// there, at most 30 days, so that erasing a person reaches them, too. Of someone who was erased since, the key goes at
/// once. Done once for an installation; any number of processes may begin it.
package struct OlderInbound: Sendable {
  private let normalize: Normalize
  private let log: any EventLog
  private let pool: PostgresPool
  private let keyring: Keyring
  private let directory: Directory
  private let logger: Logger

  package init(
    _ normalize: Normalize, log: any EventLog, pool: PostgresPool, keyring: Keyring, directory: Directory,
    logger: Logger
  ) {
    self.normalize = normalize
    self.log = log
    self.pool = pool
    self.keyring = keyring
    self.directory = directory
    self.logger = logger
  }

  /// Tries until it is done; returns then, or once its task is cancelled.
  package func run() async throws {
    while !Task.isCancelled {
      do {
        try await noteOnce()
        return
      } catch {
        if Task.isCancelled { return }
        logger.warning("whom older inbound events concern cannot be noted now", metadata: ["why": "\(error)"])
        try? await Task.sleep(for: .seconds(60))
      }
    }
  }

  /// Returns how many events were read for it.
  @discardableResult
  package func noteOnce() async throws -> Int {
    let isNeeded = try await pool.withConnection { connection in
      try connection.execute("select from keyring.concerns_noted").isEmpty
    }
    guard isNeeded else { return 0 }
    var count = 0
    if try await pool.withConnection({ try !$0.execute("select from keyring.inbound_key limit 1").isEmpty }) {
      for (partition, end) in zip(log.layout.partitions(.inbound), try await log.ends(of: .inbound)) {
        var scan = try await PartitionScan(log, from: Cursor(partition), to: end, types: normalize.types)
        while let records = try await scan.next(limit: 200) { count += try await note(records) }
      }
    }
    try await pool.withConnection { connection in
      _ = try connection.execute(
        "insert into keyring.concerns_noted (noted_at) values (clock_timestamp()) on conflict do nothing")
    }
    return count
  }

  private func note(_ records: [Record]) async throws -> Int {
    let kids = records.map { (try? ReceivedBody($0.event))?.keyID }
    let asked = kids.compactMap { $0?.uuid }
    let unnoted = try await pool.withConnection { connection in
      Set(
        try connection.execute("select id from keyring.unnoted($1)", [.uuids(asked)]).map {
          KeyID($0.uuid(0))
        })
    }
    let older = zip(records, kids).filter { $1.map(unnoted.contains) ?? false }.map(\.0)
    guard !older.isEmpty else { return 0 }
    let context = StageContext(directory: try await directory.catchUp(), keyring: keyring, now: Date())
    try await pool.withTransaction { [normalize] transaction in
      try normalize.noteConcerns(of: older, context, in: transaction)
    }
    return older.count
  }
}
