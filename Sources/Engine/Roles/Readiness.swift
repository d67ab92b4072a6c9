import API
import Contracts
import EventLog
import Pipeline
import Postgres
import Synchronization

/// What must hold before traffic is taken: the database and the log answer, every projection is live, and once
/// since the start the log could be read to the ends that it then had and the directory was folded to them. On Kafka
/// that means that what waited in the outbox has been published.
final class Readiness: Sendable {
  private let log: any EventLog
  private let pool: PostgresPool
  private let directory: Directory
  private let projections: [String]
  private let hasCaughtUp = Atomic(false)

  init(log: any EventLog, pool: PostgresPool, directory: Directory, projections: [String]) {
    self.log = log
    self.pool = pool
    self.directory = directory
    self.projections = projections
  }

  func problems() async -> [ReadinessProblem] {
    do {
      let live = try await pool.withConnection { connection in
        Set(
          try connection.execute("select name from projection.version where state = 'live'").map {
            $0.text(0)
          })
      }
      let missing = projections.filter { !live.contains($0) }
      if !missing.isEmpty {
        return [
          ReadinessProblem(part: "projections", detail: "not live yet: \(missing.joined(separator: ", "))")
        ]
      }
    } catch {
      return [ReadinessProblem(part: "database", detail: "does not answer")]
    }
    do {
      if hasCaughtUp.load(ordering: .acquiring) {
        _ = try await log.ends(of: .tenants)
      } else {
        for topic in Topic.allCases { _ = try await log.ends(of: topic) }
        _ = try await directory.catchUp()
        hasCaughtUp.store(true, ordering: .releasing)
      }
    } catch {
      return [ReadinessProblem(part: "log", detail: "does not answer, or was not read to its end yet")]
    }
    return []
  }
}
