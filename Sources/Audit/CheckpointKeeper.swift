import Contracts
import EventLog
import FoundationEssentials
import Keyring
import Logging
import Postgres

/// Makes a checkpoint now and then, so that there is always a recent one to verify against: what was done to the log and
/// the tables beside it alike can be told no closer than between two checkpoints.
///
/// Any number may run: the first whose turn it is makes one, and the others find that nothing came since.
package struct CheckpointKeeper: Sendable {
  private let log: any EventLog
  private let pool: PostgresPool
  private let checkpointer: Checkpointer
  private let place: (any CheckpointPlace)?
  private let interval: Duration
  private let logger: Logger

  /// Until the first one of all is begun: whoever is started anew within the interval must come to it, too.
  private static let firstRest = Duration.seconds(60)

  /// - Parameters:
  ///   - place: where every checkpoint is also put, outside of the database.
  ///   - pace: holds the work back for what is live.
  package init(
    log: any EventLog, pool: PostgresPool, master: MasterKey, place: (any CheckpointPlace)?,
    interval: Duration, pace: SealingPace = .background, logger: Logger
  ) {
    self.log = log
    self.pool = pool
    checkpointer = Checkpointer(log: log, pool: pool, master: master, pace: pace)
    self.place = place
    self.interval = interval
    self.logger = logger
  }

  /// Returns once its task is cancelled.
  package func run() async throws {
    var placed: Int64 = 0
    // Also of processes that are often started anew.
    var rest = (try? await untilDue()) ?? interval
    while !Task.isCancelled {
      // By the clock: nothing else says that it is time.
      do { try await Surroundings.sleep(for: rest) } catch { return }
      rest = interval
      do { placed = try await work(after: placed) } catch let error as AuditError where error.isRetriable {
        // Another process made it.
      } catch {
        if Task.isCancelled { return }
        logger.error("no checkpoint can be made", metadata: ["why": "\(error)"])
      }
    }
  }

  /// Makes one where something came since the last, and puts those behind `placed` into their place. Returns the number
  /// up to which they are there.
  @discardableResult
  package func work(after placed: Int64 = 0) async throws -> Int64 {
    if try await hasGrown() { _ = try await checkpointer.run(at: Surroundings.date) }
    guard let place else { return placed }
    let stored = try await Checkpoints.load(from: pool, after: placed)
    guard let key = stored.key, let last = stored.entries.last?.number else { return placed }
    try await place.add(stored.entries, key: key)
    return last
  }

  /// What of the interval is left since the last one.
  func untilDue() async throws -> Duration {
    guard let last = try await AuditStore(pool: pool).checkpoint(nil) else {
      return min(interval, Self.firstRest)
    }
    let past = Duration.seconds(Surroundings.date.timeIntervalSince(try last.opened().time))
    return min(max(interval - past, .zero), interval)
  }

  private func hasGrown() async throws -> Bool {
    let ends = try await log.ends(of: Topic.allCases).values.joined().reduce(0) { $0 + $1.rawValue }
    let store = AuditStore(pool: pool)
    guard try await store.checkpoint(nil) != nil else { return ends > 0 }
    return try await store.reached() < ends
  }
}
