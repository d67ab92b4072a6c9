import FoundationEssentials

package enum TenantCreated: EventSpec {
  package static let type: EventType = "tenant.created"
  package static let topic = Topic.tenants

  package struct Facts: Codable, Sendable, Equatable {
    package let tenant: TenantID
    package let name: String
    package init(tenant: TenantID, name: String) {
      self.tenant = tenant
      self.name = name
    }
  }
  package typealias Private = Nothing
}

/// One channel account of a tenant; made again with the same id, it replaces what was known of it.
package enum ConnectionCreated: EventSpec {
  package static let type: EventType = "connection.created"
  package static let topic = Topic.tenants

  package struct Facts: Codable, Sendable, Equatable {
    package let connection: ConnectionID
    package let channel: Channel
    package let name: String
    /// Who answers on it; nil leaves it to people.
    package let agent: AgentID?
    /// How many messages a second the provider grants this account, where that is other than usual.
    package let sendsPerSecond: Double?
    package init(
      connection: ConnectionID, channel: Channel, name: String, agent: AgentID?,
      sendsPerSecond: Double? = nil
    ) {
      self.connection = connection
      self.channel = channel
      self.name = name
      self.agent = agent
      self.sendsPerSecond = sendsPerSecond
    }
    enum CodingKeys: String, CodingKey {
      case connection, channel, name, agent
      case sendsPerSecond = "sends_per_second"
    }
  }

  /// What the provider gave us. Sealed under the tenant's key.
  package struct Private: Codable, Sendable, Equatable {
    /// Whom it is at the provider: WhatsApp's phone number id, a page's id, a bot's user name, an e-mail
    /// address.
    package let account: String?
    /// Signs the provider's webhooks.
    package let appSecret: String?
    /// What a provider that does not sign shows with every webhook, or one that does in its handshake.
    package let verifyToken: String?
    /// Authorises our calls to the provider.
    package let accessToken: String?
    /// Where e-mail is fetched.
    package let incoming: MailServer?
    /// Where e-mail is handed in.
    package let outgoing: MailServer?
    package init(
      account: String?, appSecret: String?, verifyToken: String?, accessToken: String?,
      incoming: MailServer? = nil, outgoing: MailServer? = nil
    ) {
      self.account = account
      self.appSecret = appSecret
      self.verifyToken = verifyToken
      self.accessToken = accessToken
      self.incoming = incoming
      self.outgoing = outgoing
    }
    enum CodingKeys: String, CodingKey {
      case account
      case appSecret = "app_secret"
      case verifyToken = "verify_token"
      case accessToken = "access_token"
      case incoming, outgoing
    }
  }

  package struct MailServer: Codable, Sendable, Equatable {
    /// `imaps://host:port`, `imap://…`, `smtps://…` or `smtp://…`; those without `s` use STARTTLS.
    package let url: String
    package let user: String
    package let password: String
    package init(url: String, user: String, password: String) {
      self.url = url
      self.user = user
      self.password = password
    }
  }
}

/// The provider told of something about the account itself: a template was approved, the account was limited. Or the
/// account was sent what no person wrote and nobody answers: an automatic reply, a bounce, a mail that goes in circles.
package enum ConnectionNotified: EventSpec {
  package static let type: EventType = "connection.notified"
  package static let topic = Topic.tenants

  package struct Facts: Codable, Sendable, Equatable {
    package let connection: ConnectionID
    package let channel: Channel
    /// What happened, in a word of the channel: `template.approved`, `auto-reply`.
    package let kind: String
    package let providerTime: Date?
    /// HMAC-SHA-256 of its provider's id under the tenant's key, in hexadecimal.
    package let providerHMAC: String?
    /// As `providerHMAC`, of the message that it answers.
    package let replyHMAC: String?
    package init(
      connection: ConnectionID, channel: Channel, kind: String, providerTime: Date?,
      providerHMAC: String? = nil,
      replyHMAC: String? = nil
    ) {
      self.connection = connection
      self.channel = channel
      self.kind = kind
      self.providerTime = providerTime
      self.providerHMAC = providerHMAC
      self.replyHMAC = replyHMAC
    }
    enum CodingKeys: String, CodingKey {
      case connection, channel, kind
      case providerTime = "provider_time"
      case providerHMAC = "provider_hmac"
      case replyHMAC = "reply_hmac"
    }
  }

  /// Sealed under the tenant's key.
  package struct Private: Codable, Sendable, Equatable {
    /// The provider's own form of it.
    package let raw: String
    package init(raw: String) { self.raw = raw }
  }
}

package enum ConnectionDisabled: EventSpec {
  package static let type: EventType = "connection.disabled"
  package static let topic = Topic.tenants

  package struct Facts: Codable, Sendable, Equatable {
    package let connection: ConnectionID
    package init(connection: ConnectionID) { self.connection = connection }
  }
  package typealias Private = Nothing
}

/// An API key; only its hash is kept.
package enum APIKeyCreated: EventSpec {
  package static let type: EventType = "api-key.created"
  package static let topic = Topic.tenants

  package struct Facts: Codable, Sendable, Equatable {
    package let name: String
    /// SHA-256 of the key, in hexadecimal. The keys carry 256 random bits, so a fast hash is enough.
    package let hash: String
    package init(name: String, hash: String) {
      self.name = name
      self.hash = hash
    }
  }
  package typealias Private = Nothing
}

package enum APIKeyRevoked: EventSpec {
  package static let type: EventType = "api-key.revoked"
  package static let topic = Topic.tenants

  package struct Facts: Codable, Sendable, Equatable {
    package let hash: String
    package init(hash: String) { self.hash = hash }
  }
  package typealias Private = Nothing
}
