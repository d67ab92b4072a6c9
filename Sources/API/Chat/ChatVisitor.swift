import Channels
import Contracts
import Foundation
import Keyring
import Pipeline
import Postgres

/// A browser that has shown a valid token, with where its messages are found.
struct ChatVisitor: Sendable {
  let connection: KnownConnection
  /// The address of the visitor as a contact: their id.
  let address: String
  /// The address's HMAC under the tenant's key, as facts hold it.
  let addressHMAC: String
  let profile: WebChatBody.Visitor?
}

/// Lets visitors in.
struct ChatDoor: Sendable {
  let directory: Directory
  let pool: PostgresPool
  let keyring: Keyring

  func tenantKey(_ tenant: TenantID) async throws -> SealingKey {
    let id = KeyID(tenant.uuid)
    let keys = try await pool.withConnection { [keyring] in try keyring.keys([id], on: $0) }
    guard let key = keys[id] else {
      throw Problem(.unknownConnection, "the tenant of this connection is gone")
    }
    return key
  }

  func admit(_ token: String?, to id: ConnectionID) async throws -> ChatVisitor {
    let connection = try await directory.connection(id, of: .webchat)
    guard let token else { throw Problem(.invalidToken, "there is no visitor's token") }
    let key = try await tenantKey(connection.tenant)
    guard let visitor = VisitorToken(token, on: id, tenantKey: key, now: Date()) else {
      throw Problem(.invalidToken, "the token was not made for this connection, or is too old")
    }
    if connection.settings?.widget?.identity == .required, visitor.profile?.verified != true {
      throw Problem(.invalidToken, "this chat is for visitors whom their company signed for")
    }
    let address = visitor.visitor.uuidString.lowercased()
    return ChatVisitor(
      connection: connection, address: address, addressHMAC: key.hmac(address, on: .webchat),
      profile: visitor.profile)
  }
}
