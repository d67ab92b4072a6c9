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
    package init(connection: ConnectionID, channel: Channel, name: String, agent: AgentID?) {
      self.connection = connection
      self.channel = channel
      self.name = name
      self.agent = agent
    }
  }

  /// What the provider gave us. Sealed under the tenant's key.
  package struct Private: Codable, Sendable, Equatable {
    /// WhatsApp: the phone number id to send from.
    package let account: String?
    /// Signs the provider's webhooks.
    package let appSecret: String?
    /// Echoed in the provider's verification handshake.
    package let verifyToken: String?
    /// Authorises our calls to the provider.
    package let accessToken: String?
    package init(account: String?, appSecret: String?, verifyToken: String?, accessToken: String?) {
      self.account = account
      self.appSecret = appSecret
      self.verifyToken = verifyToken
      self.accessToken = accessToken
    }
    enum CodingKeys: String, CodingKey {
      case account
      case appSecret = "app_secret"
      case verifyToken = "verify_token"
      case accessToken = "access_token"
    }
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
