import Contracts
import Crypto
import EventLog
import Foundation
import Keyring
import Knowledge
import Postgres

/// Brings tenants, agents, connections, keys and documents into being: each call appends its events, and the
/// rows that belong to them, in the caller's transaction. Ids are given by the caller, so a call that is
/// repeated with the same ones appends nothing new.
package struct Provisioning: Sendable {
  private let log: any EventLog
  private let keyring: Keyring
  private let source: String
  private let now: Date

  package init(log: any EventLog, keyring: Keyring, source: String, now: Date) {
    self.log = log
    self.keyring = keyring
    self.source = source
    self.now = now
  }

  package func createTenant(_ id: TenantID, name: String, in transaction: Transaction) throws {
    _ = try keyring.create(.tenant, tenant: id, ids: [KeyID(id.uuid)], in: transaction)
    try append(
      TenantCreated.self, key: StreamID(id), tenant: id, .init(tenant: id, name: name), transaction)
  }

  /// - Parameter key: the API key in clear; only its hash is kept.
  package func createAPIKey(
    _ key: String, name: String, tenant: TenantID, in transaction: Transaction
  ) throws {
    let hash = APIKeyHash.of(key)
    try append(
      APIKeyCreated.self, key: StreamID(tenant), tenant: tenant, .init(name: name, hash: hash), transaction,
      step: hash)
  }

  package func createConnection(
    _ facts: ConnectionCreated.Facts, secrets: ConnectionCreated.Private, tenant: TenantID,
    in transaction: Transaction
  ) throws {
    let kid = KeyID(tenant.uuid)
    guard let key = try keyring.keys([kid], on: transaction.connection)[kid] else {
      throw SealingError.keyIsGone(kid)
    }
    try append(
      ConnectionCreated.self, key: StreamID(facts.connection), tenant: tenant, facts, transaction,
      private: secrets, sealedWith: key)
  }

  package func createAgent(
    _ id: AgentID, name: String, definition: AgentDefinition, tenant: TenantID,
    in transaction: Transaction
  ) throws {
    try append(
      AgentCreated.self, key: StreamID(id), tenant: tenant, .init(agent: id, name: name), transaction)
    try publish(id, version: 1, definition: definition, tenant: tenant, in: transaction)
  }

  package func publish(
    _ agent: AgentID, version: Int, definition: AgentDefinition, tenant: TenantID,
    in transaction: Transaction
  ) throws {
    try append(
      AgentPublished.self, key: StreamID(agent), tenant: tenant,
      .init(agent: agent, version: version, definition: definition), transaction, step: "\(version)")
  }

  package func uploadDocument(
    _ id: DocumentID, title: String, mediaType: String, language: String, bytes: [UInt8],
    tenant: TenantID, in transaction: Transaction
  ) throws {
    let kid = KeyID(tenant.uuid)
    guard let key = try keyring.keys([kid], on: transaction.connection)[kid] else {
      throw SealingError.keyIsGone(kid)
    }
    let hash = try DocumentStore.put(bytes, tenant: tenant, key: key, in: transaction)
    try append(
      DocumentUploaded.self, key: StreamID(id), tenant: tenant,
      .init(
        document: id, title: title, mediaType: mediaType, language: language, bytes: bytes.count,
        blob: hexadecimal(hash)), transaction, step: hexadecimal(hash))
  }

  private func append<Spec: EventSpec>(
    _ spec: Spec.Type, key: StreamID, tenant: TenantID, _ facts: Spec.Facts, _ transaction: Transaction,
    step: String = "", private content: Spec.Private? = nil, sealedWith sealingKey: SealingKey? = nil
  ) throws {
    let id = EventID(UUID.version5(of: "\(Spec.type)/\(key)/\(step)", in: tenant.uuid))
    try log.append(
      [
        Event(
          id: id, type: Spec.type, topic: Spec.topic, key: key, tenant: tenant, time: now, source: source,
          correlation: id, value: Spec.value(facts, private: content, sealedWith: sealingKey))
      ], in: transaction)
  }
}

package enum APIKeyHash {
  /// SHA-256 of the key in hexadecimal.
  package static func of(_ key: String) -> String { hexadecimal(SHA256.hash(data: Array(key.utf8))) }
}
