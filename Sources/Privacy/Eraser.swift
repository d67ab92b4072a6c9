import Contracts
import EventLog
import Foundation
import Logging
import Postgres
import Projections

/// Removes what is kept about erased contacts: rows of stages, read models, sealed files; then cleans their pages.
///
/// Each contact is swept at once, and a last time when everybody who may have had the key in memory is done:
/// `ripe` after the erasure, a process has either been told of it or lost its connection, and asks again. One
/// process works at a time; any number may run.
package struct Eraser: Sendable {
  /// Longer than a process can have lost its connection without noticing (`PostgresConnection`).
  package static let ripe = Duration.seconds(25)

  private let pool: PostgresPool
  private let projections: ProjectionEraser
  private let pages: PageCleaner
  private let ripe: Duration
  private let logger: Logger

  package init(
    pool: PostgresPool, logger: Logger, ripe: Duration = Eraser.ripe,
    rewritesBelow: Int64 = PageCleaner.defaultLimit
  ) {
    self.pool = pool
    self.logger = logger
    self.ripe = ripe
    projections = ProjectionEraser(pool: pool)
    pages = PageCleaner(pool: pool, rewritesBelow: rewritesBelow)
  }

  /// Returns once its task is cancelled.
  package func run() async throws {
    let wake = ChannelSignal(url: pool.url, channel: ErasureWatch.channel)
    defer { wake.stop() }
    try? await beginAgain()
    while !Task.isCancelled {
      do { try await work() } catch {
        if Task.isCancelled { return }
        logger.warning("erased contacts cannot be removed now", metadata: ["why": "\(error)"])
      }
      await wake.wait(atMost: .seconds(5))
    }
  }

  private func beginAgain() async throws {
    try await pool.withConnection { _ = try $0.execute("select privacy.begin_again()") }
  }

  private struct Person: Sendable {
    let contact: ContactID
    let isLast: Bool
    let conversations: [ConversationID]
  }

  /// Whether somebody was erased so long ago that the rows should be gone, as after a restore.
  package func isBehind() async throws -> Bool {
    try await pool.withConnection { connection in
      try connection.execute(
        """
        select exists (
          select from privacy.erasure where finished_at is null and erased_at < now() - interval '1 hour')
        """)[0].bool(0)
    }
  }

  /// Sweeps everyone who is due.
  package func work() async throws {
    // Provider's ids are of someone, whether or not erased.
    try await pool.withConnection { _ = try $0.execute("select stage.settle_orphans()") }
    while true {
      let people = try await due()
      guard !people.isEmpty else { return }
      let last = people.filter(\.isLast)
      try await sweep(people.filter { !$0.isLast }, isLast: false)
      guard !last.isEmpty else { continue }
      let tables = try await sweep(last, isLast: true)
      try await pages.clean(tables)
      let contacts = last.map(\.contact.uuid)
      try await pool.withConnection { _ = try $0.execute("select privacy.finish($1)", [.uuids(contacts)]) }
    }
  }

  private func due() async throws -> [Person] {
    try await pool.withConnection { [ripe] connection in
      try connection.execute(
        "select contact, is_last, conversations from privacy.unfinished(make_interval(secs => $1), $2)",
        [.double(ripe / .seconds(1)), .int4(500)]
      ).map { row in
        Person(
          contact: ContactID(row.uuid(0)), isLast: row.bool(1),
          conversations: (row.optional(2, PostgresRow.text) ?? "").split(separator: " ")
            .compactMap { ConversationID($0) })
      }
    }
  }

  /// Returns the tables in which rows were removed or changed.
  @discardableResult
  private func sweep(_ people: [Person], isLast: Bool) async throws -> [String] {
    guard !people.isEmpty else { return [] }
    // Before the stages' rows, by which the conversations are found.
    let tables = try await projections.erase(
      people.flatMap { person in
        person.conversations.map { .init(contact: person.contact, conversation: $0) }
      })
    let contacts = people.map(\.contact.uuid)
    try await pool.withTransaction { transaction in
      // One at a time, in whichever process.
      try transaction.execute("select pg_advisory_xact_lock(hashtextextended('privacy sweep', 0))")
      try transaction.execute("select privacy.sweep($1, $2)", [.uuids(contacts), .bool(isLast)])
      if !isLast { try transaction.execute("select privacy.note_swept($1)", [.uuids(contacts)]) }
    }
    return tables + PageCleaner.stageTables
  }
}
