import Contracts
import EventLog
import Foundation
import Postgres

/// Does erasures again that this database does not know of: it was restored from a backup that is older than the
/// log, or than the journal. Runs before any role starts.
package struct ErasureReplay: Sendable {
  private let log: any EventLog
  private let pool: PostgresPool
  private let journal: ErasureJournal

  package init(log: any EventLog, pool: PostgresPool, journal: ErasureJournal) {
    self.log = log
    self.pool = pool
    self.journal = journal
  }

  /// Returns how many contacts were erased again.
  @discardableResult
  package func run() async throws -> Int {
    var count = try await eraseWhatTheLogTells()
    let listed = try await journal.contacts().map(\.uuid)
    let found = try await pool.withConnection { connection in
      try connection.execute("select contact from privacy.not_erased($1)", [.uuids(listed)])
        .map { ContactID($0.uuid(0)) }
    }
    for contact in found {
      guard let entry = try await journal.entry(of: contact) else { continue }
      try await erase(contact, tenant: entry.tenant, reason: entry.reason, at: entry.time)
      count += 1
    }
    let left = try await pool.withConnection { connection in
      try connection.execute(
        """
        select e.contact, e.tenant, e.reason, e.erased_at from privacy.erasure as e
        join keyring.key as k on k.id = e.contact
        """
      ).map { (ContactID($0.uuid(0)), TenantID($0.uuid(1)), $0.text(2), $0.date(3)) }
    }
    for (contact, tenant, reason, time) in left {
      try await erase(contact, tenant: tenant, reason: reason, at: time, isInLog: true)
    }
    return count + left.count
  }

  private func erase(
    _ contact: ContactID, tenant: TenantID, reason: String, at time: Date, isInLog: Bool = false
  ) async throws {
    try await ContactErasure(log: log, pool: pool, journal: journal).apply(
      .init(contact: contact, tenant: tenant, reason: reason, source: "/erasures"), at: time, isInLog: isInLog
    )
  }

  /// Looks through `tenants` from where it was looked through last.
  private func eraseWhatTheLogTells() async throws -> Int {
    let end = try await log.ends(of: .tenants)[0]
    let place = TopicPartition(.tenants, Partition(0))
    var cursor = try await pool.withConnection { connection in
      try connection.execute(
        "select next_offset, sequence from privacy.progress order by next_offset desc limit 1"
      ).first.map { Cursor(place, Offset($0.int8(0)), sequence: $0.optional(1, PostgresRow.int8)) }
        ?? Cursor(place)
    }
    guard cursor.offset < end else { return 0 }
    let reader = try await log.reader(from: [cursor], types: [ContactErased.type])
    var count = 0
    do {
      while cursor.offset < end {
        let batch = try await reader.next(limit: 1_000)
        for record in batch.records {
          let facts = try ContactErased.read(record.event).facts
          guard try await !isErased(facts.contact) else { continue }
          try await erase(
            facts.contact, tenant: record.event.tenant, reason: facts.reason, at: record.event.time,
            isInLog: true)
          count += 1
        }
        cursor = batch.cursors.last ?? cursor
      }
    } catch {
      await reader.close()
      throw error
    }
    await reader.close()
    try await pool.withTransaction { [cursor] transaction in
      try transaction.execute("delete from privacy.progress")
      // Another process, which starts at the same time, may have come as far.
      try transaction.execute(
        "insert into privacy.progress (next_offset, sequence) values ($1, $2) on conflict do nothing",
        [.int8(cursor.offset.rawValue), cursor.sequence.map { .int8($0) } ?? .null])
    }
    return count
  }

  private func isErased(_ contact: ContactID) async throws -> Bool {
    try await pool.withConnection { connection in
      try !connection.execute(
        """
        select from privacy.erasure as e
        where e.contact = $1 and not exists (select from keyring.key as k where k.id = $1)
        """, [.uuid(contact.uuid)]
      ).isEmpty
    }
  }
}
