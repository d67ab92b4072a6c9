import Channels
import Contracts
import EventLog
import Foundation
import HTTPTypes
import Hummingbird
import JSON
import Keyring
import Logging
import Pipeline
import Projections
import Telemetry

/// The chat on a company's pages: our own page, the widget for any other, and what they call.
struct ChatRoutes: Sendable {
  /// How long it holds that the company signed for a visitor.
  static let identityLasts = 7 * 24 * 3_600.0

  private let dependencies: APIDependencies
  private let door: ChatDoor
  private let ingress: Ingress
  private let history: ChatHistory
  private let bytes: RequestBytes
  private let files: StoredFiles
  private let outcomes: CounterFamily

  init(_ parts: RouteParts) {
    dependencies = parts.dependencies
    ingress = parts.ingress
    bytes = parts.bytes
    files = parts.files
    door = ChatDoor(
      directory: dependencies.directory, pool: dependencies.pool, keyring: dependencies.keyring)
    history = ChatHistory(
      readModels: dependencies.readModels, pool: dependencies.pool, layout: dependencies.log.layout)
    outcomes = dependencies.metrics.ingressOutcomes
  }

  var routes: [Route] {
    let called = [
      route(.get, "config") { _, context in
        try .json(ChatConfiguration(await connection(context)))
      },
      route(.post, "session", begin),
      route(.post, "messages") { request, context in
        try await outcomes.counting(.webchat) { try await post(request, context) }
      },
      route(.post, "receipts") { request, context in
        try await outcomes.counting(.webchat) { try await receive(request, context) }
      },
      route(.get, "messages", list),
      route(.get, "stream", stream),
      route(.post, "typing", tellTyping),
      route(.get, "files/{attachment}", file),
    ]
    let paths = Set(called.map(\.path)).sorted()
    return [
      Route(.get, "/widget.js") { request, _ in WidgetAssets.script(for: request) },
      Route(.get, "/chat/{connection}") { _, context in
        let connection = try await connection(context)
        return WidgetAssets.page(title: connection.name, connection: connection.id)
      },
    ] + called + paths.map { path in Route(.options, path, preflight) }
  }

  private func connection(_ context: APIContext) async throws -> KnownConnection {
    try await dependencies.directory.connection(context.connectionID(), of: .webchat)
  }

  /// A route that pages of allowed sites may call.
  private func route(_ method: HTTPRequest.Method, _ path: String, _ answer: @escaping Route.Answer) -> Route
  {
    Route(method, "/chat/{connection}/\(path)") { request, context in
      let origins = ChatOrigins(try await connection(context), publicURL: dependencies.publicURL)
      let headers = try origins.headers(for: request)
      do {
        var response = try await answer(request, context)
        for field in headers { response.headers[field.name] = field.value }
        return response
      } catch {
        guard !headers.isEmpty else { throw error }
        var problem = Problem(describing: error)
        if problem.type == .internal {
          context.logger.error("request failed", metadata: ["error": "\(error)"])
        }
        problem.headers += headers.map { ($0.name, $0.value) }
        throw problem
      }
    }
  }

  private func preflight(_ request: Request, _ context: APIContext) async throws -> Response {
    let origins = ChatOrigins(try await connection(context), publicURL: dependencies.publicURL)
    var headers = try origins.headers(for: request)
    headers.append(contentsOf: ChatOrigins.preflight)
    return Response(status: .noContent, headers: headers)
  }

  private struct SessionInput: Decodable {
    let identity: String?
    let name: String?
    let email: String?
    let phone: String?
  }

  private func begin(_ request: Request, _ context: APIContext) async throws -> Response {
    let connection = try await connection(context)
    let body = try await bytes.read(request, atMost: 16 << 10)
    let input = body.isEmpty ? nil : try JSONBody.decode(SessionInput.self, from: body)
    let now = Date()
    let token: VisitorToken
    if let signed = input?.identity {
      let identity = try VisitorIdentity(
        signed, secrets: connection.secretsToAccept(at: now).map(\.appSecret), connection: connection.id,
        now: now)
      token = VisitorToken(
        identity.visitor(on: connection.id),
        profile: .init(name: identity.name, email: identity.email, phone: identity.phone, verified: true),
        until: Date(timeIntervalSince1970: (now.timeIntervalSince1970 + Self.identityLasts).rounded()))
    } else {
      guard connection.settings?.widget?.identity != .required else {
        throw Problem(.identityRequired, "this chat is for visitors whom their company signed for")
      }
      token = VisitorToken(
        UUID(), profile: try profile(input, asked: connection.settings?.widget?.preChat ?? []))
    }
    let key = try await door.tenantKey(connection.tenant)
    struct Session: Encodable {
      let visitor: String
      let name: String?
    }
    return try .json(
      Session(visitor: token.text(on: connection.id, tenantKey: key), name: token.profile?.name),
      status: .created)
  }

  /// What the form before the chat asks for.
  private func profile(
    _ input: SessionInput?, asked: [WidgetSettings.Field]
  ) throws(Problem) -> WebChatBody.Visitor? {
    func given(_ name: WidgetSettings.Field.Name, _ text: String?) throws(Problem) -> String? {
      guard let field = asked.first(where: { $0.name == name }) else { return nil }
      let text = try VisitorProfile.checked(text, name.rawValue)
      guard text != nil || !field.required else {
        throw Problem(.invalidContent, "$.\(name.rawValue) is missing")
      }
      return text
    }
    let (name, email, phone) = (
      try given(.name, input?.name), try given(.email, input?.email), try given(.phone, input?.phone)
    )
    guard name != nil || email != nil || phone != nil else { return nil }
    return WebChatBody.Visitor(name: name, email: email, phone: phone, verified: false)
  }

  /// What the channel's own parser would not take is refused here, so that nothing is taken in vain.
  private func post(_ request: Request, _ context: APIContext) async throws -> Response {
    let visitor = try await door.admit(request.bearer, to: context.connectionID())
    let takesFiles = visitor.connection.settings?.widget?.attachments ?? true
    let body = try await bytes.read(
      request, atMost: takesFiles ? WebChatChannel.maximumBytesWithFiles : WebChatChannel.maximumBytes)
    _ = try RequestMediaType.of(request, among: ["application/json"])
    let (given, value) = try JSONBody.object(body)
    let hasFiles = value["files"]?.array?.isEmpty == false
    guard hasFiles || body.count <= WebChatChannel.maximumBytes else {
      throw Problem(.bodyTooLarge, "the body has more than \(WebChatChannel.maximumBytes) bytes")
    }
    guard takesFiles || !hasFiles else { throw Problem(.invalidMessage, "this chat takes no files") }
    let items: [InboundItem]
    do {
      items = try dependencies.channels.adapter(for: .webchat).parse(given, sender: visitor.address)
    } catch {
      throw Problem(.invalidMessage, error.message)
    }
    guard case .message(let message)? = items.first else {
      throw Problem(.invalidMessage, "the body holds no message")
    }
    _ = try await ingress.take(
      recorded(given, value, visitor), sender: visitor.address, on: visitor.connection.origin,
      traceparent: context.traceparent, asBlob: hasFiles)
    struct Taken: Encodable { let id: String }
    return try .json(Taken(id: ChatMessage.clientID(of: message.providerID) ?? ""), status: .accepted)
  }

  /// What the visitor's browser says that it has shown, as platforms tell what was read. A page can name any id: those
  /// that nothing which was written to this visitor has are answered with, and recorded nowhere.
  private func receive(_ request: Request, _ context: APIContext) async throws -> Response {
    let visitor = try await door.admit(request.bearer, to: context.connectionID())
    let body = try await bytes.read(request, atMost: 8 << 10)
    _ = try RequestMediaType.of(request, among: ["application/json"])
    let (given, _) = try JSONBody.object(body)
    let items: [InboundItem]
    do {
      items = try dependencies.channels.adapter(for: .webchat).parse(given, sender: visitor.address)
    } catch {
      throw Problem(.invalidMessage, error.message)
    }
    guard case .status? = items.first else { throw Problem(.invalidMessage, "$.read is missing") }
    let named = items.compactMap { item -> MessageID? in
      guard case .status(let status) = item else { return nil }
      return ChatMessage.clientID(of: status.providerID).flatMap { MessageID($0) }
    }
    let sent = try await history.sent(named, to: visitor)
    struct Receipts: Encodable { let read: [MessageID] }
    let read = named.filter(sent.contains)
    if !read.isEmpty {
      _ = try await ingress.take(
        read.count == named.count
          ? given : String(decoding: JSON.encode(Receipts(read: read)), as: UTF8.self),
        sender: visitor.address, on: visitor.connection.origin, traceparent: context.traceparent)
    }
    struct Unknown: Encodable { let unknown: [MessageID] }
    return try .json(Unknown(unknown: named.filter { !sent.contains($0) }), status: .accepted)
  }

  /// The body with who the visitor is, which no page can say.
  private func recorded(_ given: String, _ value: JSONValue, _ visitor: ChatVisitor) throws -> String {
    guard visitor.profile != nil || value["visitor"] != nil else { return given }
    var body: WebChatBody
    do { body = try JSON.decode(WebChatBody.self, from: value) } catch {
      throw Problem(.invalidMessage, "\(error.path): \(error.message)")
    }
    body.visitor = visitor.profile
    return String(decoding: try JSON.encode(body), as: UTF8.self)
  }

  private func list(_ request: Request, _ context: APIContext) async throws -> Response {
    let visitor = try await door.admit(request.bearer, to: context.connectionID())
    let (after, before) = (
      try Self.position(request.query("after")), try Self.position(request.query("before"), "before")
    )
    guard after == nil || before == nil else {
      throw Problem(.invalidParameter, "after and before cannot both be given")
    }
    let page = try await history.page(of: visitor, after: after, before: before)
    struct Messages: Encodable {
      let items: [ChatMessage]
      let previous: String?
    }
    return try .json(
      Messages(items: page?.messages.map(\.message) ?? [], previous: page?.previous?.description))
  }

  private func stream(_ request: Request, _ context: APIContext) async throws -> Response {
    // A browser's EventSource cannot set headers, so the token may stand in the query.
    let token = try request.bearer ?? request.query("token")
    let visitor = try await door.admit(token, to: context.connectionID())
    let after = try Self.position(request.headers[.lastEventID] ?? request.query("after"))
    return try await ChatStream(
      visitor: visitor, after: after, history: history, log: dependencies.log, hub: dependencies.live
    ).response()
  }

  /// A hint for people that the visitor writes; before the first message there is nobody to be told.
  private func tellTyping(_ request: Request, _ context: APIContext) async throws -> Response {
    let visitor = try await door.admit(request.bearer, to: context.connectionID())
    if let (conversation, contact) = try await history.conversation(of: visitor) {
      try await dependencies.hints.typing(of: "contact", in: conversation, contact: contact)
    }
    return Response(status: .noContent)
  }

  private func file(_ request: Request, _ context: APIContext) async throws -> Response {
    let visitor = try await door.admit(request.bearer, to: context.connectionID())
    let id = try context.id("attachment", of: "file", as: AttachmentID.self)
    guard let (conversation, _) = try await history.conversation(of: visitor) else {
      throw Problem.notFound("file")
    }
    return try await files.answer(id, of: visitor.connection.tenant, in: conversation)
  }

  private static func position(
    _ text: String?, _ name: String = "the position"
  ) throws(Problem) -> ChatPosition? {
    guard let text, !text.isEmpty else { return nil }
    guard let position = ChatPosition(text) else {
      throw Problem(.invalidParameter, "\(name) is not partition:offset")
    }
    return position
  }
}
