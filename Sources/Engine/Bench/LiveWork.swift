import Contracts
import EventLog
import Foundation
import Keyring
import Logging
import Postgres
import PostgresLog
import Projections
import Synchronization

/// What customers and people do while something else is measured: exchanges that are appended, and lists that are
/// read.
struct LiveWork: Sendable {
  /// What is read, so that it has to be live.
  static let projection = "conversations"

  private let log: PostgresLog
  private let pool: PostgresPool
  private let exchanges: [[Event]]
  private let tenants: [TenantID]
  private let written = Counter()

  private final class Counter: Sendable {
    let value = Atomic(0)
  }

  init(_ traffic: BenchTrafficLog, _ source: inout BenchTraffic, count: Int) async throws {
    tenants = source.tenants
    pool = PostgresPool(url: traffic.database.url, connections: 6)
    log = PostgresLog(pool: pool, layout: traffic.log.layout, logger: .init(label: "bench"))
    var parts: [BenchTraffic.Part] = []
    for _ in 0..<count { parts.append(try source.next(1)) }
    exchanges = parts.map(\.events)
    let keys = parts.flatMap(\.keys)
    try await traffic.database.pool.withTransaction { [keyring = traffic.keyring] in
      try keyring.store(keys, in: $0)
    }
  }

  /// So many pieces a second, each when it is due.
  func run(_ rate: Int, for seconds: Int, into latencies: LiveLatencies) async throws {
    let clock = ContinuousClock()
    let start = clock.now
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<(rate * seconds) {
        let due = start + .seconds(1) * number / rate
        // By the clock: this is the load, not a wait for something.
        try await clock.sleep(until: due, tolerance: .zero)
        group.addTask {
          if number.isMultiple(of: 2) {
            let place = written.value.add(1, ordering: .relaxed).oldValue
            // One that is in the log already is other work.
            guard place < exchanges.count else {
              throw BenchError("there was live work for longer than there are exchanges for")
            }
            _ = try await log.append(exchanges[place])
            latencies.wrote(due, clock.now)
          } else {
            try await read(tenants[number / 2 % tenants.count])
            latencies.read(due, clock.now)
          }
        }
      }
      try await group.waitForAll()
    }
  }

  private func read(_ tenant: TenantID) async throws {
    _ = try await ReadModels(pool: pool).read(
      Self.projection, tenant: tenant,
      [
        PostgresStatement(
          """
          select id, state, contact_name, last_message_at, last_message_text, messages from conversation
          where tenant = $1 order by last_message_at desc, id limit 50
          """, [.uuid(tenant.uuid)])
      ]
    ) { $0[0].count }
  }

  func close() async {
    await log.close()
    pool.shutdown()
  }
}

struct LiveLatencies: Sendable {
  let all = Latencies()
  let writes = Latencies()
  let reads = Latencies()
  private let phases: PhaseLatencies?
  private let pools: [Latencies]

  /// - Parameter pools: where those of several turns are gathered.
  init(_ phases: PhaseLatencies? = nil, and pools: [Latencies] = []) {
    self.phases = phases
    self.pools = pools
  }

  func wrote(_ due: ContinuousClock.Instant, _ done: ContinuousClock.Instant) {
    writes.record(done - due)
    record(due, done)
  }

  func read(_ due: ContinuousClock.Instant, _ done: ContinuousClock.Instant) {
    reads.record(done - due)
    record(due, done)
  }

  private func record(_ due: ContinuousClock.Instant, _ done: ContinuousClock.Instant) {
    all.record(done - due)
    for pool in pools { pool.record(done - due) }
    phases?.record(done - due, at: due)
  }
}

/// Latencies of live work by what the rebuild did when a piece was due.
final class PhaseLatencies: Sendable {
  private struct State {
    var entered: [(at: ContinuousClock.Instant, phase: RebuildPhase?)] = []
    var seconds: [RebuildPhase: Double] = [:]
  }

  private let state = Mutex(State())
  private let latencies = Dictionary(uniqueKeysWithValues: RebuildPhase.allCases.map { ($0, Latencies()) })

  /// nil while there is nothing of a rebuild.
  var current: RebuildPhase? { state.withLock { $0.entered.last?.phase } }

  /// nil: nothing of a rebuild.
  func enter(_ phase: RebuildPhase?) {
    let now = ContinuousClock.now
    state.withLock { state in
      if let last = state.entered.last {
        guard last.phase != phase else { return }
        if let before = last.phase { state.seconds[before, default: 0] += (now - last.at) / .seconds(1) }
      }
      state.entered.append((now, phase))
      // Pieces are done long before so many phases have passed.
      if state.entered.count > 64 { state.entered.removeFirst(32) }
    }
  }

  func record(_ duration: Duration, at due: ContinuousClock.Instant) {
    let phase = state.withLock { $0.entered.last { $0.at <= due }?.phase }
    if let phase { latencies[phase]?.record(duration) }
  }

  func figures() -> [String: Double] {
    let seconds = state.withLock { $0.seconds }
    var figures: [String: Double] = [:]
    for phase in RebuildPhase.allCases {
      guard let own = latencies[phase], own.count > 0 else { continue }
      figures["phase \(phase), live p50"] = own.percentile(50)
      figures["phase \(phase), live p99"] = own.percentile(99)
      figures["phase \(phase), pieces of live work"] = Double(own.count)
      figures["phase \(phase), seconds"] = seconds[phase] ?? 0
    }
    return figures
  }
}
