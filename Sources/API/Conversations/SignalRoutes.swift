import Channels
import Contracts
import EventLog
import Hummingbird
import Pipeline
import Postgres

/// What people do in conversations besides writing: show that they write, and note what contacts want to hear.
struct SignalRoutes: APIRoutes {
  let parts: RouteParts

  var routes: [Route] {
    [
      door.route(.post, "/v1/conversations/{id}/typing", showTyping),
      door.route(.post, "/v1/conversations/{id}/consent", consent),
      door.route(.get, "/v1/conversations/{id}/stream") { _, context, caller in
        let id = try context.id("id", of: "conversation", as: ConversationID.self)
        _ = try await reads.contact(of: id, tenant: caller.tenant)
        return try await ConversationStream(
          conversation: id, hub: dependencies.live, layout: dependencies.log.layout
        ).response()
      },
    ]
  }

  /// A hint that may be lost: it changes nothing and is not recorded.
  private func showTyping(
    _ request: Request, _ context: APIContext, _ caller: Caller
  ) async throws -> Response {
    let id = try context.id("id", of: "conversation", as: ConversationID.self)
    let target = try await reads.target(of: id, tenant: caller.tenant)
    struct Shown: Encodable { let shown: Bool }
    if dependencies.channels[target.channel]?.isServedHere == true {
      try await dependencies.hints.typing(of: "person", in: id, contact: target.contact)
      return try .json(Shown(shown: true), status: .accepted)
    }
    let connection = try await dependencies.directory.connection(target.connection, of: target.channel)
    guard let channel = try? dependencies.channels.adapter(for: target.channel),
      channel.typingLasts != nil, let address = target.address, let last = target.lastInbound
    else { return try .json(Shown(shown: false), status: .accepted) }
    let shown = await channel.show(
      .typing, to: MessageReference(address: address, thread: target.thread, providerID: last),
      from: connection.secrets, using: dependencies.client)
    return try .json(Shown(shown: shown), status: .accepted)
  }

  private func consent(_ request: Request, _ context: APIContext, _ caller: Caller) async throws -> Response {
    struct Input: Decodable {
      let state: ConsentState
      let scope: ConsentScope?
    }
    struct Changed: Encodable {
      let contact: ContactID
      let scope: ConsentScope
      let state: ConsentState
    }
    let command = try Command(request, context, caller)
    let id = try context.id("id", of: "conversation", as: ConversationID.self)
    let body = try await bytes.read(request, atMost: 4 << 10)
    _ = try RequestMediaType.of(request, among: ["application/json"])
    let input = try JSONBody.decode(Input.self, from: body)
    let target = try await reads.target(of: id, tenant: caller.tenant)
    let event = try command.event(
      ConsentChanged.self, key: StreamID(id),
      ConsentChanged.Facts(
        conversation: id, contact: target.contact, connection: target.connection, channel: target.channel,
        scope: input.scope ?? .all, state: input.state, source: .api))
    try await dependencies.pool.withTransaction { [log = dependencies.log] in try log.append([event], in: $0)
    }
    return try .json(
      Changed(contact: target.contact, scope: input.scope ?? .all, state: input.state), status: .accepted)
  }
}
