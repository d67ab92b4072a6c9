import Contracts
import EventLog
import Logging
import Postgres

/// Keeps the leases of one stage in step with the database. What the database cannot be asked now is asked again
/// later: the fence decides whether a lease was lost, an outage alone does not.
struct LeaseKeeper: Sendable {
  let table: LeaseTable
  /// How long what runs may go on in a partition that is given up.
  let patience: Duration
  let logger: Logger

  private(set) var leases = Leases()
  /// All is given up, and nothing is claimed any more.
  private(set) var isClosing = false

  init(table: LeaseTable, patience: Duration, logger: Logger) {
    self.table = table
    self.patience = patience
    self.logger = logger
  }

  /// Renews the leases, and takes and gives up partitions as the shares want it. Returns whether work is begun in
  /// other partitions, or under other epochs, than before.
  mutating func look(running: Set<StreamKey>) async throws -> Bool {
    let before = leases.working
    do {
      if isClosing {
        let renewed = try await table.renew()
        leases.drop(leases.epochs.filter { renewed[$0.key] != $0.value }.map(\.key))
      } else {
        let (held, share) = try await table.claim()
        leases.hold(held, share: share, running: running, at: Surroundings.now)
      }
    } catch let error as PostgresError where error.isRetriable {
      logger.debug("leases are not renewed", metadata: ["why": "\(error)"])
    }
    return leases.working != before
  }

  /// Releases what was given up and where nothing runs any more.
  mutating func releaseLeft(running: Set<StreamKey>) async throws {
    let left = leases.left(running: running, at: Surroundings.now, patience: patience)
    guard !left.isEmpty else { return }
    do {
      try await table.release(left)
      leases.drop(left)
    } catch let error as PostgresError where error.isRetriable {
      logger.debug("leases are not released", metadata: ["why": "\(error)"])
    }
  }

  /// Begins to give up everything, and leaves the shares to the others.
  mutating func close() async {
    isClosing = true
    leases.leaveAll(at: Surroundings.now)
    do { try await table.leave() } catch {
      logger.debug("the shares still count a leaving owner", metadata: ["why": "\(error)"])
    }
  }

  /// Forgets everything; what the database knows of it is to be released.
  mutating func abandon() {
    isClosing = true
    leases = Leases()
  }
}
