import EventLog
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle
import Telemetry

/// The HTTP server, as a service: it answers until it is told to stop, then finishes what is under way.
///
/// - Parameters:
///   - port: 0 takes a free one.
///   - onServing: told the port once requests are taken.
package func makeApplication(
  dependencies: APIDependencies, host: String, port: Int,
  onServing: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
) -> some ApplicationProtocol {
  makeServer(
    RouteTable(dependencies), dependencies.metrics, host: host, port: port,
    services: [DirectoryFollower(dependencies.directory, log: dependencies.log, logger: dependencies.logger)],
    logger: dependencies.logger, onServing: onServing)
}

/// The server of a process without the API: it says whether the process is alive and ready, and its metrics.
package func makeProbes(
  metrics: Metrics, readiness: @escaping @Sendable () async -> [ReadinessProblem], host: String, port: Int,
  logger: Logger, onServing: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
) -> some ApplicationProtocol {
  makeServer(
    RouteTable(ProbeRoutes(metrics: metrics, readiness: readiness).routes), metrics, host: host, port: port,
    services: [], logger: logger, onServing: onServing)
}

private func makeServer(
  _ table: RouteTable, _ metrics: Metrics, host: String, port: Int, services: [any Service], logger: Logger,
  onServing: @escaping @Sendable (_ port: Int) async -> Void
) -> some ApplicationProtocol {
  // What neither sends nor receives for a minute while a request is read, or between requests, is closed.
  let server = HTTP1Channel.Configuration(idleTimeout: .seconds(60))
  return Application(
    router: makeRouter(table, metrics), server: .http1(configuration: server),
    configuration: ApplicationConfiguration(address: .hostname(host, port: port), backlog: 1_024),
    services: services, onServerRunning: { await onServing($0.localAddress?.port ?? port) }, logger: logger)
}

private func makeRouter(_ table: RouteTable, _ metrics: Metrics) -> Router<APIContext> {
  let router = Router(context: APIContext.self)
  router.add(middleware: Observation(metrics))
  router.add(middleware: Problems(table))
  for route in table.routes {
    router.on(RouterPath(route.path), method: route.method) { request, context in
      try await route.answer(request, context)
    }
  }
  return router
}
