import Channels
import Contracts
import Foundation
import Pipeline

extension Ingress {
  /// Records what polling gave, once: its event's id follows from the connection and the body's name.
  package func take(_ polled: PolledBody, as kind: WebhookBodyKind, on connection: KnownConnection)
    async throws
  {
    var random = SystemRandomNumberGenerator()
    let traceparent = TraceParent.fresh(using: &random)
    let id = EventID(UUID.version5(of: "polled/\(polled.name)", in: connection.id.uuid))
    switch kind {
    case .mail:
      _ = try await take(
        mail: polled.bytes, on: connection.origin, traceparent: traceparent, source: "/poller", id: id)
    case .json:
      _ = try await take(
        String(decoding: polled.bytes, as: UTF8.self), sender: nil, on: connection.origin,
        traceparent: traceparent, source: "/poller", id: id)
    }
  }
}
