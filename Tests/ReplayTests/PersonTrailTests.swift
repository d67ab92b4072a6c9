import Channels
import Contracts
import EventLog
import Foundation
import Pipeline
import Postgres
import PostgresLog
import Replay
import TestKit
import Testing

/// What came of a person is handed over as it came, and nobody else's words with it.
struct PersonTrailTests {
  private static let ada = "15550100"
  private static let bob = "15550101"

  private static func text(_ text: String, from address: String) -> String {
    """
    {"from":"\(address)","id":"wamid.\(text)","timestamp":"1700000000","type":"text","text":{"body":"\(text)"}}
    """
  }

  private static func status(_ id: String, of address: String) -> String {
    """
    {"id":"wamid.\(id)","status":"read","timestamp":"1700000000","recipient_id":"\(address)"}
    """
  }

  private static func change(messages: [String] = [], statuses: [String] = []) -> String {
    """
    {"field":"messages","value":{"messaging_product":"whatsapp","metadata":{"phone_number_id":"100000000000001"},
    "messages":[\(messages.joined(separator: ","))],"statuses":[\(statuses.joined(separator: ","))]}}
    """
  }

  private static func body(_ changes: String...) -> String {
    #"{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[\#(changes.joined(separator: ","))]}]}"#
  }

  /// Of a body, normalize can note only whom it knows: Bob never wrote.
  @Test func aBodyThatTellsOfAnyoneElseIsWithheldAlsoWhereTheyAreNotKnown() async throws {
    let own = [
      Self.body(Self.change(messages: [Self.text("one", from: Self.ada)])),
      Self.body(
        Self.change(messages: [Self.text("two", from: Self.ada)]),
        Self.change(statuses: [Self.status("a", of: Self.ada)])),
    ]
    let shared = [
      Self.body(
        Self.change(messages: [Self.text("three", from: Self.ada)]),
        Self.change(statuses: [Self.status("b", of: Self.bob)]),
        #"{"field":"calls","value":{"calls":[{"from":"\#(Self.bob)"}]}}"#),
      Self.body(
        Self.change(
          messages: [Self.text("four", from: Self.ada)], statuses: [Self.status("c", of: Self.bob)])),
      Self.body(
        Self.change(messages: [Self.text("five", from: Self.ada)]),
        #"{"field":"calls","value":{"calls":[{"from":"\#(Self.bob)"}]}}"#),
      Self.body(Self.change(messages: [Self.text("six", from: Self.ada), "42"])),
      "no JSON",
    ]
    try await TestDatabase.with { database in
      let tenant = try await TestTenant.make(in: database)
      for body in own + shared { try await tenant.receive(body, on: tenant.whatsApp, channel: .whatsapp) }
      let contact = ContactID(UUID())
      try await database.pool.withConnection { connection in
        _ = try connection.execute(
          """
          select stage.note_persons('{}', '{}', array_agg($1::uuid), array_agg(k.id))
          from keyring.inbound_key as k
          """, [.uuid(contact.uuid)])
      }
      let trail = PersonTrail(log: tenant.log, pool: database.pool, keyring: tenant.keyring)
      let directory = try await tenant.directory.catchUp()
      var handed: [String] = []
      let bodies = try await trail.forEachRaw(
        of: contact, readBy: ChannelAdapters(), knowing: directory
      ) { handed.append(String(decoding: $0.bytes, as: UTF8.self)) }
      #expect(Set(handed) == Set(own) && handed.count == own.count)
      #expect(bodies.own.count == own.count)
      #expect(bodies.withheld.values.filter { $0 == .unclear }.count == shared.count)
      #expect(bodies.withheld.count == shared.count)

      // Of whom it is known that a body told of somebody else: it is not even opened.
      try await database.pool.withConnection { connection in
        _ = try connection.execute(
          "insert into keyring.concern (contact, key) select gen_random_uuid(), k.id from keyring.inbound_key as k"
        )
      }
      let known = try await trail.forEachRaw(
        of: contact, readBy: ChannelAdapters(), knowing: directory
      ) { _ in Issue.record("a body that told of others is handed over") }
      #expect(known.own.isEmpty && known.withheld.count == own.count + shared.count)
      #expect(known.withheld.values.allSatisfy { $0 == .others })
    }
  }
}
