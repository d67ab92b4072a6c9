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
  /// How far the server's date is from the true one, in seconds.
  var dateOffset = 0.0
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
  private var lastStatements: [String] = []
  /// Whose sessions ended: their locks are given back before anybody asks for anything.
  private var ended = EndedSessions()

  /// The server's.
  var date: Date { world.date.addingTimeInterval(dateOffset) }

  init(_ connection: PostgresConnection, world: World) {
    self.connection = connection
    self.world = world
  }

  /// Work of a pool, in the pool's own time.
  func perform(_ work: PostgresPool.Work, of pool: SimulatedPool) {
    guard failure == nil else { return work { throw PostgresError(.closed, "the simulation ended") } }
    // Who is to hear of it hears of it from the run.
    if pool.isNotifier {
      return work { throw PostgresError(.unavailable, "nothing is notified by Postgres") }
    }
    let process = pool.process
    let fate = process.isDead ? .well : draw()
    var isBroken = false
    var trips = 0
    var role = Contest.Role.none
    connection.beforeRoundTrip = { [self] statements throws(PostgresError) in
      lastStatements = statements
      if world.isTold { tell(statements, of: process) }
      if statements == [connection.scope.rollback] {
        if role == .overlapped { isVoid = true }
        return
      }
      trips += 1
      if contest != nil, fate == .well {
        do throws(PostgresError) {
          role = try contested(statements, role, process, pool.session)
        } catch {
          ended.areNotTold()
          throw error
        }
      }
      let isCommit = statements == [connection.scope.commit]
      if case .commit(let isMade) = fate, !isBroken, isCommit {
        isBroken = true
        world.note(isMade ? .commitUnheard : .commitLost)
        world.tell(
          process.name, "the connection breaks: COMMIT is \(isMade ? "made" : "lost"), its answer lost")
        try raw { (connection) throws(PostgresError) in
          try connection.executeScript(isMade ? connection.scope.commit : connection.scope.rollback)
        }
      }
      if case .during(let trip) = fate, trips >= trip, !isCommit, !isBroken {
        isBroken = true
        world.note(.loss)
        world.tell(process.name, "the connection breaks before that")
      }
      if isBroken {
        faultCount += 1
        ended.areNotTold()
        throw PostgresError(.unavailable, "simulated loss of the connection")
      }
      ended.areTold()
    }
    let connect = { [self] () throws(PostgresError) -> PostgresConnection in
      if process.isDead { throw PostgresError(.closed, "the process is gone") }
      if isAway || fate == .before {
        isBroken = true
        world.note(.refusal)
        world.tell(process.name, isAway ? "is refused: postgres is away" : "is refused a connection")
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
    if connection.isAborted {
      failure = "refused outside a transaction: \(lastStatements.joined(separator: "; ").prefix(300))"
    }
  }

  /// What the harness itself asks.
  ///
  /// - Parameter wantsTime: whether it asks for something that looks at the clock, or needs another role.
  func ask<R>(wantsTime: Bool = true, _ body: (PostgresConnection) throws -> R) throws -> R {
    guard wantsTime else { return try body(connection) }
    enter("world")
    defer { ended.areTold() }
    return try body(connection)
  }

  private static let withoutRole = "select set_config('role', 'none', false)"

  private func tell(_ statements: [String], of process: SimulatedProcess) {
    for statement in statements where !isOwn(statement) {
      world.tell(process.name, "asks: \(words(of: statement))")
    }
  }

  /// Whether a statement is one that `enter` puts before those of a process.
  private func isOwn(_ statement: String) -> Bool {
    statement == Self.withoutRole || statement.contains("simulated.")
  }

  /// What a statement begins with, on one line; and the engine's words for the parts that its transactions are here.
  private func words(of statement: String) -> String {
    switch statement {
    case connection.scope.begin: "begin"
    case connection.scope.commit: "commit"
    case connection.scope.rollback: "rollback"
    default: String(statement.split(whereSeparator: \.isWhitespace).joined(separator: " ").prefix(100))
    }
  }

  /// Time and session of whoever comes next; travels with its first statement.
  private func enter(_ session: String) {
    // A reader may call nothing of the rest.
    if hasProjections { connection.executeLater(Self.withoutRole) }
    connection.executeLater(
      "select set_config('simulated.now', $1, false), set_config('simulated.session', $2, false)",
      [.text("\(date.timeIntervalSince1970)"), .text(session)])
    if !ended.isEmpty {
      connection.executeLater("select simulated.end_sessions($1)", [.texts(ended.tell())])
    }
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
    ended.add(pool.session)
    pool.beginSession()
  }

  func endSessions(of process: SimulatedProcess) { ended.add("\(process.name)/") }
}

/// Sessions that have ended, of which the server does not know yet. It is told with the next thing that is asked; when
/// that does not reach it, again.
private struct EndedSessions {
  /// What their names begin with.
  private var waiting: [String] = []
  /// How many of them, the first, went with what was asked last.
  private var told = 0

  var isEmpty: Bool { waiting.isEmpty }

  mutating func add(_ prefix: String) { waiting.append(prefix) }

  mutating func tell() -> [String] {
    told = waiting.count
    return waiting
  }

  mutating func areNotTold() { told = 0 }

  mutating func areTold() {
    waiting.removeFirst(told)
    told = 0
  }
}

/// The work of one pool of a process: each item reaches the database after a while, in any order unless the pool has
/// one connection. Unchecked as the world.
final class SimulatedPool: SimulatedQueue, @unchecked Sendable {
  let process: SimulatedProcess
  /// Ends with a slash, so that none begins with another.
  private(set) var session: String
  private let database: SimulatedDatabase
  private let name: String
  private let asks: Trace.What
  private let isOrdered: Bool
  private var isClosed = false
  private var number = 0
  private var last = Duration.zero

  init(process: SimulatedProcess, database: SimulatedDatabase, connections: Int, name: String) {
    self.process = process
    self.database = database
    self.name = name
    asks = .other("asks postgres (\(name))")
    isOrdered = connections == 1
    session = "\(process.name)/\(name)/0/"
  }

  var isNotifier: Bool { name == "aigentable-notify" }

  func beginSession() {
    number += 1
    session = "\(process.name)/\(name)/\(number)/"
  }

  func add(_ work: @escaping PostgresPool.Work) -> Bool {
    let world = process.world
    guard !isClosed, !process.isDead else { return false }
    // Now and then one takes very long.
    let isSlow = world.numbers.chance(0.02)
    var delay = world.numbers.duration(isSlow ? 100...3_000 : 0...8)
    if isSlow {
      world.noteDelay(delay)
      world.tell(process.name, "waits \(delay) for postgres (\(name))")
    }
    if isOrdered {
      delay = max(delay, last - world.elapsed)
      last = world.elapsed + delay
    }
    world.add(process, asks, after: delay) { [self] in
      database.perform(work, of: self)
      if isNotifier { database.hasNotified?(process) }
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
