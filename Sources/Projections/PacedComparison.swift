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
      try eachPart(of: table, by: "compare_query", in: transaction) { query, bounds in
        let row = try transaction.execute(
          """
          select left_rows, right_rows, differences, array_to_string(first_keys, E'\\n')
          from (\(query)) as part
          """, bounds)[0]
        let part = TableComparison(of: table, row)
        whole = whole + part
        return Int(max(part.liveRows, part.builtRows))
      }
      return whole
    }
  }

  func changes(in transaction: Transaction) throws -> [Change] {
    let names = try names(in: transaction)
    try transaction.execute("select projection.begin_changes()")
    for table in names {
      try eachPart(of: table, by: "changes_query", in: transaction) { query, bounds in
        try transaction.execute(query, bounds)
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

  /// - Parameters:
  ///   - function: makes the query of a part, in the schema `projection`.
  ///   - body: runs it. Returns how many rows it looked at, where it knows.
  private func eachPart(
    of table: String, by function: String, in transaction: Transaction,
    _ body: (_ query: String, _ bounds: [PostgresParameter]) throws -> Int?
  ) throws {
    // Each text is asked for once, and planned once: a part is too short for more.
    var texts: [String: String] = [:]
    func text(_ function: String, _ isBounded: Bool...) throws -> String {
      let call = "projection.\(function)($1, $2, $3, \(isBounded.map(String.init).joined(separator: ", ")))"
      if let text = texts[call] { return text }
      let parameters = [live, built, table].map { PostgresParameter.text($0) }
      let text = try transaction.execute("select \(call)", parameters)[0].text(0)
      texts[call] = text
      return text
    }

    var after: String?
    var rows = Self.firstRows
    repeat {
      if stop.isWanted.load(ordering: .relaxed) { throw CancellationError() }
      throttle.begin(.comparing)
      let start = Surroundings.now
      let first = PostgresParameter.text(after ?? "{}")
      let upTo = try transaction.execute(text("key_query", after != nil), [first, .int4(Int32(rows))])
        .first?.optional(0, PostgresRow.text)
      let query = try text(function, after != nil, upTo != nil)
      let seen = try body(query, [first, .text(upTo ?? "{}")])
      let worked = Surroundings.now - start
      onRows(seen ?? rows)
      rows = BackfillThrottle.size(after: seen ?? rows, worked, was: rows)
      var rest = throttle.end(after: worked)
      repeat {
        try transaction.execute("select pg_sleep($1)", [.double(rest / .seconds(1))])
        rest = BackfillThrottle.pauseLook
      } while throttle.isPaused && !stop.isWanted.load(ordering: .relaxed)
      after = upTo
    } while after != nil
  }
}
