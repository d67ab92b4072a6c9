import Contracts
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import Telemetry

/// Names each request, measures it by route, and logs it at debug: path and status, never query or body.
struct Observation: RouterMiddleware {
  private let duration: HistogramFamily
  private let underWay: Gauge
  /// Whose path lets in whoever has it: it belongs in no log.
  private let secretRoutes: Set<String> = ["/files/{link}"]

  init(_ metrics: Metrics) {
    duration = metrics.histogram(
      "aigentable_http_request_duration_seconds", "Time until the head of the response, by route.",
      labels: ["method", "route", "status"])
    underWay = metrics.gauge("aigentable_http_requests_under_way", "Requests that have no response yet.")[]
  }

  func handle(
    _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
  ) async throws -> Response {
    var context = context
    var random = SystemRandomNumberGenerator()
    context.requestID = Self.requestID(request.headers[.requestID])
    context.traceparent =
      TraceParent.valid(request.headers[.traceparent]) ?? TraceParent.fresh(using: &random)
    let start = ContinuousClock.now
    underWay.add(1)
    defer { underWay.add(-1) }
    var response = try await next(request, context)
    let took = ContinuousClock.now - start
    let route = context.endpointPath ?? "NotFound"
    let isKnown = route != "NotFound"
    duration[
      isKnown ? request.method.rawValue : "other", isKnown ? route : "other", String(response.status.code)
    ].record(took)
    response.headers[.requestID] = context.requestID
    response.headers[.traceparent] = context.traceparent
    response.headers[.contentTypeOptions] = "nosniff"
    if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-store" }
    context.logger.debug(
      "request",
      metadata: [
        "request": "\(context.requestID)", "method": "\(request.method)",
        "path": "\(secretRoutes.contains(route) ? route : request.uri.path)",
        "status": "\(response.status.code)",
        "milliseconds": "\(took / .milliseconds(1))",
      ])
    return response
  }

  /// The caller's own name for the request, when it is 1 to 128 visible ASCII characters.
  private static func requestID(_ given: String?) -> String {
    guard let given, (1...128).contains(given.utf8.count),
      given.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
    else { return UUID.version7().uuidString.lowercased() }
    return given
  }
}
