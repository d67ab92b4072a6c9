import Contracts
import EventLog
import Foundation
import Postgres
import Synchronization

/// How far a rebuild has come. Counts are of positions in the log, those passed over included; of what is dropped, of
/// its parts.
package struct RebuildProgress: Sendable {
  package let phase: RebuildPhase
  package let done: Int64
  package let total: Int64
  /// Since this run began.
  package let perSecond: Double
  /// nil before there is a rate.
  package let secondsLeft: Double?
  /// Rows of either build that were compared so far, where that is done in pieces. They are looked at once more for what
  /// they say differently by day and tenant.
  package var compared: Int64 = 0
}

/// What a rebuild came to.
package struct RebuildReport: Sendable {
  /// The schema that was built.
  package let schema: String
  /// Whether it is what readers are given now.
  package let isLive: Bool
  package let applied: Int
  package let parked: Int
  package let seconds: Double
  /// Empty where nothing was live before.
  package let tables: [TableComparison]
  /// What both builds say differently, by tenant and day; only of a comparison.
  package let changes: [Change]
}

/// A table of two builds that stand at one position.
package struct TableComparison: Sendable, Equatable, CustomStringConvertible {
  package let table: String
  package let liveRows: Int64
  package let builtRows: Int64
  /// Rows that differ, or are missing on one side.
  package let differences: Int64
  /// The keys of the first of those.
  package let firstKeys: [String]

  package var description: String {
    "table \(table), \(liveRows) rows live, \(builtRows) built, \(differences) differ"
      + (firstKeys.isEmpty ? "" : ", first: \(firstKeys.joined(separator: "; "))")
  }

  static func compare(
    _ live: String,
    _ built: String,
    in transaction: Transaction
  ) throws(PostgresError) -> [TableComparison] {
    let rows = try transaction.execute(
      """
      select left_rows, right_rows, differences, array_to_string(first_keys, E'\\n'), name
      from projection.compare($1, $2)
      """,
      [.text(live), .text(built)]
    )
    return rows.map { TableComparison(of: $0.text(4), $0) }
  }

  /// - Parameter row: the counts of both sides and of what differs, and the first keys of that, a line each.
  init(of table: String, _ row: PostgresRow) {
    self.init(
      table: table, liveRows: row.int8(0), builtRows: row.int8(1), differences: row.int8(2),
      firstKeys: row.text(3).split(separator: "\n").map(String.init))
  }

  init(table: String, liveRows: Int64, builtRows: Int64, differences: Int64, firstKeys: [String]) {
    self.table = table
    self.liveRows = liveRows
    self.builtRows = builtRows
    self.differences = differences
    self.firstKeys = firstKeys
  }

  /// Of this part of a table and the one behind it.
  static func + (one: Self, next: Self) -> Self {
    TableComparison(
      table: one.table, liveRows: one.liveRows + next.liveRows, builtRows: one.builtRows + next.builtRows,
      differences: one.differences + next.differences,
      firstKeys: Array((one.firstKeys + next.firstKeys).prefix(5)))
  }
}

/// Counts what a rebuild moves past and tells.
final class RebuildMeter: Sendable {
  private struct State {
    var cursors: [TopicPartition: Int64]
    var phase = RebuildPhase.applying
    var done: Int64 = 0
    var applied = 0
    var parked = 0
    var compared: Int64 = 0
  }

  private let state: Mutex<State>
  private let total: Int64
  private let start = ContinuousClock.now
  private let onProgress: @Sendable (RebuildProgress) -> Void

  init(
    from cursors: [Cursor],
    to ends: [TopicPartition: Offset],
    _ onProgress: @escaping @Sendable (RebuildProgress) -> Void
  ) {
    state = Mutex(
      State(cursors: Dictionary(uniqueKeysWithValues: cursors.map { ($0.partition, $0.offset.rawValue) }))
    )
    total = cursors.reduce(0) { $0 + max((ends[$1.partition] ?? .zero).rawValue - $1.offset.rawValue, 0) }
    self.onProgress = onProgress
  }

  private var seconds: Double { (ContinuousClock.now - start) / .seconds(1) }

  func moved(_ cursors: [Cursor], _ result: WriteResult) {
    state.withLock { state in
      for cursor in cursors {
        state.done += cursor.offset.rawValue - (state.cursors[cursor.partition] ?? 0)
        state.cursors[cursor.partition] = cursor.offset.rawValue
      }
      state.applied += result.applied
      state.parked += result.parked
      tell(state)
    }
  }

  func compared(_ rows: Int) {
    state.withLock { state in
      state.compared += Int64(rows)
      tell(state)
    }
  }

  func enter(_ phase: RebuildPhase) {
    state.withLock { state in
      state.phase = phase
      tell(state)
    }
  }

  /// Under the lock, so that it is told one at a time and never less than before.
  private func tell(_ state: State) {
    // The log may have grown since the total was taken.
    let total = max(total, state.done)
    let rate = Double(state.done) / max(seconds, 0.001)
    onProgress(
      RebuildProgress(
        phase: state.phase, done: state.done, total: total, perSecond: rate,
        secondsLeft: rate > 0 ? Double(total - state.done) / rate : nil, compared: state.compared))
  }

  func report(schema: String, _ outcome: RebuildOutcome) -> RebuildReport {
    state.withLock { state in
      RebuildReport(
        schema: schema,
        isLive: outcome.isLive,
        applied: state.applied,
        parked: state.parked,
        seconds: seconds,
        tables: outcome.tables,
        changes: outcome.changes
      )
    }
  }
}
