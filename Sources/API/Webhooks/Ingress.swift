import Contracts
import EventLog
import Foundation
import Keyring
import Postgres
import Telemetry

/// The way in: a body that was checked is sealed under a key of its own and appended as `webhook.received`.
///
/// Returns only once key and event are durable. Requests that arrive while a transaction commits share the
/// next one. Sealing runs on the caller's task, committing on one of the pool's threads.
package final class Ingress: Sendable {
  /// Where events become durable.
  package enum Durability: Sendable {
    /// In the database of the keys: key and event are one transaction.
    case withKeys
    /// Elsewhere: the key is committed first, so that no event is ever without its key.
    case afterKeys
  }

  /// What every driver takes as the value of one event, in bytes.
  static let maximumEventBytes = 1_000_000

  private let log: any EventLog
  private let keyring: Keyring
  private let durability: Durability
  private let commits: GroupCommit<Sealed>

  /// An event and the key that it is sealed under.
  private struct Sealed: Sendable {
    let key: InboundKey
    let event: Event
  }

  package init(log: any EventLog, pool: PostgresPool, keyring: Keyring, durability: Durability) {
    self.log = log
    self.keyring = keyring
    self.durability = durability
    commits = GroupCommit(pool: pool, maximumBatch: 1_000, maximumWaiting: 20_000) { batch, transaction in
      try keyring.store(batch.map(\.key), in: transaction)
      if case .withKeys = durability { try log.append(batch.map(\.event), in: transaction) }
    }
  }

  /// - Parameters:
  ///   - body: UTF-8 of at most 5 MiB, whose shape was checked.
  ///   - sender: the visitor, where our own endpoint established who it is.
  /// - Throws: `PostgresError` or `EventLogError` when it cannot be made durable now; then it may or may not
  ///   come to be there, and sending it again is safe, since readers drop repetitions.
  package func take(
    _ body: String, sender: String?, on connection: KnownConnectionID, traceparent: String
  ) async throws -> EventID {
    let now = Date()
    let id = EventID(UUID.version7())
    let key = try keyring.makeInboundKey(at: now)
    let value = try WebhookReceived.value(
      WebhookReceived.Facts(
        connection: connection.id, channel: connection.channel, bytes: body.utf8.count),
      private: WebhookReceived.Private(body: body, sender: sender), sealedWith: key.key)
    guard value.count <= Self.maximumEventBytes else {
      throw Problem(
        .bodyTooLarge,
        "sealed, the body has \(value.count) bytes; an event holds at most \(Self.maximumEventBytes)")
    }
    let event = Event(
      id: id, type: WebhookReceived.type, topic: WebhookReceived.topic, key: StreamID(connection.id),
      tenant: connection.tenant, time: now, source: "/ingress", correlation: id, traceparent: traceparent,
      value: value)
    try await commits.commit(Sealed(key: key, event: event))
    if case .afterKeys = durability { _ = try await log.append([event]) }
    return id
  }
}

/// What of a connection goes into its events.
package struct KnownConnectionID: Sendable {
  let id: ConnectionID
  let tenant: TenantID
  let channel: Channel

  package init(id: ConnectionID, tenant: TenantID, channel: Channel) {
    self.id = id
    self.tenant = tenant
    self.channel = channel
  }
}
