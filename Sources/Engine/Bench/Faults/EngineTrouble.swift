import Foundation
import Postgres
import Simulation

/// Faults, one after the other, on engines that it starts and ends.
struct EngineTrouble: Sendable {
  let faults: [Fault]
  let seconds: Double
  let seed: UInt64
  let run: BenchKillRun
  let cutter: PostgresCutter
  let watch: InFlight
  let pool: PostgresPool
  let book: EngineHistory
  let server: PrivatePostgres?
  let clock: JumpingClock
  let folder: URL

  /// How many work beside the one that serves.
  private static let mostWorkers = 3
  /// How long engines may take to be themselves again.
  private static let patience = Duration.seconds(60)
  private static let worker = ["--role", "worker", "--role", "projector"]

  /// The engines that run, and what is drawn next.
  private struct Stand {
    var numbers: SeededNumbers
    var first: BenchKillEngine
    var workers: [BenchKillEngine] = []

    var all: [BenchKillEngine] { [first] + workers }
    mutating func milliseconds(_ range: ClosedRange<Int>) -> Duration { numbers.duration(range) }
  }

  /// Goes on until the time is over and each kind was there; then waits until customers have written what they had begun
  /// and everything has come to its end. How often each was.
  func make(_ written: Written) async throws -> [Fault: Int] {
    var counts: [Fault: Int] = [:]
    var stand = Stand(numbers: SeededNumbers(seed: seed &+ 1), first: try await run.start(log("serve")))
    let result: Result<Void, any Error>
    do {
      stand.workers.append(try await startWorker())
      let end = ContinuousClock.now + .seconds(seconds)
      // Each kind once before any comes again.
      var left = faults.shuffled(using: &stand.numbers)
      while ContinuousClock.now < end || counts.count < faults.count {
        if left.isEmpty { left = faults.shuffled(using: &stand.numbers) }
        let fault = left.removeLast()
        counts[fault, default: 0] += 1
        try await Task.sleep(for: stand.milliseconds(500...3_000))
        book.begin(fault.rawValue)
        do {
          try await watch.during {
            try await befall(fault, &stand)
            cutter.become(.init())
            try await recover()
          }
        } catch { throw BenchError("\(fault.rawValue): \(error)") }
        book.end(fault.rawValue)
        let limit = ContinuousClock.now + Self.patience
        while !book.hasRecovered {
          guard ContinuousClock.now < limit else {
            throw BenchError("no message was taken within \(Self.patience) after \(fault.rawValue)")
          }
          try await Task.sleep(for: .milliseconds(10))
        }
        guard stand.all.allSatisfy(\.isRunning) else {
          throw BenchError("an engine ended by itself, see \(folder.path)")
        }
      }
      written.stop()
      var rest = run
      while true {
        if let plan = written.plan {
          rest.plan = plan
          break
        }
        try await Task.sleep(for: .milliseconds(50))
      }
      try await rest.settle(pool)
      result = .success(())
    } catch { result = .failure(error) }
    for engine in stand.all { await engine.crash() }
    try result.get()
    return counts
  }

  private func log(_ name: String) -> URL { folder.appendingPathComponent("\(name).log") }

  private func startWorker() async throws -> BenchKillEngine {
    try await run.on(port: try freePort()).start(log("worker"), Self.worker)
  }

  /// Who watches over a server starts it again; the engines do the rest.
  private func recover() async throws {
    if let server, !server.isRunning { try await server.start() }
  }

  private func befall(_ fault: Fault, _ stand: inout Stand) async throws {
    switch fault {
    case .killed:
      await stand.first.crash()
      try await watch.note()
      stand.first = try await run.start(log("serve"))
    case .stopped: try await stop(stand.all.randomElement(using: &stand.numbers), &stand)
    case .stoppedInCommit: try await stopInCommit(&stand)
    case .joined:
      guard stand.workers.count < Self.mostWorkers else { return }
      stand.workers.append(try await startWorker())
    case .left:
      guard !stand.workers.isEmpty else { return }
      let leaving = stand.workers.remove(at: Int.random(in: 0..<stand.workers.count, using: &stand.numbers))
      kill(leaving.processIdentifier, SIGTERM)
      await leaving.ended()
    case .clockAhead, .clockBack:
      try clock.jump(to: fault == .clockAhead ? 3_600 : -3_600)
      try await Task.sleep(for: stand.milliseconds(2_000...5_000))
      try clock.jump(to: 0)
    default: try await befallNetwork(fault, &stand)
    }
  }

  private func stop(_ engine: BenchKillEngine?, _ stand: inout Stand) async throws {
    guard let engine else { return }
    kill(engine.processIdentifier, SIGSTOP)
    try await watch.note()
    // Past the leases: what it was about to do, it does when others have taken over.
    try await Task.sleep(for: stand.milliseconds(15_500...19_000))
    kill(engine.processIdentifier, SIGCONT)
  }

  /// Until a COMMIT has been sent, which does not reach the server.
  private func holdCommit() async throws {
    cutter.holdNextCommit()
    let limit = ContinuousClock.now + .seconds(20)
    while cutter.heldCommit == nil {
      guard ContinuousClock.now < limit else { throw BenchError("no engine sent a COMMIT within 20 s") }
      try await Task.sleep(for: .milliseconds(2))
    }
  }

  /// An engine of which a COMMIT is on its way stands still before that arrives.
  private func stopInCommit(_ stand: inout Stand) async throws {
    defer { cutter.releaseCommit() }
    try await holdCommit()
    let engines = stand.all
    let held = cutter.heldCommit.flatMap { port in
      engines.first { ConnectionOwner.isOwner($0.processIdentifier, ofLocalPort: port) }
    }
    guard let held else { throw BenchError("the connection of the held COMMIT is no engine's") }
    kill(held.processIdentifier, SIGSTOP)
    try await watch.note()
    try await Task.sleep(for: stand.milliseconds(15_500...19_000))
    cutter.releaseCommit()
    kill(held.processIdentifier, SIGCONT)
  }

  private func befallNetwork(_ fault: Fault, _ stand: inout Stand) async throws {
    switch fault {
    case .cutAtCommit:
      cutter.become(.init(cutsAtCommit: 0.1))
      try await Task.sleep(for: .seconds(3))
    case .cutEverywhere:
      for _ in 0..<5 {
        cutter.cutAll()
        try await Task.sleep(for: stand.milliseconds(50...600))
      }
    case .slow:
      cutter.become(.init(cutsAtCommit: 0.02, isInPieces: true, delay: 30))
      try await Task.sleep(for: .seconds(4))
    case .torn:
      cutter.become(.init(tears: 0.01))
      try await Task.sleep(for: .seconds(4))
    case .silent:
      cutter.become(.init(isHeld: true))
      try await Task.sleep(for: stand.milliseconds(500...6_000))
    case .sessionsEnded:
      try await pool.withConnection { connection in
        _ = try connection.execute(
          """
          select pg_terminate_backend(pid) from pg_stat_activity
          where datname = current_database() and pid <> pg_backend_pid()
          """)
      }
    default:
      guard let server else { throw BenchError("\(fault.rawValue) needs a server of the bench's own") }
      try await befall(fault, server, &stand)
    }
  }

  private func befall(_ fault: Fault, _ server: PrivatePostgres, _ stand: inout Stand) async throws {
    switch fault {
    case .serverStopped:
      let goOn = try server.freeze()
      try await Task.sleep(for: stand.milliseconds(3_000...19_000))
      goOn()
    case .serverStoppedInCommit:
      defer { cutter.releaseCommit() }
      try await holdCommit()
      let goOn = try server.freeze()
      // It finds the COMMIT when it goes on, long after the leases have run out.
      cutter.releaseCommit()
      try await Task.sleep(for: stand.milliseconds(15_500...19_000))
      goOn()
    case .serverClockAhead, .serverClockBack:
      try await jump(server, by: fault == .serverClockAhead ? 3_600 : -3_600, &stand)
    case .backendKilled: try server.killBackend { Int.random(in: $0, using: &stand.numbers) }
    case .postmasterKilled:
      try server.killPostmaster()
      try await Task.sleep(for: stand.milliseconds(500...3_000))
    case .connectionsUsedUp:
      try await refused(fault) { _ = try await server.useUpConnections(for: .seconds(5)) }
    default:
      let result: Result<Void, any Error>
      do {
        result = .success(
          try await refused(fault) {
            // Again and again: the server makes room where it can.
            for _ in 0..<10 {
              try server.fillDisk()
              try await Task.sleep(for: .milliseconds(300))
            }
          })
      } catch { result = .failure(error) }
      try server.freeDisk()
      try result.get()
    }
  }

  /// Sets the server's date, and to rights again while an engine stands still that took or renewed leases before.
  private func jump(_ server: PrivatePostgres, by seconds: Int64, _ stand: inout Stand) async throws {
    let stopped = stand.all.randomElement(using: &stand.numbers) ?? stand.first
    defer { kill(stopped.processIdentifier, SIGCONT) }
    try server.clock.jump(to: seconds)
    defer { try? server.clock.jump(to: 0) }
    try await Task.sleep(for: stand.milliseconds(3_000...6_000))
    kill(stopped.processIdentifier, SIGSTOP)
    try await watch.note()
    try server.clock.jump(to: 0)
    try await waitForLeases()
  }

  /// Until no lease lasts longer than leases do: whatever its date was, an owner that stands still holds nothing for long.
  private func waitForLeases() async throws {
    let limit = ContinuousClock.now + .seconds(30)
    while true {
      // The connection may be one that a fault has ended.
      let left = try? await pool.withConnection { connection in
        try connection.execute(
          """
          select
            (select count(*) from stage.lease where expires_at > clock_timestamp() + interval '31 s')
            + (select count(*) from projection.lease where expires_at > clock_timestamp() + interval '31 s')
          """)[0].int8(0)
      }
      if left == 0 { return }
      guard ContinuousClock.now < limit else {
        guard let left else { throw BenchError("the server cannot be asked for its leases") }
        throw BenchError(
          "\(left) leases last until a date that the server had for a moment: \(try await whoHoldsThem())")
      }
      try await Task.sleep(for: .milliseconds(200))
    }
  }

  /// The leases that last too long, and what every session of the database does.
  private func whoHoldsThem() async throws -> String {
    try await pool.withConnection { connection in
      try connection.execute(
        """
        select format('%s: %s of %s until %s', l.stage, count(*), l.owner, max(l.expires_at)) from stage.lease as l
        where l.expires_at > clock_timestamp() + interval '31 s' group by l.stage, l.owner
        union all
        select format('%s: of %s until %s', l.schema, l.owner, l.expires_at) from projection.lease as l
        where l.expires_at > clock_timestamp() + interval '31 s'
        union all
        select format(
          'session %s, %s, of %s since %s, %s %s, behind %s: %s', a.pid, a.state, a.application_name, a.state_change,
          a.wait_event_type, a.wait_event, pg_blocking_pids(a.pid), left(a.query, 100))
        from pg_stat_activity as a
        where a.datname = current_database() and a.state <> 'idle' and a.pid <> pg_backend_pid()
        """
      ).map { $0.text(0) }.joined(separator: "; ")
    }
  }

  /// While this goes on, customers have to be told to come again: that nothing can be stored is said, not passed over.
  private func refused(_ fault: Fault, _ body: () async throws -> Void) async throws {
    let before = book.refusals(in: fault.rawValue)
    let limit = ContinuousClock.now + .seconds(60)
    repeat {
      try await body()
      if ContinuousClock.now > limit {
        throw BenchError("\(fault.rawValue): no message was refused with 503")
      }
    } while book.refusals(in: fault.rawValue) < before + 5
  }
}
