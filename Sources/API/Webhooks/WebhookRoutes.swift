import Channels
import Contracts
import Foundation
import HTTPClient
import Hummingbird
import Pipeline
import Telemetry

/// What providers call, the same for every channel whose provider does. Checks go from the cheapest to the
/// dearest, and nothing is written before all have passed; an answer of 200 means that the event is durable.
struct WebhookRoutes: Sendable {
  private let channels: [any WebhookChannel]
  private let directory: Directory
  private let ingress: Ingress
  private let bytes: RequestBytes
  private let outcomes: CounterFamily

  init(_ parts: RouteParts) {
    let adapters = parts.dependencies.channels
    channels = adapters.channels.compactMap { try? adapters.adapter(for: $0) as? any WebhookChannel }
    directory = parts.dependencies.directory
    ingress = parts.ingress
    bytes = parts.bytes
    outcomes = parts.dependencies.metrics.ingressOutcomes
  }

  var routes: [Route] {
    let path = "/webhooks/{channel}/{connection}"
    return [
      Route(.get, path) { try await verify($0, $1, channel($1)) },
      Route(.post, path) { request, context in
        let channel = try channel(context)
        return try await outcomes.counting(channel.channel) { try await receive(request, context, channel) }
      },
    ]
  }

  private func channel(_ context: APIContext) throws(Problem) -> any WebhookChannel {
    let word = context.parameters.get("channel") ?? ""
    guard let channel = channels.first(where: { $0.channel.rawValue == word }) else {
      throw Problem(.unknownConnection, "there is no channel of this name whose provider calls")
    }
    return channel
  }

  private func verify(
    _ request: Request, _ context: APIContext, _ channel: any WebhookChannel
  ) async throws -> Response {
    let connection = try await directory.connection(context.connectionID(), of: channel.channel)
    let query = Dictionary(
      request.uri.queryParameters.map { (String($0.key), String($0.value)) },
      uniquingKeysWith: { first, _ in first })
    let answer = connection.secretsToAccept(at: Date()).lazy
      .compactMap { channel.handshake(query, for: $0) }.first
    guard let answer else {
      throw Problem(.verificationRefused, channel.refusedHandshake)
    }
    return .text(answer)
  }

  private func receive(
    _ request: Request, _ context: APIContext, _ channel: any WebhookChannel
  ) async throws -> Response {
    let connection = try await directory.connection(context.connectionID(), of: channel.channel)
    let body = try await bytes.read(request, atMost: channel.maximumBodyBytes)
    let call = WebhookCall(
      headers: HTTPHeaders(request.headers.map { ($0.name.rawName, $0.value) }), body: body)
    guard connection.secretsToAccept(at: Date()).contains(where: { channel.isAuthentic(call, for: $0) })
    else {
      throw Problem(.invalidSignature, channel.refusedCall)
    }
    let isMail = channel.bodyKind == .mail
    _ = try RequestMediaType.of(request, among: [isMail ? "message/rfc822" : "application/json"])
    if isMail {
      // Whoever hands it over can still do something about what is no mail at all.
      do { _ = try channel.parse(body, sender: nil) } catch { throw Problem(.invalidMessage, error.message) }
      _ = try await ingress.take(mail: body, on: connection.origin, traceparent: context.traceparent)
    } else {
      let text = try JSONBody.object(body).text
      _ = try await ingress.take(
        text, sender: nil, on: connection.origin, traceparent: context.traceparent)
    }
    return .text("")
  }
}

extension WebhookChannel {
  fileprivate var refusedHandshake: String {
    self is any MetaChannel
      ? "hub.mode or hub.verify_token is not what this connection expects"
      : "this is not what the connection expects of its provider"
  }

  fileprivate var refusedCall: String {
    self is any MetaChannel
      ? "X-Hub-Signature-256 is missing or not that of this body"
      : "the provider's signature or secret is missing or not this connection's"
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
