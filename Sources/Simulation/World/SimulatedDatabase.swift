import EventLog
import Foundation
import Postgres

/// The shipped SQL on a real server, under the world's clock and with the world's faults.
///
/// All processes share one connection and take turns on it. A whole run is one transaction that is rolled back at its
/// end; the engine's transactions are parts of it. Time and the locks of sessions come from `simulated.sql`, whose
/// functions are found before those of Postgres with the same names.
final class SimulatedDatabase {
  /// How often what a process asks of the database goes wrong.
  struct Faults {
    /// No connection can be had.
    var before = 0.0
    /// The connection is lost between two statements.
    var during = 0.0
    /// The connection is lost once COMMIT was sent; half of these are committed.
    var commit = 0.0
  }

  enum Fate: Equatable {
    case well
    case before
    /// Before this round trip.
    case during(Int)
    case commit(isMade: Bool)
  }

  let connection: PostgresConnection
  let world: World
  /// A transaction was taken back after others had acted within it, and with it what they had done: what such a run
  /// comes to means nothing.
  private(set) var isVoid = false
  var faults = Faults()
  var isAway = false
  /// The name of the bug that this run has, for those in Swift.
  var planted: String?
  /// Processes read as another role, or apply batches: both outlive a part and are taken back before the next.
  var hasProjections = false
  /// Told when a process has notified the others.
  var hasNotified: ((SimulatedProcess) -> Void)?
  /// Set where others act in the middle of a stage's transactions.
  var contest: Contest?
  /// How many of the things above have happened.
  var faultCount = 0
  /// A statement that failed where it may not; nothing can go on after it.
  private(set) var failure: String?
  private var lastStatement = ""

  init(_ connection: PostgresConnection, world: World) {
    self.connection = connection
    self.world = world
  }

  /// Work of a pool, in the pool's own time.
  func perform(_ work: PostgresPool.Work, of pool: SimulatedPool) {
    guard failure == nil else { return work { throw PostgresError(.closed, "the simulation ended") } }
    let process = pool.process
    let fate = process.isDead ? .well : draw()
    var isBroken = false
    var trips = 0
    var role = Contest.Role.none
    connection.beforeRoundTrip = { [self] sql throws(PostgresError) in
      lastStatement = sql
      if sql == connection.scope.rollback {
        if role == .overlapped { isVoid = true }
        return
      }
      trips += 1
      if contest != nil, fate == .well { role = try contested(sql, role, process, pool.session) }
      if case .commit(let isMade) = fate, !isBroken, sql == connection.scope.commit {
        isBroken = true
        try raw { (connection) throws(PostgresError) in
          try connection.executeScript(isMade ? connection.scope.commit : connection.scope.rollback)
        }
      }
      if case .during(let trip) = fate, trips >= trip, sql != connection.scope.commit { isBroken = true }
      if isBroken {
        faultCount += 1
        throw PostgresError(.unavailable, "simulated loss of the connection")
      }
    }
    let connect = { [self] () throws(PostgresError) -> PostgresConnection in
      if process.isDead { throw PostgresError(.closed, "the process is gone") }
      if isAway || fate == .before {
        isBroken = true
        throw PostgresError(.unavailable, "simulated absence of the server")
      }
      enter(pool.session)
      return connection
    }
    Surroundings.$simulated.withValue(process) { work(connect) }
    connection.beforeRoundTrip = nil
    if role == .another { contest?.turns += 1 }
    if isBroken {
      if fate == .before { faultCount += 1 }
      endSession(pool)
    }
    if connection.isAborted { failure = "refused outside a transaction: \(lastStatement.prefix(300))" }
  }

  /// What the harness itself asks.
  func ask<R>(_ body: (PostgresConnection) throws -> R) throws -> R {
    enter("world")
    return try body(connection)
  }

  /// Time and session of whoever comes next; travels with its first statement.
  private func enter(_ session: String) {
    // A reader may call nothing of the rest.
    if hasProjections { connection.executeLater("select set_config('role', 'none', false)") }
    connection.executeLater(
      "select set_config('simulated.now', $1, false), set_config('simulated.session', $2, false)",
      [.text("\(world.date.timeIntervalSince1970)"), .text(session)])
    if hasProjections {
      connection.executeLater(
        "select set_config('search_path', 'simulated, pg_catalog, public', false), simulated.empty_batch()")
    }
  }

  private func draw() -> Fate {
    if world.numbers.chance(faults.before) { return .before }
    // The first round trip of a transaction is what begins it.
    if world.numbers.chance(faults.during) { return .during(Int.random(in: 2...5, using: &world.numbers)) }
    if world.numbers.chance(faults.commit) { return .commit(isMade: Bool.random(using: &world.numbers)) }
    return .well
  }

  func raw<R>(_ body: (PostgresConnection) throws(PostgresError) -> R) throws(PostgresError) -> R {
    let hook = connection.beforeRoundTrip
    connection.beforeRoundTrip = nil
    defer { connection.beforeRoundTrip = hook }
    return try body(connection)
  }

  // MARK: Sessions

  func endSession(_ pool: SimulatedPool) {
    forget("session = $1", pool.session)
    pool.beginSession()
  }

  func endSessions(of process: SimulatedProcess) { forget("starts_with(session, $1)", "\(process.name)/") }

  private func forget(_ condition: String, _ value: String) {
    guard failure == nil else { return }
    do {
      _ = try raw { (connection) throws(PostgresError) in
        if hasProjections { connection.executeLater("select set_config('role', 'none', false)") }
        return try connection.execute("delete from simulated.session_lock where \(condition)", [.text(value)])
      }
    } catch { failure = "sessions cannot be ended: \(error)" }
  }
}

/// The work of one pool of a process: each item reaches the database after a while, in any order unless the pool has
/// one connection. Unchecked as the world.
final class SimulatedPool: SimulatedQueue, @unchecked Sendable {
  let process: SimulatedProcess
  private(set) var session: String
  private let database: SimulatedDatabase
  private let name: String
  private let isOrdered: Bool
  private var isClosed = false
  private var number = 0
  private var last = Duration.zero

  init(process: SimulatedProcess, database: SimulatedDatabase, connections: Int, name: String) {
    self.process = process
    self.database = database
    self.name = name
    isOrdered = connections == 1
    session = "\(process.name)/\(name)/0"
  }

  func beginSession() {
    number += 1
    session = "\(process.name)/\(name)/\(number)"
  }

  func add(_ work: @escaping PostgresPool.Work) -> Bool {
    let world = process.world
    guard !isClosed, !process.isDead else { return false }
    // Now and then one takes very long.
    let isSlow = world.numbers.chance(0.02)
    var delay = world.numbers.duration(isSlow ? 100...1_500 : 0...8)
    if isSlow { world.noteDelay(delay) }
    if isOrdered {
      delay = max(delay, last - world.elapsed)
      last = world.elapsed + delay
    }
    world.add(process, .statement(name), after: delay) { [self] in
      database.perform(work, of: self)
      if name == "aigentable-notify" { database.hasNotified?(process) }
    }
    if name == "aigentable" { process.beginStall() }
    return true
  }

  /// What was taken on is still done; then the connections are closed.
  func close() {
    isClosed = true
    process.world.add(nil, .other("a pool of \(process.name) closes"), after: .milliseconds(10)) { [self] in
      database.endSession(self)
    }
  }
}
