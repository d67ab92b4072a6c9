/// What a rebuild does at a time.
package enum RebuildPhase: String, Sendable, CaseIterable {
  /// Throws away what earlier rebuilds left.
  case dropping
  /// Applies events.
  case applying
  /// Makes the secondary indexes, where they did not grow with the tables.
  case indexing
  /// Has the planner look at the tables.
  case analysing
  /// Compares with what is live.
  case comparing
  /// Brings both builds to one position and moves the pointer.
  case switching
}
