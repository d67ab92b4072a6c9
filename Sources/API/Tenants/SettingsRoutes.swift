import Channels
import Contracts
import EventLog
import Foundation
import HTTPClient
import HTTPTypes
import Hummingbird
import Pipeline
import Postgres

/// How connections look and behave: settings of ours, the snippet for other sites, and what Meta's platforms show
/// before and beside a conversation.
struct SettingsRoutes: APIRoutes {
  let parts: RouteParts

  var routes: [Route] {
    [
      door.route(.get, "/v1/connections/{id}/settings") { _, context, caller in
        try .json(try await connection(context, caller).settings ?? ConnectionSettings())
      },
      door.route(.put, "/v1/connections/{id}/settings", set),
      door.route(.get, "/v1/connections/{id}/embed", embed),
      door.route(.put, "/v1/connections/{id}/profile", setProfile),
    ]
  }

  private func connection(_ context: APIContext, _ caller: Caller) async throws -> KnownConnection {
    let id = try context.id("id", of: "connection", as: ConnectionID.self)
    guard let known = try await dependencies.directory.catchUp().connections[id],
      known.tenant == caller.tenant
    else { throw Problem.notFound("connection") }
    return known
  }

  /// All settings at once; what is left out has its default again.
  private func set(_ request: Request, _ context: APIContext, _ caller: Caller) async throws -> Response {
    let command = try Command(request, context, caller)
    let connection = try await connection(context, caller)
    let body = try await bytes.read(request, atMost: 256 << 10)
    _ = try RequestMediaType.of(request, among: ["application/json"])
    let settings = try JSONBody.decode(SettingsInput.self, from: body).checked(for: connection.channel)
    let event = try command.event(
      ConnectionConfigured.self, key: StreamID(connection.id),
      ConnectionConfigured.Facts(connection: connection.id, settings: settings))
    try await dependencies.pool.withTransaction { [log = dependencies.log] in try log.append([event], in: $0)
    }
    _ = try await dependencies.directory.catchUp()
    return try .json(settings)
  }

  private func embed(_ request: Request, _ context: APIContext, _ caller: Caller) async throws -> Response {
    struct Embed: Encodable {
      /// For the end of any page's body.
      let snippet: String
      /// Where the chat is a page of its own.
      let page: String
      let allowedOrigins: [String]
      enum CodingKeys: String, CodingKey {
        case snippet, page
        case allowedOrigins = "allowed_origins"
      }
    }
    let connection = try await connection(context, caller)
    guard connection.channel == .webchat else {
      throw Problem(.invalidParameter, "only a web chat can be embedded; this is \(connection.channel)")
    }
    return try .json(
      Embed(
        snippet:
          #"<script src="\#(dependencies.publicURL)/widget.js" data-connection="\#(connection.id)" async></script>"#,
        page: "\(dependencies.publicURL)/chat/\(connection.id)",
        allowedOrigins: connection.settings?.widget?.allowedOrigins ?? []))
  }

  private func setProfile(_ request: Request, _ context: APIContext, _ caller: Caller) async throws
    -> Response
  {
    let connection = try await connection(context, caller)
    guard
      let channel = (try? dependencies.channels.adapter(for: connection.channel)) as? any ProfileChannel
    else {
      throw Problem(.invalidParameter, "\(connection.channel) has no profile that could be set")
    }
    let body = try await bytes.read(request, atMost: 64 << 10)
    _ = try RequestMediaType.of(request, among: ["application/json"])
    let profile = try JSONBody.decode(ProfileInput.self, from: body).profile()
    switch await channel.setUp(profile, for: connection.secrets, using: dependencies.client) {
    case .done: return Response(status: .noContent)
    case .failed(let reason, let code):
      throw Problem(
        .providerRefused, "the platform did not set it: \(reason)" + (code.map { ", its code \($0)" } ?? ""))
    }
  }
}
