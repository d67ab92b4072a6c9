import Contracts
import Crypto
import EventLog
import Foundation
import Keyring
import Knowledge
import Postgres
import Synchronization
import Telemetry

/// The way in: what came is sealed under a key of its own and appended, JSON as `webhook.received` and e-mail as
/// `email.received`. E-mails, and JSON that an event cannot hold, go to the blob store as the bytes that they are,
/// sealed under the same key and named by the event.
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
  /// The longest body that an event holds: as a string in JSON it has at most twice the length, and sealed a
  /// third more.
  static let maximumInlineBytes = 350_000
  /// So many bytes that go to the blob store are under way at once, each body with its sealed form; what would go
  /// beyond is refused.
  static let maximumBlobBytes = 64 << 20

  private let log: any EventLog
  private let keyring: Keyring
  private let durability: Durability
  private let commits: GroupCommit<Sealed>
  private let blobBytes = Atomic<Int>(0)

  /// An event and the key that it is sealed under.
  private struct Sealed: Sendable {
    let key: InboundKey
    let event: Event
    let blob: SealedBody?
  }

  /// A body in the blob store.
  private struct SealedBody: Sendable {
    let bytes: [UInt8]
    let hash: [UInt8]

    init(_ body: [UInt8], sealedWith key: SealingKey) throws {
      bytes = try JWE.seal(body, with: key)
      hash = Array(SHA256.hash(data: bytes))
    }
  }

  package init(log: any EventLog, pool: PostgresPool, keyring: Keyring, durability: Durability) {
    self.log = log
    self.keyring = keyring
    self.durability = durability
    commits = GroupCommit(pool: pool, maximumBatch: 1_000, maximumWaiting: 20_000) { batch, transaction in
      try keyring.store(batch.map(\.key), in: transaction)
      for blob in batch.compactMap(\.blob) {
        try BlobStore.put(blob.bytes, hash: blob.hash, in: transaction)
      }
      if case .withKeys = durability { try log.append(batch.map(\.event), in: transaction) }
    }
  }

  /// Takes the body of a webhook, or what a provider answered to polling.
  ///
  /// - Parameters:
  ///   - body: UTF-8 of at most 5 MiB, whose shape was checked.
  ///   - sender: the visitor, where our own endpoint established who it is.
  ///   - asBlob: whether it goes to the blob store however short it is, as its files are read from there.
  ///   - source: who brought it.
  ///   - id: of the event; the same for the same thing where that is known, so that it is recorded once.
  /// - Throws: `PostgresError` or `EventLogError` when it cannot be made durable now; then it may or may not
  ///   come to be there, and sending it again is safe, since readers drop repetitions.
  package func take(
    _ body: String, sender: String?, on connection: KnownConnectionID, traceparent: String,
    asBlob: Bool = false, source: String = "/ingress", id: EventID = EventID(UUID.version7())
  ) async throws -> EventID {
    let isInline = !asBlob && body.utf8.count <= Self.maximumInlineBytes
    return try await take(
      WebhookReceived.self, blob: isInline ? nil : Array(body.utf8), on: connection, traceparent, source, id
    ) { blob, key in
      try WebhookReceived.value(
        WebhookReceived.Facts(
          connection: connection.id, channel: connection.channel, bytes: body.utf8.count, blob: blob),
        private: WebhookReceived.Private(body: isInline ? body : "", sender: sender), sealedWith: key)
    }
  }

  /// Takes an e-mail as it stands, in any charset. Its files are read from the blob later.
  package func take(
    mail: [UInt8], on connection: KnownConnectionID, traceparent: String, source: String = "/ingress",
    id: EventID = EventID(UUID.version7())
  ) async throws -> EventID {
    try await take(EmailReceived.self, blob: mail, on: connection, traceparent, source, id) { blob, key in
      try EmailReceived.value(
        EmailReceived.Facts(
          connection: connection.id, channel: connection.channel, bytes: mail.count, blob: blob),
        private: EmailReceived.Private(message: nil), sealedWith: key)
    }
  }

  /// - Parameter value: makes the event's value of what its blob is called.
  private func take<Spec: EventSpec>(
    _ spec: Spec.Type, blob body: [UInt8]?, on connection: KnownConnectionID, _ traceparent: String,
    _ source: String, _ id: EventID, value: (_ blob: String?, _ key: SealingKey) throws -> [UInt8]
  ) async throws -> EventID {
    let bytes = body?.count ?? 0
    try beginBlob(bytes)
    defer { blobBytes.wrappingSubtract(bytes, ordering: .relaxed) }
    let now = Date()
    let key = try keyring.makeInboundKey(at: now, tenant: connection.tenant)
    let blob = try body.map { try SealedBody($0, sealedWith: key.key) }
    let value = try value(blob.map { hexadecimal($0.hash) }, key.key)
    guard value.count <= Self.maximumEventBytes else {
      throw Problem(.bodyTooLarge, "sealed, the body has \(value.count) bytes, more than an event holds")
    }
    let event = Event(
      id: id, type: Spec.type, topic: Spec.topic, key: StreamID(connection.id), tenant: connection.tenant,
      time: now, source: source, correlation: id, traceparent: traceparent, value: value)
    try await commits.commit(Sealed(key: key, event: event, blob: blob))
    if case .afterKeys = durability { _ = try await log.append([event]) }
    return id
  }

  private func beginBlob(_ bytes: Int) throws(Problem) {
    guard blobBytes.wrappingAdd(bytes, ordering: .relaxed).newValue <= Self.maximumBlobBytes else {
      blobBytes.wrappingSubtract(bytes, ordering: .relaxed)
      throw Problem(.overloaded, "too many large bodies are being taken; try again later")
    }
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
