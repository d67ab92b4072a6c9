import Postgres

extension ProjectionDefinition {
  /// Refuses a folder whose SQL differs from what the same version was built from and served.
  func check(on connection: PostgresConnection) throws {
    let others = try connection.execute(
      """
      select hash from projection.version
      where name = $1 and version = $2 and state in ('live', 'retired') and hash <> $3
      """,
      [.text(name), .int4(Int32(version)), .text(hash)]
    )
    guard others.isEmpty else {
      throw ProjectionError(
        .changedWithoutVersion,
        "\(name): its files differ from those that version \(version) was built from; "
          + "give the changed files a new version, then rebuild"
      )
    }
  }

  /// The live build, or the one that is to become the first.
  func liveOrFirstBuild(in transaction: Transaction) throws -> ProjectionBuild {
    try transaction.execute(
      "select pg_advisory_xact_lock(hashtextextended('first build ' || $1::text, 0))",
      [.text(name)]
    )
    if let live = try ProjectionBuild.live(name, on: transaction.connection) { return live }
    return try resumableBuild(.all, in: transaction)
  }

  /// The unfinished build of these files and this scope, or a new one.
  func resumableBuild(_ scope: RebuildScope, in transaction: Transaction) throws -> ProjectionBuild {
    func find() throws -> ProjectionBuild? {
      try ProjectionBuild.all(name, .building, on: transaction.connection)
        .last { $0.hash == hash && $0.scope == scope }
    }
    if let found = try find() { return found }
    _ = try ProjectionBuild.begin(self, scope: scope, in: transaction)
    guard let made = try find() else {
      throw ProjectionError(.malformedSchema, "\(name): schema.sql undid the record of its own build")
    }
    return made
  }
}

extension ProjectionBuild {
  /// Makes this the live build.
  func promote(lease: Lease, in transaction: Transaction) throws {
    try lease.check {
      try transaction.execute("select projection.promote($1, $2)", [.text(schema), .int8(lease.epoch)])
    }
  }

  /// Keeps the lease as it is until the transaction ends.
  func fence(_ lease: Lease, in transaction: Transaction) throws {
    try lease.check {
      try transaction.execute("select projection.fence($1, $2)", [.text(schema), .int8(lease.epoch)])
    }
  }
}
