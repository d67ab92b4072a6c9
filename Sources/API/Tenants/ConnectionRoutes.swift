import Channels
import Contracts
import EventLog
import Hummingbird
import Keyring
import Pipeline
import Postgres

/// The channel accounts of a tenant. What a provider gave us for one goes in and never comes out.
struct ConnectionRoutes: Sendable {
  private let dependencies: APIDependencies
  private let door: APIKeyDoor
  private let bytes: RequestBytes

  init(_ parts: RouteParts) {
    dependencies = parts.dependencies
    door = parts.door
    bytes = parts.bytes
  }

  var routes: [Route] {
    [
      door.route(.get, "/v1/connections", list),
      door.route(.post, "/v1/connections", create),
    ]
  }

  private func list(_ request: Request, _ context: APIContext, _ caller: Caller) async throws -> Response {
    let items = try await dependencies.directory.catchUp().connections.values
      .filter { $0.tenant == caller.tenant }
      .sorted { ($0.name, $0.id) < ($1.name, $1.id) }
      .map {
        ConnectionItem(
          id: $0.id, channel: $0.channel, name: $0.name, agent: $0.agent, isDisabled: $0.isDisabled,
          dependencies)
      }
    return try .json(Page(items: items, next: nil))
  }

  private func create(_ request: Request, _ context: APIContext, _ caller: Caller) async throws -> Response {
    let command = try Command(request, context, caller)
    let body = try await bytes.read(request, atMost: 64 << 10)
    _ = try RequestMediaType.of(request, among: ["application/json"])
    let input = try JSONBody.decode(ConnectionInput.self, from: body)
    try CommandBounds.check(input.name, "$.name", atMost: CommandBounds.name)
    let secrets = try input.secrets(for: dependencies.channels)
    if let agent = input.agent {
      let known = try await dependencies.directory.catchUp().agents[agent]
      guard let known, known.tenant == caller.tenant, !known.isArchived else {
        throw Problem(.invalidContent, "$.agent: there is no such agent")
      }
    }
    let id = command.id("connection", ConnectionID.self)
    try await dependencies.pool.withTransaction { [dependencies] transaction in
      let keyID = KeyID(caller.tenant.uuid)
      let key = try dependencies.keyring.create(
        .tenant, tenant: caller.tenant, ids: [keyID], in: transaction)[keyID]
      let event = try command.event(
        ConnectionCreated.self, key: StreamID(id),
        ConnectionCreated.Facts(connection: id, channel: input.channel, name: input.name, agent: input.agent),
        private: secrets, sealedWith: key)
      try dependencies.log.append([event], in: transaction)
    }
    _ = try await dependencies.directory.catchUp()
    let item = ConnectionItem(
      id: id, channel: input.channel, name: input.name, agent: input.agent, isDisabled: false,
      dependencies)
    return try .json(item, status: .created)
  }
}

private struct ConnectionInput: Decodable, Sendable {
  let channel: Channel
  let name: String
  let agent: AgentID?
  let account: String?
  let appSecret: String?
  let verifyToken: String?
  let accessToken: String?
  let incoming: ConnectionCreated.MailServer?
  let outgoing: ConnectionCreated.MailServer?

  enum CodingKeys: String, CodingKey {
    case channel, name, agent, account
    case appSecret = "app_secret"
    case verifyToken = "verify_token"
    case accessToken = "access_token"
    case incoming, outgoing
  }

  /// A connection that lacks one could not receive or not send.
  func secrets(for channels: ChannelAdapters) throws(Problem) -> ConnectionCreated.Private {
    let given = [
      ("account", account), ("app_secret", appSecret), ("verify_token", verifyToken),
      ("access_token", accessToken),
      ("incoming.url", incoming?.url), ("incoming.user", incoming?.user),
      ("incoming.password", incoming?.password), ("outgoing.url", outgoing?.url),
      ("outgoing.user", outgoing?.user), ("outgoing.password", outgoing?.password),
    ]
    for case (let name, let value?) in given {
      try CommandBounds.check(value, "$.\(name)", atMost: 1_000)
    }
    let secrets = ConnectionCreated.Private(
      account: account, appSecret: appSecret, verifyToken: verifyToken, accessToken: accessToken,
      incoming: incoming, outgoing: outgoing)
    let adapter: any ChannelAdapter
    do { adapter = try channels.adapter(for: channel) } catch {
      throw Problem(.invalidContent, "$.channel: \(error.message)")
    }
    if let name = adapter.missing(from: secrets).first {
      throw Problem(.invalidContent, "$.\(name) is missing")
    }
    return secrets
  }
}

private struct ConnectionItem: Encodable, Sendable {
  let id: ConnectionID
  let channel: Channel
  let name: String
  let agent: AgentID?
  let isDisabled: Bool
  /// Where its provider calls, or its page is; nil for a channel that has neither.
  let url: String?

  init(
    id: ConnectionID, channel: Channel, name: String, agent: AgentID?, isDisabled: Bool,
    _ dependencies: APIDependencies
  ) {
    self.id = id
    self.channel = channel
    self.name = name
    self.agent = agent
    self.isDisabled = isDisabled
    if channel == .webchat {
      url = "\(dependencies.publicURL)/chat/\(id)"
    } else if (try? dependencies.channels.adapter(for: channel)) as? any WebhookChannel != nil {
      url = "\(dependencies.publicURL)/webhooks/\(channel)/\(id)"
    } else {
      url = nil
    }
  }

  enum CodingKeys: String, CodingKey {
    case id, channel, name, agent
    case isDisabled = "disabled"
    case url
  }
}
