import Contracts
import Crypto
import EventLog
import Foundation
import Keyring
import Logging
import Postgres
import PostgresLog
import TestKit
import Testing

@testable import Projections

/// On the embedded log, with keys of the keyring.
struct ErasedContactTests {
  private struct Talk {
    let tenant = TenantID(UUID())
    let contact = ContactID(UUID())
    let conversation = ConversationID(UUID())
    let message = MessageID(UUID())

    func events(_ key: SealingKey) throws -> [Event] {
      let connection = ConnectionID(tenant.uuid)
      return [
        event(
          ConversationOpened.self,
          try ConversationOpened.value(
            .init(
              conversation: conversation, contact: contact, connection: connection, channel: .whatsapp,
              addressHMAC: "address"),
            private: .init(address: "+4915112345678", name: "Ada"), sealedWith: key)),
        event(
          MessageReceived.self,
          try MessageReceived.value(
            .init(
              message: message, conversation: conversation, contact: contact, connection: connection,
              channel: .whatsapp, kind: .text, providerHMAC: conversation.description, providerTime: nil,
              bytes: 5),
            private: .init(text: "hello", providerID: "wamid.1"), sealedWith: key)),
        event(
          ConversationLabelled.self,
          try ConversationLabelled.value(
            .init(conversation: conversation), private: .init(labels: ["Ada's"]), sealedWith: key)),
      ]
    }

    private func event<Spec: EventSpec>(_: Spec.Type, _ value: [UInt8]) -> Event {
      Event(
        id: EventID(UUID()), type: Spec.type, topic: Spec.topic, key: StreamID(conversation), tenant: tenant,
        time: Date(timeIntervalSince1970: 1_772_000_000), source: "/tests", value: value)
    }
  }

  /// The columns that come from private parts, and one that comes from facts.
  private func rows(_ schema: String, _ database: TestDatabase) async throws -> [[String]] {
    try await database.pool.withConnection { connection in
      try connection.execute(
        """
        select c.id::text, coalesce(c.contact_name, '-'), coalesce(c.contact_address, '-'),
          coalesce(c.last_message_text, '-'), coalesce(m.text, '-'), coalesce(m.provider_id, '-'),
          c.labels::text, c.messages::text
        from \(schema).conversation as c join \(schema).message as m on m.conversation = c.id
        """
      ).map { row in (0..<8).map { row.text($0) } }
    }
  }

  @Test func aRebuildAfterErasureKeepsTheRowsAndLeavesThatPersonOut() async throws {
    try await TestDatabase.with { database in
      let log = try await database.makeLog()
      let keyring = Keyring(master: MasterKey(SymmetricKey(size: .bits256)))
      let (kept, erased) = (Talk(), Talk())
      for talk in [kept, erased] {
        try await database.pool.withTransaction { transaction in
          let id = KeyID(talk.contact.uuid)
          let keys = try keyring.create(.contact, tenant: talk.tenant, ids: [id], in: transaction)
          try log.append(try talk.events(#require(keys[id])), in: transaction)
        }
      }
      let definition = try ProjectionDefinition.load(TestDatabase.home.folder("projections/conversations"))
      func rebuild(accepting: Bool) async throws -> RebuildReport {
        try await Rebuild(
          log: log, pool: database.pool, keys: keyring.source, logger: Logger(label: "test")
        ).run(definition, .init(acceptsDifferences: accepting))
      }
      func row(_ talk: Talk, _ values: [String]) -> [String] {
        [talk.conversation.description] + values + ["1"]
      }
      let known = ["Ada", "+4915112345678", "hello", "hello", "wamid.1", "{Ada's}"]
      let first = try await rebuild(accepting: false)
      #expect(Set(try await rows(first.schema, database)) == [row(kept, known), row(erased, known)])

      try await database.pool.withConnection { connection in
        _ = try connection.execute("delete from keyring.key where id = $1", [.uuid(erased.contact.uuid)])
      }
      keyring.forget([KeyID(erased.contact.uuid)])
      let second = try await rebuild(accepting: true)
      #expect(second.applied == 6 && second.parked == 0)
      #expect(
        Set(try await rows(second.schema, database))
          == [row(kept, known), row(erased, ["-", "-", "-", "-", "-", "{}"])])
      await log.close()
    }
  }
}
