import Channels
import Contracts

/// What a caller says of a connection, new or changed.
struct ConnectionInput: Decodable, Sendable {
  var channel: Channel?
  var name: String?
  var agent: AgentID?
  var sendsPerSecond: Double?
  var account: String?
  var appSecret: String?
  var verifyToken: String?
  var accessToken: String?
  var incoming: ConnectionCreated.MailServer?
  var outgoing: ConnectionCreated.MailServer?
  /// Of a change.
  var previousHours: Int?

  enum CodingKeys: String, CodingKey {
    case channel, name, agent
    case sendsPerSecond = "sends_per_second"
    case account
    case appSecret = "app_secret"
    case verifyToken = "verify_token"
    case accessToken = "access_token"
    case incoming, outgoing
    case previousHours = "accept_previous_hours"
  }

  /// With the secrets that were known where this says nothing; the members of these names are taken away.
  func over(_ known: ConnectionCreated.Private, emptied: Set<String>) -> ConnectionInput {
    func member<Value>(_ key: CodingKeys, _ given: Value?, _ known: Value?) -> Value? {
      emptied.contains(key.rawValue) ? nil : given ?? known
    }
    var merged = self
    merged.account = member(.account, account, known.account)
    merged.appSecret = member(.appSecret, appSecret, known.appSecret)
    merged.verifyToken = member(.verifyToken, verifyToken, known.verifyToken)
    merged.accessToken = member(.accessToken, accessToken, known.accessToken)
    merged.incoming = member(.incoming, incoming, known.incoming)
    merged.outgoing = member(.outgoing, outgoing, known.outgoing)
    return merged
  }

  /// A connection that lacks one could not receive or not send.
  func secrets(
    of channel: Channel, for channels: ChannelAdapters
  ) throws(Problem) -> ConnectionCreated.Private {
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
    if let sendsPerSecond, !(sendsPerSecond > 0 && sendsPerSecond <= 100_000) {
      throw Problem(.invalidContent, "$.sends_per_second must be above 0 and at most 100000")
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
