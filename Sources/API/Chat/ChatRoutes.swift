import Channels
import Contracts
import EventLog
import Foundation
import HTTPTypes
import Hummingbird
import JSON
import Keyring
import Pipeline
import Projections
import Telemetry

/// The chat on a company's own page: the page, and what it calls.
struct ChatRoutes: Sendable {
  private let dependencies: APIDependencies
  private let door: ChatDoor
  private let ingress: Ingress
  private let history: ChatHistory
  private let bytes: RequestBytes
  private let outcomes: CounterFamily

  init(_ parts: RouteParts) {
    dependencies = parts.dependencies
    ingress = parts.ingress
    bytes = parts.bytes
    door = ChatDoor(
      directory: dependencies.directory, pool: dependencies.pool, keyring: dependencies.keyring)
    history = ChatHistory(
      readModels: dependencies.readModels, pool: dependencies.pool, layout: dependencies.log.layout)
    outcomes = dependencies.metrics.ingressOutcomes
  }

  var routes: [Route] {
    [
      Route(.get, "/chat/assets/chat.js") { _, _ in ChatPage.script },
      Route(.get, "/chat/assets/chat.css") { _, _ in ChatPage.style },
      Route(.get, "/chat/{connection}") { _, context in
        let connection = try await dependencies.directory.connection(context.connectionID(), of: .webchat)
        return ChatPage.page(title: connection.name)
      },
      Route(.post, "/chat/{connection}/session", begin),
      Route(.post, "/chat/{connection}/messages") { request, context in
        try await outcomes.counting(.webchat) { try await post(request, context) }
      },
      Route(.get, "/chat/{connection}/messages", list),
      Route(.get, "/chat/{connection}/stream", stream),
    ]
  }

  private func begin(_ request: Request, _ context: APIContext) async throws -> Response {
    let connection = try await dependencies.directory.connection(context.connectionID(), of: .webchat)
    let key = try await door.tenantKey(connection.tenant)
    struct Session: Encodable { let visitor: String }
    return try .json(
      Session(visitor: VisitorToken.make(UUID(), on: connection.id, tenantKey: key)), status: .created)
  }

  /// What the channel's own parser would not take is refused here, so that nothing is taken in vain.
  private func post(_ request: Request, _ context: APIContext) async throws -> Response {
    let visitor = try await door.admit(request.bearer, to: context.connectionID())
    let body = try await bytes.read(request, atMost: WebChatChannel.maximumBytes)
    _ = try RequestMediaType.of(request, among: ["application/json"])
    let text = try JSONBody.object(body).text
    let items: [InboundItem]
    do {
      items = try dependencies.channels.adapter(for: .webchat).parse(text, sender: visitor.address)
    } catch {
      throw Problem(.invalidMessage, error.message)
    }
    guard case .message(let message)? = items.first else {
      throw Problem(.invalidMessage, "the body holds no message")
    }
    _ = try await ingress.take(
      text, sender: visitor.address, on: visitor.connection.origin, traceparent: context.traceparent)
    struct Taken: Encodable { let id: String }
    return try .json(Taken(id: ChatMessage.clientID(of: message.providerID) ?? ""), status: .accepted)
  }

  private func list(_ request: Request, _ context: APIContext) async throws -> Response {
    let visitor = try await door.admit(request.bearer, to: context.connectionID())
    let page = try await history.page(of: visitor, after: Self.position(request.query("after")))
    struct Messages: Encodable { let items: [ChatMessage] }
    return try .json(Messages(items: page?.messages.map(\.message) ?? []))
  }

  private func stream(_ request: Request, _ context: APIContext) async throws -> Response {
    // A browser's EventSource cannot set headers, so the token may stand in the query.
    let visitor = try await door.admit(request.bearer ?? request.query("token"), to: context.connectionID())
    let after = try Self.position(request.headers[.lastEventID] ?? request.query("after"))
    return try await ChatStream(
      visitor: visitor, after: after, history: history, log: dependencies.log, hub: dependencies.live
    ).response()
  }

  private static func position(_ text: String?) throws(Problem) -> ChatPosition? {
    guard let text, !text.isEmpty else { return nil }
    guard let position = ChatPosition(text) else {
      throw Problem(.invalidParameter, "the position is not partition:offset")
    }
    return position
  }
}
