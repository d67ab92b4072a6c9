import Contracts
import Crypto
import EventLog
import Extraction
import Foundation
import Keyring
import Knowledge
import Logging
import Pipeline
import Postgres
import PostgresLog

/// A tenant with an agent, a WhatsApp and a web chat connection, on an embedded log of its own.
package struct TestTenant: Sendable {
  package let database: TestDatabase
  package let log: PostgresLog
  package let keyring: Keyring
  package let directory: Directory
  package private(set) var tenant = TenantID(UUID.version7())
  package private(set) var agent = AgentID(UUID.version7())
  package private(set) var whatsApp = ConnectionID(UUID.version7())
  package private(set) var webChat = ConnectionID(UUID.version7())
  package let appSecret = "test-app-secret"
  package let verifyToken = "test-verify-token"
  package let apiKey = "test-api-key"

  package static func make(
    in database: TestDatabase, partitions: Int = 4, definition: AgentDefinition = .forTests
  ) async throws -> TestTenant {
    let log = try await database.makeLog(partitions: partitions)
    let keyring = Keyring(
      master: try MasterKey(hexadecimal: String(repeating: "5a", count: 32), from: "test"))
    let made = TestTenant(
      database: database, log: log, keyring: keyring,
      directory: Directory(log: log, pool: database.pool, keyring: keyring, logger: Logger(label: "test")))
    let provisioning = Provisioning(log: log, keyring: keyring, source: "/test", now: Date())
    try await database.pool.withTransaction { transaction in
      try provisioning.createTenant(made.tenant, name: "Test shop", in: transaction)
      try provisioning.createAPIKey(made.apiKey, name: "test", tenant: made.tenant, in: transaction)
      try provisioning.createAgent(
        made.agent, name: "Test agent", definition: definition, tenant: made.tenant, in: transaction)
      for (id, channel) in [(made.whatsApp, Channel.whatsapp), (made.webChat, .webchat)] {
        try provisioning.createConnection(
          .init(connection: id, channel: channel, name: channel.rawValue, agent: made.agent),
          secrets: .init(
            account: "100000000000001", appSecret: made.appSecret, verifyToken: made.verifyToken,
            accessToken: "test-access-token"), tenant: made.tenant, in: transaction)
      }
    }
    return made
  }

  /// The same tenant on a copy of its database.
  package func on(_ database: TestDatabase, log: PostgresLog) -> TestTenant {
    var copy = TestTenant(
      database: database, log: log, keyring: keyring,
      directory: Directory(log: log, pool: database.pool, keyring: keyring, logger: Logger(label: "test")))
    (copy.tenant, copy.agent, copy.whatsApp, copy.webChat) = (tenant, agent, whatsApp, webChat)
    return copy
  }

  /// One more connection, of another account.
  package func connect(_ channel: Channel, account: String) async throws -> ConnectionID {
    let id = ConnectionID(UUID.version7())
    let provisioning = Provisioning(log: log, keyring: keyring, source: "/test", now: Date())
    try await database.pool.withTransaction { [self] transaction in
      try provisioning.createConnection(
        .init(connection: id, channel: channel, name: account, agent: agent),
        secrets: .init(
          account: account, appSecret: appSecret, verifyToken: verifyToken,
          accessToken: "test-access-token"), tenant: tenant, in: transaction)
    }
    return id
  }

  package func upload(_ title: String, _ text: String, language: String = "english") async throws {
    try await upload(title, Array(text.utf8), .markdown, language: language)
  }

  package func upload(
    _ title: String, _ bytes: [UInt8], _ format: DocumentFormat, language: String = "english"
  ) async throws {
    let provisioning = Provisioning(log: log, keyring: keyring, source: "/test", now: Date())
    try await database.pool.withTransaction { [tenant] transaction in
      try provisioning.uploadDocument(
        DocumentID(UUID.version7()), title: title, mediaType: format.mediaType, language: language,
        bytes: bytes, tenant: tenant, in: transaction)
    }
  }

  /// Appends a webhook as the ingress does, without its HTTP part.
  package func receive(_ body: String, on connection: ConnectionID, channel: Channel, sender: String? = nil)
    async throws
  {
    try await receive([body], on: connection, channel: channel, sender: sender)
  }

  /// Likewise several webhooks in one transaction, so that they are read together.
  package func receive(
    _ bodies: [String], on connection: ConnectionID, channel: Channel, sender: String? = nil
  ) async throws {
    let sealed = try bodies.map { body in
      let key = try keyring.makeInboundKey(at: Date(), tenant: tenant)
      let id = EventID(UUID.version7())
      let event = Event(
        id: id, type: WebhookReceived.type, topic: .inbound, key: StreamID(connection), tenant: tenant,
        time: Date(), source: "/ingress", correlation: id,
        value: try WebhookReceived.value(
          .init(connection: connection, channel: channel, bytes: body.utf8.count),
          private: .init(body: body, sender: sender), sealedWith: key.key))
      return (key: key, event: event)
    }
    try await database.pool.withTransaction { [log, keyring] transaction in
      try keyring.store(sealed.map(\.key), in: transaction)
      try log.append(sealed.map(\.event), in: transaction)
    }
  }

  /// Appends an e-mail as the ingress does, its bytes in the blob store.
  package func receive(mail: [UInt8], on connection: ConnectionID, channel: Channel) async throws {
    let key = try keyring.makeInboundKey(at: Date(), tenant: tenant)
    let sealed = try JWE.seal(mail, with: key.key)
    let hash = Array(SHA256.hash(data: sealed))
    let event = Event(
      id: EventID(UUID.version7()), type: EmailReceived.type, topic: .inbound, key: StreamID(connection),
      tenant: tenant, time: Date(), source: "/ingress",
      value: try EmailReceived.value(
        .init(connection: connection, channel: channel, bytes: mail.count, blob: hexadecimal(hash)),
        private: .init(message: nil), sealedWith: key.key))
    try await database.pool.withTransaction { [log, keyring] transaction in
      try keyring.store([key], in: transaction)
      try BlobStore.put(sealed, hash: hash, in: transaction)
      try log.append([event], in: transaction)
    }
  }

  /// A web chat message from a visitor.
  package func say(_ text: String, id: UUID = UUID.version7(), visitor: String) async throws {
    let body = #"{"id":"\#(id.uuidString.lowercased())","text":"\#(text)"}"#
    try await receive(body, on: webChat, channel: .webchat, sender: visitor)
  }

  package func environment(
    pool: PostgresPool? = nil, owner: StageOwner, now: @escaping @Sendable () -> Date = { Date() }
  ) -> StageEnvironment {
    StageEnvironment(
      log: log, pool: pool ?? database.pool, owner: owner, keyring: keyring, directory: directory,
      logger: Logger(label: "test"), now: now)
  }

  /// Reads `conversations` from the start until `isEnough` holds of everything read so far.
  package func conversationEvents(
    until isEnough: @escaping @Sendable ([Record]) throws -> Bool
  ) async throws -> [Record] {
    let reader = try await log.reader(
      from: log.layout.partitions(.conversations).map { Cursor($0) }, types: nil)
    var records: [Record] = []
    while try !isEnough(records) { records += try await reader.next(limit: 500).records }
    return records
  }
}

extension AgentDefinition {
  package static var forTests: AgentDefinition {
    AgentDefinition(
      instructions: "You answer for a test shop.", fallback: "I do not know. A colleague will answer.")
  }
}
