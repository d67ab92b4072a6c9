import Channels
import Contracts
import Foundation
import Keyring
import Postgres

/// A message or status with the HMACs that stand for its provider id and address.
struct NormalizedItem: Sendable {
  enum Content: Sendable {
    case message(InboundMessage)
    case status(InboundStatus)
  }
  let content: Content
  let connection: KnownConnection
  let providerHMAC: String
  let addressHMAC: String

  /// nil for what belongs to no conversation.
  init?(_ item: InboundItem, connection: KnownConnection, tenantKey: SealingKey) {
    let (providerID, address): (String, String)
    switch item {
    case .message(let message):
      content = .message(message)
      (providerID, address) = (message.providerID, message.origin.address)
    case .status(let status):
      content = .status(status)
      (providerID, address) = (status.providerID, status.origin.address)
    case .echo, .edit, .deletion, .reaction, .progress, .move, .notice, .other: return nil
    }
    self.connection = connection
    providerHMAC = tenantKey.hmac(providerID, on: connection.channel)
    addressHMAC = tenantKey.hmac(address, on: connection.channel)
  }

  /// What makes it the same as one seen before: the provider's id, and for a status how far it says.
  var dedupe: String {
    switch content {
    case .message: providerHMAC
    case .status(let status): "\(providerHMAC)/\(status.status.rawValue)"
    }
  }

  var contactKey: ContactAddress {
    ContactAddress(tenant: connection.tenant, channel: connection.channel, hmac: addressHMAC)
  }
}

/// What one webhook held.
struct NormalizedBody: Sendable {
  var items: [NormalizedItem] = []
  /// Parts that have no shape that the channel knows.
  var malformed = 0
}

struct ContactAddress: Hashable, Sendable {
  let tenant: TenantID
  let channel: Channel
  let hmac: String
}

/// What normalize knows about the inputs of one batch, and what it has added to that.
package struct NormalizeWorkspace: Sendable {
  private struct Mark: Hashable, Sendable {
    let tenant: TenantID
    let hmac: String
  }

  var parsed: [EventID: Result<NormalizedBody, any Error>] = [:]
  private let keyring: Keyring
  private var seen: Set<Mark> = []
  private var added: [Mark] = []
  private var contacts: [ContactAddress: ContactID] = [:]
  private var newContacts: [(address: ContactAddress, contact: ContactID)] = []
  private var contactKeys: [KeyID: SealingKey] = [:]
  private var newKeys: [NewKey] = []

  init(keyring: Keyring) { self.keyring = keyring }

  /// Reads what is known of all items, in one statement each.
  mutating func look(in transaction: Transaction) throws {
    let items = parsed.values.flatMap { (try? $0.get())?.items ?? [] }
    guard !items.isEmpty else { return }
    let found = try transaction.execute(
      "select tenant, channel, address_hmac, contact from stage.contacts($1, $2, $3)",
      [
        .uuids(items.map(\.connection.tenant.uuid)), .texts(items.map(\.connection.channel.rawValue)),
        .texts(items.map(\.addressHMAC)),
      ])
    for row in found {
      let address = ContactAddress(
        tenant: TenantID(row.uuid(0)), channel: Channel(rawValue: row.text(1)), hmac: row.text(2))
      contacts[address] = ContactID(row.uuid(3))
    }
    var marks = Set(items.map { Mark(tenant: $0.connection.tenant, hmac: $0.dedupe) })
    for item in items {
      guard let contact = contacts[item.contactKey] else { continue }
      let conversation = UUID.version5(of: contact.uuid.bytes, in: item.connection.id.uuid)
      marks.insert(
        Mark(tenant: item.connection.tenant, hmac: "conversation/\(ConversationID(conversation))"))
    }
    let known = try transaction.execute(
      "select tenant, hmac from stage.known($1, $2)",
      [.uuids(marks.map(\.tenant.uuid)), .texts(marks.map(\.hmac))])
    seen = Set(known.map { Mark(tenant: TenantID($0.uuid(0)), hmac: $0.text(1)) })
    contactKeys = try keyring.keys(
      Set(contacts.values.map { KeyID($0.uuid) }), on: transaction.connection)
  }

  func hasSeen(_ hmac: String, _ tenant: TenantID) -> Bool {
    seen.contains(Mark(tenant: tenant, hmac: hmac))
  }

  mutating func see(_ hmac: String, _ tenant: TenantID) {
    let mark = Mark(tenant: tenant, hmac: hmac)
    seen.insert(mark)
    added.append(mark)
  }

  func contact(_ item: NormalizedItem) -> ContactID? { contacts[item.contactKey] }

  mutating func contactOrNew(_ item: NormalizedItem) throws -> ContactID {
    if let known = contact(item) { return known }
    let contact = ContactID(UUID())
    let key = try keyring.make(.contact, tenant: item.connection.tenant, id: KeyID(contact.uuid))
    contacts[item.contactKey] = contact
    newContacts.append((item.contactKey, contact))
    contactKeys[key.key.id] = key.key
    newKeys.append(key)
    return contact
  }

  func key(of contact: ContactID) throws -> SealingKey {
    guard let key = contactKeys[KeyID(contact.uuid)] else {
      throw SealingError.keyIsGone(KeyID(contact.uuid))
    }
    return key
  }

  /// Another process may have added the same between `look` and here: then the transaction is done again.
  func save(in transaction: Transaction) throws {
    if !added.isEmpty {
      let count = try transaction.execute(
        "select stage.note_seen($1, $2)",
        [.uuids(added.map(\.tenant.uuid)), .texts(added.map(\.hmac))])[0].int8(0)
      try check(count, added.count)
    }
    if !newContacts.isEmpty {
      let count = try transaction.execute(
        "select stage.add_contacts($1, $2, $3, $4)",
        [
          .uuids(newContacts.map(\.address.tenant.uuid)),
          .texts(newContacts.map(\.address.channel.rawValue)), .texts(newContacts.map(\.address.hmac)),
          .uuids(newContacts.map(\.contact.uuid)),
        ])[0].int8(0)
      try check(count, newContacts.count)
    }
    try keyring.store(newKeys, in: transaction)
  }

  private func check(_ count: Int64, _ expected: Int) throws {
    guard count == expected else {
      throw PostgresError(.refused(sqlState: "40001"), "another process saw the same message first")
    }
  }
}
