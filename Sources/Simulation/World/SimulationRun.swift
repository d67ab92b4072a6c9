import Contracts
import EventLog
import Foundation
import Logging
import Postgres
import PostgresLog

/// What is played in a run: which processes work, on what, and what must hold at the end.
protocol Scene: AnyObject, Sendable {
  /// Starts what there is in the beginning.
  func begin()
  /// Starts one more of the processes that mishaps befall.
  func startWorker()
  /// Whether all is handled.
  func isDone() throws -> Bool
  /// What is left to be done, in words.
  func unfinished() throws -> String
  /// What should not be.
  ///
  /// - Parameter isDone: whether all was handled; else what is left to be done is no problem by itself.
  func problems(isDone: Bool) throws -> [String]
  /// What was asked of the engine.
  var inputs: Int { get }
  /// What befell it beyond the database and the processes.
  var faultCount: Int { get }
}

/// What came of one seed.
package struct SimulationReport: Sendable {
  package let seed: UInt64
  /// Equal for two runs of which every step was the same.
  package let digest: UInt64
  package let steps: Int
  /// Of the world's own time.
  package let seconds: Double
  /// What was asked of the engine, and how often something befell it.
  package let inputs: Int
  package let mishaps: Int
  /// What of all that may befall a run did.
  package let seen: Occurrences
  /// What should never be; empty for a sound engine.
  package let problems: [String]
}

/// One run of a scene: processes that come and go, a database, and mishaps, of which everything that may differ from
/// run to run follows from the seed.
///
/// Unchecked: as the world, only touched by the world's thread.
final class SimulationRun: @unchecked Sendable {
  static let logger = Logger(label: "simulation") { _ in SwiftLogNoOpLogHandler() }

  let seed: UInt64
  let world: World
  let database: SimulatedDatabase
  let layout: LogLayout
  let trouble: Trouble
  private(set) var problems: [String] = []
  private var mishaps = 0
  private var processes: [SimulatedProcess] = []
  private var workers: [SimulatedProcess] = []
  private var looksNow = false
  private var isEnding = false

  /// Longer than any stall, a lease and the time-outs together.
  private static let patience = Duration.seconds(90)
  private static let maximumSteps = 400_000

  init(seed: UInt64, kind: SceneKind, bug: PlantedBug?, on connection: PostgresConnection, trace: Trace) {
    self.seed = seed
    world = World(seed: seed, trace: trace)
    trouble = kind == .contested ? .contested : Trouble(&world.numbers)
    layout = LogLayout(partitions: Int.random(in: 1...3, using: &world.numbers))
    database = SimulatedDatabase(connection, world: world)
    database.planted = bug?.name
  }

  func run(
    _ bug: PlantedBug?, home: Home, _ make: (SimulationRun) throws -> any Scene
  ) throws -> SimulationReport {
    let connection = database.connection
    connection.scope = .part
    // Nobody else writes, so one snapshot does for all, and whoever asks for one of his own has it.
    try connection.executeScript(
      "set search_path = simulated, pg_catalog, public; begin isolation level repeatable read")
    defer {
      connection.beforeRoundTrip = nil
      try? connection.executeScript("rollback")
      connection.scope = .whole
    }
    try bug?.plant(on: connection, home: home)
    try Transaction.run(on: connection) { [layout] in try PostgresLog.createTopics(layout, in: $0) }
    let scene = try make(self)
    let isDone = try live(scene)
    // What is wrong at the end tells more than that there was no end to it. After a failure nothing can be asked.
    if database.failure == nil { problems += try scene.problems(isDone: isDone) }
    shutDown()
    world.end()
    // With a fault built in, statements are refused that otherwise are not.
    if database.isVoid { problems = bug == nil ? ["a transaction was taken back among others"] : [] }
    return SimulationReport(
      seed: seed, digest: world.trace.digest, steps: world.steps, seconds: world.elapsed / .seconds(1),
      inputs: scene.inputs, mishaps: interruptions(scene), seen: world.seen, problems: problems)
  }

  /// How often anything came between an engine and its work.
  func interruptions(_ scene: any Scene) -> Int { mishaps + database.faultCount + scene.faultCount }

  func note(_ problem: String) { problems.append(problem) }

  // MARK: The course of a run

  /// Whether all was handled.
  private func live(_ scene: any Scene) throws -> Bool {
    database.faults = trouble.faults
    if trouble.isContested { database.contest = Contest() }
    database.hasNotified = { [weak self] in self?.spreadHint(from: $0) }
    scene.begin()
    for mishap in trouble.mishaps {
      world.add(nil, .other("mishap: \(mishap.what)"), after: mishap.at) { self.befall(mishap.what, scene) }
    }
    world.add(nil, .other("the mishaps are over"), after: trouble.isOver) {
      self.database.faults = .init()
      self.database.contest?.left = 0
      self.look()
    }
    let end = trouble.isOver + Self.patience
    while world.step() {
      if let failure = database.failure {
        note("a statement was \(failure)")
        return false
      }
      if looksNow {
        looksNow = false
        if try scene.isDone() { return true }
      }
      guard world.elapsed < end, world.steps < Self.maximumSteps else {
        note("the run does not come to its end: \(try scene.unfinished())")
        return false
      }
    }
    note("nothing happens any more: \(try scene.unfinished())")
    return false
  }

  private func look() {
    looksNow = true
    world.add(nil, .other("looks"), after: .milliseconds(400)) { self.look() }
  }

  private func shutDown() {
    isEnding = true
    database.faults = .init()
    database.contest = nil
    database.isAway = false
    for process in processes where !process.isDead { process.stop() }
    for _ in 0..<20_000 where !processes.allSatisfy(\.hasEnded) { if !world.step() { break } }
    // What was asked of the database without waiting for it is answered, too.
    for _ in 0..<5_000 where world.owesProcesses { if !world.step() { break } }
    let left = processes.filter { !$0.hasEnded }.map(\.name)
    if !left.isEmpty { note("\(left.joined(separator: ", ")) did not end when asked to") }
  }

  // MARK: Processes

  @discardableResult
  func startProcess(_ name: String, _ body: @escaping @Sendable (SimulatedProcess) async -> Void)
    -> SimulatedProcess
  {
    let process = SimulatedProcess(name, world: world, database: database)
    processes.append(process)
    process.start { await body(process) }
    return process
  }

  /// One that mishaps befall.
  func startWorker(_ body: @escaping @Sendable (SimulatedProcess) async -> Void) {
    guard !isEnding else { return }
    workers.append(startProcess("worker-\(processes.count)", body))
    if workers.count(where: { !$0.isDead && !$0.hasEnded }) == 3, world.seen[.crowd] == 0 {
      world.note(.crowd)
    }
  }

  func event(
    _ number: Int, type: EventType, topic: Topic, key: String, value: [UInt8]
  ) -> Event {
    Event(
      id: EventID(UUID.version5(of: "\(seed)/\(number)", in: .zero)), type: type, topic: topic,
      key: StreamID(key), tenant: Self.tenant, time: world.date, source: "/simulation", value: value)
  }

  static let tenant = TenantID(UUID.version5(of: "tenant", in: .zero))

  // MARK: Mishaps

  private func befall(_ mishap: Trouble.Mishap, _ scene: any Scene) {
    func worker(_ number: Int) -> SimulatedProcess? {
      let alive = workers.filter { !$0.isDead && !$0.hasEnded }
      return alive.isEmpty ? nil : alive[number % alive.count]
    }
    mishaps += 1
    switch mishap {
    case .kill(let number, let replaced):
      if let process = worker(number) {
        world.note(.kill)
        process.kill()
      }
      world.add(nil, .other("starts another"), after: replaced) { scene.startWorker() }
    case .stall(let number, let duration): worker(number)?.stall(for: duration)
    case .replace(let number):
      world.note(.replacement)
      worker(number)?.stop()
      scene.startWorker()
    case .join:
      world.note(.join)
      scene.startWorker()
    case .databaseAway(let duration):
      world.note(.outage)
      database.isAway = true
      world.add(nil, .other("postgres is back"), after: duration) { self.database.isAway = false }
    case .dateJump(let seconds, let duration):
      world.note(.dateJump)
      database.dateOffset = seconds
      world.add(nil, .other("the server's date is right again"), after: duration) {
        self.database.dateOffset = 0
      }
    }
  }

  /// A notification reaches the others soon, late, twice or not at all.
  private func spreadHint(from process: SimulatedProcess) {
    for other in processes where other !== process && !other.isDead {
      guard !world.numbers.chance(trouble.lostHints) else {
        world.note(.hintLost)
        world.tell(other.name, "a notification of \(process.name) does not come")
        continue
      }
      let times = world.numbers.chance(0.1) ? 2 : 1
      if times > 1 {
        world.note(.hintDoubled)
        world.tell(other.name, "a notification of \(process.name) comes twice")
      }
      for _ in 0..<times {
        world.add(other, .other("hears of the log"), after: world.numbers.duration(0...60)) {
          other.hear("aigentable_log", "simulation,inbound,conversations,agents,tenants")
        }
      }
    }
  }
}

extension UUID {
  static let zero = UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
}
