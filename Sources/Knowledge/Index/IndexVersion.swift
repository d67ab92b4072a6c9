import Contracts
import Foundation
import Postgres

/// One of the index's versions; each lies in a schema of its own.
package struct IndexVersion: Sendable, Equatable {
  package let number: Int
  package let sizes: ChunkSizes
  /// The name of the model whose vectors it holds; nil without vectors.
  package let model: String?
  package let dimensions: Int?
  /// Where its vectors lie when that is not in Postgres.
  package let space: VectorSpace?
  /// The next offset of `documents` to fold; nil while the stage `index` keeps it current.
  package let nextOffset: Int64?

  package var schema: String { "index_\(number)" }

  package init(
    number: Int, sizes: ChunkSizes, model: String?, dimensions: Int?, space: VectorSpace? = nil,
    nextOffset: Int64?
  ) {
    self.number = number
    self.sizes = sizes
    self.model = model
    self.dimensions = dimensions
    self.space = space
    self.nextOffset = nextOffset
  }
}

/// The versions of the index, and which is searched.
package enum IndexVersions {
  private static let columns =
    "v.version, v.chunk_tokens, v.overlap_tokens, v.model, v.dimensions, v.next_offset, v.store, v.space"

  /// The one that is searched; nil before there is any.
  ///
  /// - Parameter isHeld: it stays so until the transaction ends.
  package static func live(held isHeld: Bool = false, in transaction: any RowSource) throws -> IndexVersion? {
    try transaction.execute(
      "select \(columns) from knowledge.live as l join knowledge.version as v using (version)"
        + (isHeld ? " for share of l" : ""), []
    ).first.map(read)
  }

  /// The next offset of `documents` that the live one has not folded.
  package static func folded(in transaction: any RowSource) throws -> Int64 {
    try transaction.execute(
      "select coalesce(max(next_offset), 0) from stage.progress where stage = 'index' and partition = 0", [])[
        0
      ]
      .int8(0)
  }

  package static func previous(in transaction: Transaction) throws -> IndexVersion? {
    try transaction.execute(
      "select \(columns) from knowledge.live as l join knowledge.version as v on v.version = l.previous"
    ).first.map(read)
  }

  /// Those that are neither searched nor kept to go back to, in the order in which they were begun: builds that were not
  /// made live.
  package static func others(in transaction: any RowSource) throws -> [IndexVersion] {
    try transaction.execute(
      """
      select \(columns) from knowledge.version as v, knowledge.live as l
      where v.version <> l.version and v.version is distinct from l.previous order by v.version
      """, []
    ).map(read)
  }

  /// The latest build that came to nothing live and is of these; nil where there is none to go on with.
  ///
  /// - Parameter store: as in `make`.
  package static func unfinished(
    sizes: ChunkSizes, model: EmbeddingModel?, store: String?, in transaction: Transaction
  ) throws -> IndexVersion? {
    guard let live = try live(in: transaction) else { return nil }
    let model = try kept(model, store: store, in: transaction)
    return try others(in: transaction).last {
      $0.number > live.number && $0.sizes == sizes && $0.model == model?.name
        && $0.dimensions == model?.dimensions && $0.space?.store == (model == nil ? nil : store)
    }
  }

  /// The model, where its vectors can be kept.
  private static func kept(
    _ model: EmbeddingModel?, store: String?, in transaction: Transaction
  ) throws -> EmbeddingModel? {
    try store != nil || transaction.execute("select knowledge.has_vectors()")[0].bool(0) ? model : nil
  }

  package static func find(_ number: Int, in transaction: any RowSource) throws -> IndexVersion? {
    try transaction.execute(
      "select \(columns) from knowledge.version as v where v.version = $1", [.int4(Int32(number))]
    ).first.map(read)
  }

  /// The first version, where there is none. Serialised by the caller's lock or transaction.
  package static func ensureFirst(
    _ home: Home, sizes: ChunkSizes = ChunkSizes(), model: EmbeddingModel?, store: String? = nil,
    in transaction: Transaction
  ) throws {
    try transaction.execute("select pg_advisory_xact_lock(hashtext('aigentable index'))")
    guard try live(in: transaction) == nil else { return }
    let version = try make(home, sizes: sizes, model: model, store: store, in: transaction)
    try transaction.execute("update knowledge.version set next_offset = null")
    // What an earlier release indexed comes into this one, too: the ids of its events are known already.
    try transaction.execute("delete from stage.progress where stage = 'index'")
    try transaction.execute(
      "insert into knowledge.live (is_live, version) values (true, $1)", [.int4(Int32(version.number))])
  }

  /// An empty version beside those there are, at the beginning of the log. A model is left out where vectors
  /// cannot be kept.
  ///
  /// - Parameter store: the kind of the store outside of Postgres in which the vectors are to lie; nil: in Postgres.
  package static func make(
    _ home: Home, sizes: ChunkSizes, model: EmbeddingModel?, store: String? = nil, in transaction: Transaction
  ) throws -> IndexVersion {
    let model = try kept(model, store: store, in: transaction)
    let space = model == nil ? nil : store.map { VectorSpace(store: $0, id: UUID()) }
    let number = try transaction.execute("select coalesce(max(version), 0) + 1 from knowledge.version")[0]
      .int4(0)
    let version = IndexVersion(
      number: Int(number), sizes: sizes, model: model?.name, dimensions: model?.dimensions, space: space,
      nextOffset: 0)
    try transaction.execute(
      """
      insert into knowledge.version
        (version, chunk_tokens, overlap_tokens, model, dimensions, next_offset, made_at)
      values ($1, $2, $3, $4, $5, 0, now())
      """,
      [
        .int4(number), .int4(Int32(sizes.tokens)), .int4(Int32(sizes.overlap)),
        model.map { .text($0.name) } ?? .null, model.map { .int4(Int32($0.dimensions)) } ?? .null,
      ])
    if let space {
      try transaction.execute(
        "update knowledge.version set store = $2, space = $3 where version = $1",
        [.int4(number), .text(space.store), .uuid(space.id)])
    }
    try transaction.execute("create schema \(version.schema)")
    try transaction.execute(
      """
      select set_config('search_path', $1, true), set_config('aigentable.dimensions', $2, true),
        set_config('aigentable.store', $3, true), set_config('aigentable.space', $4, true)
      """,
      [
        .text("\(version.schema), public"), .text("\(model?.dimensions ?? 1)"), .text(space?.store ?? ""),
        .text(space?.id.uuidString ?? ""),
      ])
    var files = try home.sqlFiles(in: "index")
    if model != nil {
      // What nearness means is made before what searches by it.
      let last = files.removeLast()
      files += try home.sqlFiles(in: space == nil ? "index/vectors" : "index/elsewhere") + [last]
    }
    for file in files { try transaction.connection.executeScript(file.sql) }
    try transaction.execute("select set_config('search_path', 'public', true)")
    return version
  }

  package static func drop(_ version: IndexVersion, in transaction: Transaction) throws {
    try transaction.execute("drop schema if exists \(version.schema) cascade")
    if let space = version.space { try StaleVectors.note(space, in: transaction) }
    try transaction.execute(
      "delete from knowledge.version where version = $1", [.int4(Int32(version.number))])
    // Of a model that no version has any more, no question is compared.
    try transaction.execute(
      """
      delete from knowledge.asked as a
      where not exists (select from knowledge.version as v where v.model = a.model)
      """)
  }

  /// Drops those that are neither searched nor kept to go back to, and returns them.
  package static func dropOthers(in transaction: Transaction) throws -> [IndexVersion] {
    let others = try others(in: transaction)
    for version in others { try drop(version, in: transaction) }
    return others
  }

  /// Searches `version` from now on; the one before is kept, to go back to, from the offset where it is left.
  package static func promote(
    _ version: IndexVersion, leavingAt offset: Int64, in transaction: Transaction
  ) throws {
    try transaction.execute(
      "update knowledge.version set next_offset = $1 where version = (select version from knowledge.live)",
      [.int8(offset)])
    try transaction.execute(
      "update knowledge.live set previous = knowledge.live.version, version = $1",
      [.int4(Int32(version.number))])
    try transaction.execute(
      "update knowledge.version set next_offset = null where version = $1", [.int4(Int32(version.number))])
  }

  package static func note(nextOffset: Int64, of version: IndexVersion, in transaction: Transaction) throws {
    try transaction.execute(
      "update knowledge.version set next_offset = $2 where version = $1",
      [.int4(Int32(version.number)), .int8(nextOffset)])
  }

  private static func read(_ row: PostgresRow) -> IndexVersion {
    let store = row.optional(6, PostgresRow.text)
    return IndexVersion(
      number: Int(row.int4(0)), sizes: ChunkSizes(tokens: Int(row.int4(1)), overlap: Int(row.int4(2))),
      model: row.optional(3, PostgresRow.text), dimensions: row.optional(4, PostgresRow.int4).map { Int($0) },
      space: store.map { VectorSpace(store: $0, id: row.uuid(7)) },
      nextOffset: row.optional(5, PostgresRow.int8))
  }
}
