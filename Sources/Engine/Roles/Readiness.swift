import API
import Contracts
import EventLog
import Postgres

/// What must hold before traffic is taken: the database and the log answer, and every projection is live.
struct Readiness: Sendable {
  let log: any EventLog
  let pool: PostgresPool
  let projections: [String]

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
    do { _ = try await log.ends(of: .tenants) } catch {
      return [ReadinessProblem(part: "log", detail: "does not answer")]
    }
    return []
  }
}
