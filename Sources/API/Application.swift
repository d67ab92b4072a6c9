import EventLog
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore

/// The HTTP server, as a service: it answers until it is told to stop, then finishes what is under way.
///
/// - Parameters:
///   - port: 0 takes a free one.
///   - onServing: told the port once requests are taken.
package func makeApplication(
  dependencies: APIDependencies, host: String, port: Int,
  onServing: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
) -> some ApplicationProtocol {
  // What neither sends nor receives for a minute while a request is read, or between requests, is closed.
  let server = HTTP1Channel.Configuration(idleTimeout: .seconds(60))
  return Application(
    router: makeRouter(RouteTable(dependencies), dependencies),
    server: .http1(configuration: server),
    configuration: ApplicationConfiguration(address: .hostname(host, port: port), backlog: 1_024),
    services: [DirectoryFollower(dependencies.directory, log: dependencies.log, logger: dependencies.logger)],
    onServerRunning: { await onServing($0.localAddress?.port ?? port) },
    logger: dependencies.logger)
}

private func makeRouter(_ table: RouteTable, _ dependencies: APIDependencies) -> Router<APIContext> {
  let router = Router(context: APIContext.self)
  router.add(middleware: Observation(dependencies.metrics))
  router.add(middleware: Problems(table))
  for route in table.routes {
    router.on(RouterPath(route.path), method: route.method) { request, context in
      try await route.answer(request, context)
    }
  }
  return router
}
