import EventLog
import HTTPTypes
import Hummingbird
import Logging
import NIOHTTP1
import Postgres
import Projections

/// Turns whatever is thrown into a problem; what it really was goes to the log alone.
struct Problems: RouterMiddleware {
  private let table: RouteTable

  init(_ table: RouteTable) { self.table = table }

  func handle(
    _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
  ) async throws -> Response {
    do {
      return try await next(request, context)
    } catch {
      var problem = Problem(describing: error)
      if let error = error as? HTTPError, error.status == .notFound {
        let methods = table.methods(of: request.uri.path)
        if !methods.isEmpty {
          problem = Problem(.methodNotAllowed, "this path answers to \(methods.joined(separator: ", "))")
          problem.headers = [(.allow, methods.joined(separator: ", "))]
        }
      }
      let metadata: Logger.Metadata = ["request": "\(context.requestID)", "error": "\(error)"]
      switch problem.type {
      case .internal: context.logger.error("request failed", metadata: metadata)
      case .unavailable, .overloaded: context.logger.warning("request refused", metadata: metadata)
      default: break
      }
      return problem.response(to: request.uri.path)
    }
  }
}

extension Problem {
  init(describing error: any Error) {
    switch error {
    case let error as Problem: self = error
    case let error as HTTPError where error.status == .notFound: self = .noSuchPath
    case is HTTPParserError:
      self.init(.malformedRequest, "the body breaks off, or is not framed as HTTP says")
      // Nothing that follows on this connection can be understood.
      headers = [(.connection, "close")]
    case let error as EventLogError:
      switch error.code {
      case .overloaded: self.init(.overloaded, "too much waits to be written; try again later")
      case .unavailable, .closed: self = .unavailable
      case .refused: self.init(.bodyTooLarge, "what was sent does not fit an event")
      case .misconfigured: self.init(.internal, "the server is not set up rightly")
      }
    case let error as PostgresError where error.code == .overloaded:
      self.init(.overloaded, "too much waits for the database; try again later")
    case let error as PostgresError where error.isRetriable || error.code == .closed: self = .unavailable
    case let error as ProjectionError where error.code == .notLive:
      self.init(.unavailable, "this view is still being built; try again later")
    case is CancellationError: self = .unavailable
    default: self.init(.internal, "the request failed; its id is in the response's X-Request-ID")
    }
  }
}
