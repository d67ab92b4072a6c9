import Foundation
import Postgres

/// What two owners of one partition do in each other's way. One stands still, its transaction on its way to the server,
/// until a lease went to another; then it goes on, and the other acts after the first statements of that transaction
/// and before the rest: transactions overlap here, as they do nowhere else in a simulation.
///
/// All share a connection, so what others do meanwhile is part of the transaction that they interrupt. It has only read
/// by then, and if it is taken back later the run is void. It would hold a lock on its leases: nobody takes or gives any
/// meanwhile.
struct Contest {
  enum Role {
    case none
    /// Its first statements are sent; others act before the next.
    case resumed
    /// Others have acted within it.
    case overlapped
    /// A stage's transaction of some other.
    case another
  }

  /// How often who is about to begin a transaction on what is due stands still, and how often in a run.
  var chance = 0.3
  var left = 2
  /// Who stands still, or was interrupted.
  fileprivate var process: SimulatedProcess?
  fileprivate var isOverlapping = false
  fileprivate var hasClaimed = false
  /// Of the statements that were asked so far.
  fileprivate var kinds: [String: (isTurn: Bool, movesLeases: Bool)] = [:]
  /// How many transactions of others there were.
  var turns = 0
}

extension SimulatedDatabase {
  /// Before a round trip of a process, whose transaction had the role so far.
  func contested(
    _ statements: [String], _ role: Contest.Role, _ process: SimulatedProcess, _ session: String
  ) throws(PostgresError) -> Contest.Role {
    let (isTurn, movesLeases) = kind(of: statements)
    if let owner = contest?.process {
      if movesLeases, contest?.isOverlapping == true {
        faultCount += 1
        throw PostgresError(.unavailable, "the leases are locked")
      }
      if movesLeases { contest?.hasClaimed = true }
      return isTurn && process !== owner ? .another : role
    }
    if role == .resumed, statements != [connection.scope.commit] {
      try overlap(process, session)
      return .overlapped
    }
    guard isTurn, role == .none, let contest, contest.left > 0, world.numbers.chance(contest.chance) else {
      return role
    }
    self.contest?.left -= 1
    try standStill(process)
    return .resumed
  }

  /// Whether they are of a stage's transaction on what is due, and whether they take, keep or give leases.
  private func kind(of statements: [String]) -> (isTurn: Bool, movesLeases: Bool) {
    statements.reduce((false, false)) {
      let kind = kind(of: $1)
      return ($0.0 || kind.isTurn, $0.1 || kind.movesLeases)
    }
  }

  private func kind(of sql: String) -> (isTurn: Bool, movesLeases: Bool) {
    if let known = contest?.kinds[sql] { return known }
    let kind = (
      sql.contains("stage.queue("),
      ["stage.claim(", "stage.renew(", "stage.release("].contains { sql.contains($0) }
    )
    contest?.kinds[sql] = kind
    return kind
  }

  private func standStill(_ process: SimulatedProcess) throws(PostgresError) {
    faultCount += 1
    world.note(.contest)
    world.trace.note(world.elapsed, process.name, .other("stands still"))
    contest?.process = process
    defer { contest?.process = nil }
    let before = try epochs()
    let taken = Int64.random(in: 1...2, using: &world.numbers)
    let end = world.elapsed + .seconds(30)
    try process.standStill { () throws(PostgresError) in
      try apart { () throws(PostgresError) in
        while world.elapsed < end, world.step() {
          guard contest?.hasClaimed == true else { continue }
          contest?.hasClaimed = false
          if try epochs() >= before + taken { break }
        }
      }
    }
    world.trace.note(world.elapsed, process.name, .other("goes on"))
  }

  private func overlap(_ process: SimulatedProcess, _ session: String) throws(PostgresError) {
    contest?.process = process
    contest?.isOverlapping = true
    contest?.turns = 0
    let end = world.elapsed + .milliseconds(400)
    try apart { () throws(PostgresError) in
      while world.elapsed < end, contest?.turns == 0, world.step() {}
    }
    contest?.process = nil
    contest?.isOverlapping = false
    _ = try raw { (connection) throws(PostgresError) in
      try connection.execute(
        "select set_config('simulated.now', $1, false), set_config('simulated.session', $2, false)",
        [.text("\(date.timeIntervalSince1970)"), .text(session)])
    }
  }

  private func epochs() throws(PostgresError) -> Int64 {
    try raw { (connection) throws(PostgresError) in
      try connection.execute("select coalesce(sum(epoch), 0)::bigint from stage.lease")[0].int8(0)
    }
  }

  /// Without the faults of the one that is interrupted.
  private func apart(_ body: () throws(PostgresError) -> Void) throws(PostgresError) {
    try raw { (_) throws(PostgresError) in try body() }
  }
}
