import Contracts
import Postgres

/// Takes erased contacts out of every build that holds what people wrote or are, so that its rows are those that a
/// rebuild without their keys would give.
package struct ProjectionEraser: Sendable {
  /// An erased contact, and a conversation that it was in.
  package struct Appearance: Sendable {
    let contact: ContactID
    let conversation: ConversationID
    package init(contact: ContactID, conversation: ConversationID) {
      self.contact = contact
      self.conversation = conversation
    }
  }

  private let pool: PostgresPool

  package init(pool: PostgresPool) { self.pool = pool }

  /// Returns the tables in which pages hold what was removed, as `schema.table`.
  ///
  /// - Throws: `ProjectionError.brokenSQL` where a live build has no `erase.sql`: it was made before there was one,
  ///   and must be rebuilt.
  package func erase(_ appearances: [Appearance]) async throws -> [String] {
    var tables: [String] = []
    for build in try await builds() {
      guard let erase = build.recorded.erase else {
        switch build.state {
        case .retired, .failed:
          // Nobody reads it any more.
          try await pool.withConnection {
            _ = try $0.execute("select projection.drop_build($1)", [.text(build.schema)])
          }
          continue
        case .live, .building:
          throw ProjectionError(
            .brokenSQL, "\(build.schema) cannot forget a person; run: aigentable rebuild \(build.name)")
        }
      }
      try await pool.withTransaction { transaction in
        try transaction.execute(
          "select projection.begin_erase($1, $2, $3)",
          [
            .text(build.schema), .uuids(appearances.map(\.contact.uuid)),
            .uuids(appearances.map(\.conversation.uuid)),
          ])
        do throws(PostgresError) { try transaction.connection.executeScript(erase) } catch {
          if error.isRetriable { throw error }
          throw ProjectionError(.brokenSQL, "\(build.name)/erase.sql: \(error.description)")
        }
      }
      tables += build.recorded.tables.map { "\(build.schema).\($0)" }
    }
    return tables
  }

  private func builds() async throws -> [ProjectionBuild] {
    try await pool.withConnection { connection in
      let names = try connection.execute("select distinct name from projection.version order by name")
      return try names.flatMap { try ProjectionBuild.all($0.text(0), on: connection) }
        .filter(\.recorded.needsPrivate)
    }
  }
}
