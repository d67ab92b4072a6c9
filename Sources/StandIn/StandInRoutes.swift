import FoundationEssentials
import HTTPClient
import HTTPTypes
import Hummingbird
import JSON

/// What each path does, see `StandInServer`.
struct StandInRoutes: Sendable {
  /// The longest body of a call; a text of 4,096 characters takes less than a tenth of it, however it is escaped.
  static let maximumBodyBytes = 512 << 10

  let state: StandInState
  let poster: WebhookPoster

  func router() -> Router<StandInContext> {
    let router = Router(context: StandInContext.self)
    router.get("/") { _, _ in Self.page }
    router.get("/sent") { request, _ in respond { try listSends(request) } }
    router.delete("/sent") { _, _ in
      state.sends { $0.removeAll() }
      return respond { GraphSuccess() }
    }
    router.get("/faults") { _, _ in respond { state.faults } }
    router.post("/faults") { request, _ in await respond { try await setFaults(request) } }
    router.post("/webhooks") { request, _ in await respond { try await setTarget(request) } }
    router.post("/write") { request, _ in await respond { try await write(request) } }
    router.post("/{version}/{account}/messages") { request, context in
      await respond { try await send(request, context) }
    }
    router.post("/{version}/{account}/media") { request, context in
      await respond { try await upload(request, context) }
    }
    router.post("/{version}/{account}/message_attachments") { request, context in
      await respond { try await asPages { try await uploadAttachment(request, context) } }
    }
    router.post("/{version}/{account}/messenger_profile") { request, context in
      await respond { try await asPages { try await setProfile(request, context) } }
    }
    router.delete("/{version}/{account}/messenger_profile") { request, context in
      await respond { try await asPages { try await removeProfile(request, context) } }
    }
    router.get("/{version}/{account}/subscribed_apps") { request, context in
      respond {
        _ = try account(request, context)
        return subscribedApps()
      }
    }
    router.post("/bot{token}/{method}") { request, context in await telegram(request, context) }
    router.get("/{version}/{account}") { request, context in respond { try describe(request, context) } }
    router.get("/media/{id}/bytes") { request, context in download(request, context) }
    return router
  }

  // MARK: the Graph API

  private func send(_ request: Request, _ context: StandInContext) async throws -> any Encodable & Sendable {
    let action = try await meetFault(context)
    if action == .dropBefore { return GraphSuccess() }
    let body = try await body(request)
    // What pages send names whom it is for by an object. Who calls is looked at only then, since the platforms say each in
    // a way of its own what is wrong with a token.
    if let value = try? JSONValue(parsing: body), value["recipient"]?.kind == .object {
      return try await asPages {
        let account = try self.account(request, context)
        return try await takeMessenger(
          value, from: account, isInstagram: isInstagram(request, account), action, context)
      }
    }
    let account = try self.account(request, context)
    let call = try GraphMessageRequest(parsing: body)
    try action.fail()
    guard case .message(let message) = call else { return GraphSuccess() }
    if let media = message.object.media, state.media({ $0[media] }) == nil {
      throw StandInError.badValue("\(message.object.type).id is no uploaded file")
    }
    let sent = state.sends { $0.record(TakenMessage(message, account: account), at: Date()) }
    poster.enqueue(sent)
    if action == .dropAfter { await context.drop() }
    return GraphMessageAnswer(message, id: sent.id)
  }

  /// Waits, and drops the connection, as the faults want it before a call is looked at; what else they want is to
  /// be done.
  func meetFault(_ context: StandInContext) async throws -> FaultDecision.Action {
    let fault = state.nextFault()
    if fault.delay > .zero { try await Task.sleep(for: fault.delay) }
    if fault.action == .dropBefore { await context.drop() }
    return fault.action
  }

  func authenticate(_ request: Request) throws(StandInError) {
    let header = request.headers[.authorization] ?? ""
    guard header.lowercased().hasPrefix("bearer "), !header.dropFirst(7).allSatisfy(\.isWhitespace) else {
      throw .unauthenticated
    }
  }

  /// The object that a path of the Graph API names.
  func account(_ request: Request, _ context: StandInContext) throws(StandInError) -> String {
    try authenticate(request)
    let version = context.parameters.get("version") ?? ""
    let account = context.parameters.get("account") ?? ""
    guard version.wholeMatch(of: /v[0-9]{1,3}\.[0-9]{1,2}/) != nil,
      account.wholeMatch(of: /[A-Za-z0-9_\-]{1,64}/) != nil
    else { throw .unknownObject(request.uri.path) }
    return account
  }

  // MARK: the stand-in's own

  private func listSends(_ request: Request) throws(StandInError) -> any Encodable & Sendable {
    let parameters = request.uri.queryParameters
    if parameters["duplicates"] != nil {
      return state.sends { SentDuplicates(of: $0) }
    }
    var query = SentPage.Query()
    query.recipient = parameters["to"].map { $0.filter { $0.isASCII && $0 != "+" } }
    if let since = parameters["since"] {
      guard let number = Int(since), number >= 0 else { throw .invalid("since is no number of a send") }
      query.since = number
    }
    if let limit = parameters["limit"] {
      guard let number = Int(limit), (1...SentPage.maximumLimit).contains(number) else {
        throw .invalid("limit is outside of 1 to \(SentPage.maximumLimit)")
      }
      query.limit = number
    }
    // Copied out under the lock, cheaply, and gone through outside of it.
    let sends = state.sends { $0 }
    return SentPage(of: sends, query)
  }

  private func setFaults(_ request: Request) async throws -> any Encodable & Sendable {
    let value = try await object(request)
    let known = Set(Faults.CodingKeys.allCases.map(\.rawValue))
    if let member = value.object?.first(where: { !known.contains($0.key) }) {
      throw StandInError.invalid("\(member.key.prefix(64)) is no member of faults")
    }
    let faults = try decode(Faults.self, from: value)
    if let problem = faults.problem { throw StandInError.invalid(problem) }
    state.faults = faults
    return faults
  }

  private func setTarget(_ request: Request) async throws -> any Encodable & Sendable {
    let target = try decode(WebhookTarget.self, from: try await object(request))
    guard target.url.hasPrefix("http://") || target.url.hasPrefix("https://"), target.url.utf8.count <= 2_048
    else {
      throw StandInError.invalid("url is no http url of at most 2048 bytes")
    }
    guard state.setTarget(target) else { throw StandInError.invalid("too many accounts have a target") }
    return GraphSuccess()
  }

  private func write(_ request: Request) async throws -> any Encodable & Sendable {
    let written = try WrittenMessage(parsing: try await body(request))
    guard let target = state.target(account: written.account) else {
      throw StandInError.invalid("no engine is named: post its url and secret to /webhooks")
    }
    let id = "wamid." + Data("\(written.sender)-\(UUID().uuidString)".utf8).base64EncodedString()
    let webhook = WebhookBody(written, id: id, at: Int(Date().timeIntervalSince1970))
    switch await poster.post(webhook, to: target) {
    case .success(200..<300): return GraphSuccess()
    case .success(let status):
      throw StandInError(
        status: 502,
        code: 2,
        title: "Webhook refused",
        details: "the engine answered \(status)"
      )
    case .failure(let error):
      throw StandInError(status: 502, code: 2, title: "Webhook failed", details: "\(error)")
    }
  }
}
