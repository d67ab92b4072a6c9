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
  private let next = Counter()

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
        let place = next.value.add(1, ordering: .relaxed).oldValue
        group.addTask {
          if number.isMultiple(of: 2) {
            _ = try await log.append(exchanges[place % exchanges.count])
            latencies.wrote(clock.now - due)
          } else {
            try await read(tenants[place % tenants.count])
            latencies.read(clock.now - due)
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

  func wrote(_ duration: Duration) {
    writes.record(duration)
    all.record(duration)
  }

  func read(_ duration: Duration) {
    reads.record(duration)
    all.record(duration)
  }
}

/// A piece of time each, without and with something beside the live work.
struct LiveTurns: Sendable {
  var quiet: [LiveLatencies] = []
  var busy: [LiveLatencies] = []
}

extension [LiveLatencies] {
  /// Of the turns' percentiles, the one in the middle, in milliseconds.
  func median(_ percent: Double, of part: KeyPath<LiveLatencies, Latencies> = \.all) -> Double {
    let values = map { $0[keyPath: part].percentile(percent) }.sorted()
    guard !values.isEmpty else { return 0 }
    return (values[(values.count - 1) / 2] + values[values.count / 2]) / 2
  }
}

/// What rebuilds came to that were begun again and again.
final class Backfilled: Sendable {
  private struct State {
    var positions: Int64 = 0
    var done: Int64 = 0
    var finished = 0
    var throttle: BackfillThrottle?
  }

  private let state = Mutex(State())

  var positions: Int64 { state.withLock { $0.positions } }
  var finished: Int { state.withLock { $0.finished } }
  var duty: Double { state.withLock { $0.throttle?.duty ?? 1 } }

  /// Goes on with what the last one knew, as one long rebuild would.
  func makeThrottle(_ url: String, growth: Double) -> BackfillThrottle {
    BackfillThrottle(url: url, growth: growth, after: state.withLock { $0.throttle })
  }

  func begin(_ throttle: BackfillThrottle?) {
    state.withLock { state in
      state.throttle = throttle
      state.done = 0
    }
  }

  func moved(_ progress: RebuildProgress) {
    state.withLock { state in
      state.positions += progress.done - state.done
      state.done = progress.done
    }
  }

  func finish() { state.withLock { $0.finished += 1 } }
}
