import Channels
import Contracts
import HTTPTypes
import Hummingbird
import Pipeline
import Telemetry

/// What providers call. Checks go from the cheapest to the dearest, and nothing is written before all have
/// passed; an answer of 200 means that the event is durable.
struct WebhookRoutes: Sendable {
  static let maximumBodyBytes = 5 << 20

  private let directory: Directory
  private let ingress: Ingress
  private let bytes: RequestBytes
  private let outcomes: CounterFamily

  init(_ parts: RouteParts) {
    directory = parts.dependencies.directory
    ingress = parts.ingress
    bytes = parts.bytes
    outcomes = parts.dependencies.metrics.ingressOutcomes
  }

  var routes: [Route] {
    [
      Route(.get, "/webhooks/whatsapp/{connection}", verify),
      Route(.post, "/webhooks/whatsapp/{connection}") { request, context in
        try await outcomes.counting(.whatsapp) { try await receive(request, context) }
      },
    ]
  }

  private func verify(_ request: Request, _ context: APIContext) async throws -> Response {
    let connection = try await directory.connection(context.connectionID(), of: .whatsapp)
    let challenge = MetaVerification.answer(
      mode: request.query("hub.mode"), token: request.query("hub.verify_token"),
      challenge: request.query("hub.challenge"), expected: connection.secrets.verifyToken)
    guard let challenge else {
      throw Problem(.verificationRefused, "hub.mode or hub.verify_token is not what this connection expects")
    }
    return .text(challenge)
  }

  private func receive(_ request: Request, _ context: APIContext) async throws -> Response {
    let connection = try await directory.connection(context.connectionID(), of: .whatsapp)
    let body = try await bytes.read(request, atMost: Self.maximumBodyBytes)
    _ = try RequestMediaType.of(request, among: ["application/json"])
    guard
      MetaSignature.isValid(
        header: request.headers[.hubSignature], body: body, secret: connection.secrets.appSecret ?? "")
    else { throw Problem(.invalidSignature, "X-Hub-Signature-256 is missing or not that of this body") }
    let text = try JSONBody.object(body).text
    _ = try await ingress.take(text, sender: nil, on: connection.origin, traceparent: context.traceparent)
    return .text("")
  }
}

extension Metrics {
  /// How requests that bring messages in ended: `accepted`, or the type of the problem.
  var ingressOutcomes: CounterFamily {
    counter(
      "aigentable_ingress_requests_total", "Requests that bring messages in, by how they ended.",
      labels: ["channel", "outcome"])
  }
}

extension CounterFamily {
  func counting(_ channel: Channel, _ body: () async throws -> Response) async throws -> Response {
    do {
      let response = try await body()
      self[channel.rawValue, "accepted"].add()
      return response
    } catch {
      self[channel.rawValue, Problem(describing: error).type.rawValue].add()
      throw error
    }
  }
}
