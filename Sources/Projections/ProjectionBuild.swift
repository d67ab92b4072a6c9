import Contracts
import Foundation
import JSON
import Postgres

/// One build of one version: the tables in a schema of their own, and what is needed to move them on, as it
/// was when the build began.
struct ProjectionBuild: Sendable {
  enum State: String, Sendable { case building, live, retired, failed }

  /// What is recorded of the definition; members are only ever added.
  struct Recorded: Codable, Sendable {
    let topics: [Topic]
    let types: [String]
    let needsPrivate: Bool
    let tables: [String]
    let carried: [String]
    /// nil in builds of before there was this member: false.
    let independent: Bool?
    /// nil where nothing private is opened, and in builds of before there was this member.
    let erase: String?

    enum CodingKeys: String, CodingKey {
      case topics, types
      case needsPrivate = "private"
      case tables, carried, independent, erase
    }
  }

  let name: String
  let version: Int
  let schema: String
  let hash: String
  let state: State
  let recorded: Recorded
  let apply: String
  let indexes: String
  let isIndexed: Bool
  let scope: RebuildScope

  var types: Set<EventType> { Set(recorded.types.map { EventType($0) }) }

  private static let columns =
    "select name, version, schema, hash, state, definition, apply, indexes, is_indexed, scope "
    + "from projection.version "

  private init(_ row: PostgresRow) throws {
    name = row.text(0)
    version = Int(row.int4(1))
    schema = row.text(2)
    hash = row.text(3)
    state = State(rawValue: row.text(4)) ?? .failed
    recorded = try JSON.decode(Recorded.self, from: row.jsonb(5))
    apply = row.text(6)
    indexes = row.text(7)
    isIndexed = row.bool(8)
    scope = try JSON.decode(RebuildScope.self, from: row.jsonb(9))
  }

  static func live(_ name: String, on connection: PostgresConnection) throws -> ProjectionBuild? {
    try connection.execute(columns + "where name = $1 and state = 'live'", [.text(name)])
      .first.map { try ProjectionBuild($0) }
  }

  /// Builds in this state, the oldest first.
  static func all(
    _ name: String,
    _ state: State,
    on connection: PostgresConnection
  ) throws -> [ProjectionBuild] {
    try connection.execute(
      columns + "where name = $1 and state = $2 order by version, build",
      [.text(name), .text(state.rawValue)]
    ).map { try ProjectionBuild($0) }
  }

  static func all(_ name: String, on connection: PostgresConnection) throws -> [ProjectionBuild] {
    try connection.execute(columns + "where name = $1", [.text(name)]).map { try ProjectionBuild($0) }
  }

  /// Begins a build: records it, makes its schema and tables, and grants readers their view of them.
  static func begin(
    _ definition: ProjectionDefinition,
    scope: RebuildScope = .all,
    in transaction: Transaction
  ) throws -> String {
    let recorded = Recorded(
      topics: definition.topics,
      types: definition.types.map(\.rawValue).sorted(),
      needsPrivate: definition.needsPrivate,
      tables: definition.tables,
      carried: definition.carried,
      independent: definition.isIndependent,
      erase: definition.erase
    )
    let schema = try transaction.execute(
      "select projection.begin_build($1, $2, $3, $4, $5, $6, $7)",
      [
        .text(definition.name), .int4(Int32(definition.version)), .text(definition.hash),
        .jsonb(try JSON.encode(recorded)), .text(definition.apply), .text(definition.indexes),
        .jsonb(try JSON.encode(scope)),
      ]
    )[0].text(0)
    do {
      try transaction.connection.executeScript(definition.schema)
      try transaction.execute("select projection.protect($1)", [.text(schema)])
    } catch { throw error.blaming("\(definition.name)/schema.sql") }
    try check(definition, schema: schema, in: transaction)
    return schema
  }

  /// The tables must be the declared ones, and have the columns that the bounds divide them by.
  private static func check(
    _ definition: ProjectionDefinition,
    schema: String,
    in transaction: Transaction
  ) throws {
    let rows = try transaction.execute(
      "select name, unnest(columns) from projection.tables_of($1)",
      [.text(schema)]
    )
    let columns = Dictionary(grouping: rows.map { ($0.text(0), $0.text(1)) }, by: \.0)
      .mapValues { Set($0.map(\.1)) }
    guard Set(columns.keys) == Set(definition.tables) else {
      let made = columns.keys.sorted().joined(separator: ", ")
      throw ProjectionError(
        .malformedSchema,
        "\(definition.name)/schema.sql makes the tables \(made), not those declared"
      )
    }
    for table in definition.tables where !definition.carried.contains(table) {
      for bound in definition.bounds where columns[table]?.contains(bound.rawValue) != true {
        throw ProjectionError(
          .malformedSchema,
          "\(definition.name)/schema.sql: table \(table) lacks the column \(bound.rawValue) of bounds"
        )
      }
    }
  }

  /// Makes the secondary indexes and has the planner look at the tables.
  func index(in transaction: Transaction) throws {
    try transaction.execute(
      "select set_config('search_path', format('%I', $1::text), true), "
        + "set_config('maintenance_work_mem', '256MB', true)",
      [.text(schema)]
    )
    do { try transaction.connection.executeScript(indexes) } catch {
      throw error.blaming("\(name)/indexes.sql")
    }
    try transaction.execute("select projection.analyze_build($1)", [.text(schema)])
    try transaction.execute(
      "update projection.version set is_indexed = true where schema = $1",
      [.text(schema)]
    )
  }

  /// Makes of a build that is not live yet one that is only there to be dropped; false where it is live by now.
  @discardableResult
  func giveUp(_ lease: Lease, on pool: PostgresPool) async throws -> Bool {
    try await pool.withTransaction { transaction in
      try fence(lease, in: transaction)
      return try transaction.execute(
        "update projection.version set state = 'failed' where schema = $1 and state = 'building'",
        [.text(schema)]
      ).affected > 0
    }
  }
}

extension PostgresError {
  /// What was to be dropped is dropped already, or live.
  var isOfABuildThatIsGone: Bool { sqlState == "PL003" }

  /// What to throw when the SQL of `file` met this error.
  fileprivate func blaming(_ file: String) -> any Error {
    isRetriable ? self : ProjectionError(.malformedSchema, "\(file): \(message)")
  }
}
