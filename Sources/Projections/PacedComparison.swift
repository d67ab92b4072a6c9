import EventLog
import Postgres
import Synchronization

/// Compares two builds in short pieces by ranges of the key, with a rest after each, all in one transaction's snapshot.
struct PacedComparison: Sendable {
  let live: String
  let built: String
  let throttle: BackfillThrottle
  /// It runs on the connection's own thread, which does not belong to the task that may be cancelled.
  let stop: Stop
  /// Told after each piece of how many rows it was; must not block.
  var onRows: @Sendable (Int) -> Void = { _ in }

  final class Stop: Sendable {
    let isWanted = Atomic(false)
  }

  private static let firstRows = 100

  func tables(in transaction: Transaction) throws -> [TableComparison] {
    try names(in: transaction).map { table in
      var whole = TableComparison(table: table, liveRows: 0, builtRows: 0, differences: 0, firstKeys: [])
      try eachPart(of: table, in: transaction) { after, upTo in
        let row = try transaction.execute(
          """
          select left_rows, right_rows, differences, array_to_string(first_keys, E'\\n')
          from projection.compare_table($1, $2, $3, $4::text::text[], $5::text::text[])
          """, [.text(live), .text(built), .text(table), after, upTo])[0]
        let part = TableComparison(of: table, row)
        whole = whole + part
        return Int(max(part.liveRows, part.builtRows))
      }
      return whole
    }
  }

  func changes(in transaction: Transaction) throws -> [Change] {
    for table in try names(in: transaction) {
      try eachPart(of: table, in: transaction) { after, upTo in
        try transaction.execute(
          "select projection.add_changes($1, $2, $3, $4::text::text[], $5::text::text[])",
          [.text(live), .text(built), .text(table), after, upTo])
        return nil
      }
    }
    return try Change.gathered(in: transaction)
  }

  private func names(in transaction: Transaction) throws -> [String] {
    // Statistics of what is being built may be missing: the key's index is the way to a range of it. One processor is
    // enough for what is not live, and a short piece is worth no compiling, whatever the planner expects of it.
    try transaction.execute(
      """
      select
        set_config('enable_seqscan', 'off', true), set_config('max_parallel_workers_per_gather', '0', true),
        set_config('jit', 'off', true)
      """)
    return try transaction.execute(
      "select name from projection.compared_tables($1, $2) order by name", [.text(live), .text(built)]
    ).map { $0.text(0) }
  }

  /// - Parameter body: does the part behind one key up to another, each null where there is no bound. Returns how many
  ///   rows it looked at, where it knows.
  private func eachPart(
    of table: String, in transaction: Transaction,
    _ body: (_ after: PostgresParameter, _ upTo: PostgresParameter) throws -> Int?
  ) throws {
    var after = PostgresParameter.null
    var rows = Self.firstRows
    while true {
      if stop.isWanted.load(ordering: .relaxed) { throw CancellationError() }
      throttle.begin(.comparing)
      let start = Surroundings.now
      let found = try transaction.execute(
        "select projection.key_after($1, $2, $3, $4::text::text[], $5)::text",
        [.text(live), .text(built), .text(table), after, .int4(Int32(rows))])[0]
      let upTo = found.optional(0, PostgresRow.text).map { PostgresParameter.text($0) }
      let seen = try body(after, upTo ?? .null)
      let worked = Surroundings.now - start
      onRows(seen ?? rows)
      rows = BackfillThrottle.size(after: seen ?? rows, worked, was: rows)
      try transaction.execute("select pg_sleep($1)", [.double(throttle.end(after: worked) / .seconds(1))])
      guard let upTo else { return }
      after = upTo
    }
  }
}
