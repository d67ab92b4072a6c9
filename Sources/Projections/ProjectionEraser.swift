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
      do { try await erase(appearances, from: build) } catch {
        // A rebuild may have replaced it since it was listed: then nobody reads it any more.
        guard try await isLeft(build) else { continue }
        throw error
      }
      tables += build.recorded.tables.map { "\(build.schema).\($0)" }
    }
    return tables
  }

  private func erase(_ appearances: [Appearance], from build: ProjectionBuild) async throws {
    guard let erase = build.recorded.erase else {
      throw ProjectionError(
        .brokenSQL, "\(build.schema) cannot forget a person; run: aigentable rebuild \(build.name)")
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
  }

  /// False once nothing of a build is left, as is made sure of where nobody reads it any more.
  private func isLeft(_ build: ProjectionBuild) async throws -> Bool {
    try await pool.withConnection { connection in
      let rows = try connection.execute(
        "select state from projection.version where schema = $1", [.text(build.schema)])
      switch rows.first.map({ ProjectionBuild.State(rawValue: $0.text(0)) ?? .failed }) {
      case .live, .building: return true
      case nil: return false
      case .retired, .failed: break
      }
      do throws(PostgresError) {
        try connection.execute("select projection.drop_build($1)", [.text(build.schema)])
      } catch {
        if !error.isOfABuildThatIsGone { throw error }
      }
      return false
    }
  }

  private func builds() async throws -> [ProjectionBuild] {
    try await pool.withConnection { connection in
      let names = try connection.execute("select distinct name from projection.version order by name")
      return try names.flatMap { try ProjectionBuild.all($0.text(0), on: connection) }
        .filter(\.recorded.needsPrivate)
    }
  }
}
