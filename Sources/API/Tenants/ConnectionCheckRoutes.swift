import Channels
import Contracts
import Hummingbird
import Pipeline
import Postgres

/// What is asked of a connection's provider: whether it works, and where to call.
struct ConnectionCheckRoutes: APIRoutes {
  let parts: RouteParts

  var routes: [Route] {
    [
      door.route(.post, "/v1/connections/{id}/check", check),
      door.route(.put, "/v1/connections/{id}/webhook", register),
      door.route(.delete, "/v1/connections/{id}/webhook", unregister),
    ]
  }

  /// A provider that refuses is what is asked about, no failure of this call.
  private func check(_ request: Request, _ context: APIContext, _ caller: Caller) async throws -> Response {
    let known = try await dependencies.connection(context, caller)
    let adapter: any ChannelAdapter
    do { adapter = try dependencies.channels.adapter(for: known.channel) } catch {
      throw Problem(.invalidContent, error.message)
    }
    let url = adapter is any WebhookChannel ? known.url(dependencies) : nil
    var findings = await adapter.check(known.secrets, at: url, using: dependencies.client).map { Finding($0) }
    if known.isDisabled {
      findings.append(
        Finding(part: "connection", ok: false, reason: "disabled", detail: "the connection is disabled"))
    }
    return try .json(Checked(ok: findings.allSatisfy(\.ok), findings: findings))
  }

  private func register(_ request: Request, _ context: APIContext, _ caller: Caller) async throws -> Response
  {
    let (known, channel) = try await registered(context, caller)
    guard let url = known.url(dependencies), url.hasPrefix("https://") else {
      throw Problem(
        .invalidContent,
        "the provider calls https addresses alone: AIGENTABLE_URL must name one; or leave the "
          + "verify_token out, to poll")
    }
    return try answer(await channel.register(url, for: known.secrets, using: dependencies.client))
  }

  private func unregister(
    _ request: Request, _ context: APIContext, _ caller: Caller
  ) async throws -> Response {
    let (known, channel) = try await registered(context, caller)
    return try answer(await channel.unregister(known.secrets, using: dependencies.client))
  }

  private func registered(
    _ context: APIContext, _ caller: Caller
  ) async throws -> (KnownConnection, any RegisteredChannel) {
    let known = try await dependencies.connection(context, caller)
    guard let channel = try? dependencies.channels.adapter(for: known.channel) as? any RegisteredChannel
    else {
      throw Problem(
        .invalidContent, "the provider of \(known.channel) is told in its own settings where to call")
    }
    return (known, channel)
  }

  private func answer(_ outcome: SetUpOutcome) throws -> Response {
    switch outcome {
    case .done: return Response(status: .noContent)
    case .failed(let reason, let code):
      throw Problem(
        .providerRefused, "the provider did not take it: \(reason)" + (code.map { " (code \($0))" } ?? ""))
    }
  }

  private struct Checked: Encodable {
    let ok: Bool
    let findings: [Finding]
  }

  private struct Finding: Encodable {
    let part: String
    let ok: Bool
    let reason: String?
    let detail: String

    init(part: String, ok: Bool, reason: String?, detail: String) {
      self.part = part
      self.ok = ok
      self.reason = reason
      self.detail = detail
    }

    init(_ finding: ConnectionFinding) {
      self.init(
        part: finding.part.rawValue, ok: finding.problem == nil, reason: finding.problem,
        detail: finding.detail)
    }
  }
}
