import Hummingbird
import Telemetry

/// What every process answers to, whatever its roles: is it alive, is it ready, and its metrics.
struct ProbeRoutes: Sendable {
  let metrics: Metrics
  let readiness: @Sendable () async -> [ReadinessProblem]

  var routes: [Route] {
    [
      Route(.get, "/healthz") { _, _ in .text("alive\n") },
      Route(.get, "/readyz") { _, _ in try await ready() },
      Route(.get, "/metrics") { _, _ in .text(await metrics.exposition(), type: Metrics.mediaType) },
    ]
  }

  private func ready() async throws -> Response {
    struct Readiness: Encodable {
      let status: String
      let problems: [ReadinessProblem]
    }
    let problems = await readiness()
    return try .json(
      Readiness(status: problems.isEmpty ? "ready" : "not-ready", problems: problems),
      status: problems.isEmpty ? .ok : .serviceUnavailable)
  }
}
