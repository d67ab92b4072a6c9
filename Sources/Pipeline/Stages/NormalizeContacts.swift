import Contracts
import Foundation
import Keyring
import Postgres

/// Who is reached where, with their keys: what is known for one batch, and what it has changed.
struct NormalizeContacts: Sendable {
  private let keyring: Keyring
  private var contacts: [ContactAddress: ContactID] = [:]
  private var keys: [KeyID: SealingKey] = [:]
  private var new: [(address: ContactAddress, contact: ContactID)] = []
  private var newKeys: [NewKey] = []
  private var gone: [ContactID] = []
  private var left: [(address: ContactAddress, contact: ContactID)] = []
  /// By what they were named together.
  private var named: [(address: ContactAddress, contact: ContactID)] = []
  private var moved: [(from: ContactAddress, to: ContactAddress, contact: ContactID)] = []

  init(keyring: Keyring) { self.keyring = keyring }

  mutating func look(for items: [NormalizedItem], in transaction: Transaction) throws {
    let addresses = Set(
      items.flatMap { item in
        item.addresses
          + [item.moved?.addressHMAC, item.moved?.aliasHMAC].compactMap(\.self).map(item.contact(at:))
      })
    guard !addresses.isEmpty else { return }
    try find(addresses, in: transaction)
    try find(
      Set(
        items.flatMap { item in
          contacts[item.contact].flatMap { item.aliasMarks(of: $0) }.map { [$0.address, $0.alias] } ?? []
        }), in: transaction)
    keys = try keyring.keys(Set(contacts.values.map { KeyID($0.uuid) }), on: transaction.connection)
    gone = contacts.values.filter { keys[KeyID($0.uuid)] == nil }
    contacts = contacts.filter { keys[KeyID($0.value.uuid)] != nil }
  }

  private mutating func find(_ addresses: Set<ContactAddress>, in transaction: Transaction) throws {
    guard !addresses.isEmpty else { return }
    let found = try transaction.execute(
      "select tenant, channel, address_hmac, contact from stage.contacts($1, $2, $3)",
      [
        .uuids(addresses.map(\.tenant.uuid)), .texts(addresses.map(\.channel.rawValue)),
        .texts(addresses.map(\.hmac)),
      ])
    for row in found {
      let address = ContactAddress(
        tenant: TenantID(row.uuid(0)), channel: Channel(rawValue: row.text(1)), hmac: row.text(2))
      contacts[address] = ContactID(row.uuid(3))
    }
  }

  /// By its address, and by what else it is known by where the address is nobody's, or changed hands.
  subscript(item: NormalizedItem) -> ContactID? {
    if let contact = contacts[item.contact], !isSomeoneElse(item, than: contact) { return contact }
    return item.alias.flatMap { contacts[$0] }
  }

  /// Who moved, once that is done.
  subscript(moved item: NormalizedItem) -> ContactID? {
    item.moved.flatMap { contacts[item.contact(at: $0.addressHMAC)] }
  }

  /// Whether the address, which is the contact's, comes with another alias than before: it was given to somebody else.
  private func isSomeoneElse(_ item: NormalizedItem, than contact: ContactID) -> Bool {
    guard let marks = item.aliasMarks(of: contact) else { return false }
    return contacts[marks.address] != nil && contacts[marks.alias] == nil
  }

  /// From here on the contact is found by all that the item names it by, as far as that is nobody else's.
  ///
  /// - Parameter takesOver: whether the address is the contact's from here on if it changed hands: what comes late tells
  ///   whose it was.
  mutating func knownOrNew(_ item: NormalizedItem, takesOver: Bool) throws -> ContactID {
    let contact = try self[item] ?? make(for: item.connection.tenant)
    if takesOver, let before = contacts[item.contact], before != contact {
      contacts[item.contact] = nil
      leave(item.contact, before)
    }
    for address in item.addresses where contacts[address] == nil {
      contacts[address] = contact
      new.append((address, contact))
    }
    if contacts[item.contact] == contact { mark(item.aliasMarks(of: contact), contact) }
    return contact
  }

  private mutating func mark(_ marks: (address: ContactAddress, alias: ContactAddress)?, _ contact: ContactID)
  {
    for mark in marks.map({ [$0.address, $0.alias] }) ?? [] where contacts[mark] == nil {
      contacts[mark] = contact
      named.append((mark, contact))
    }
  }

  private mutating func make(for tenant: TenantID) throws -> ContactID {
    let contact = ContactID(UUID())
    let key = try keyring.make(.contact, tenant: tenant, id: KeyID(contact.uuid))
    keys[key.key.id] = key.key
    newKeys.append(key)
    return contact
  }

  func key(of contact: ContactID) throws -> SealingKey {
    guard let key = keys[KeyID(contact.uuid)] else { throw SealingError.keyIsGone(KeyID(contact.uuid)) }
    return key
  }

  /// The old address is nobody's any more: a number is given to someone else in time, who must not come into
  /// this contact's conversation. Where the new address is another contact's already, both stay as they are.
  mutating func move(_ contact: ContactID, from old: ContactAddress, to address: ContactAddress) {
    guard contacts[old] == contact, old != address, (contacts[address] ?? contact) == contact else { return }
    let isKnownThere = contacts[address] != nil
    contacts[old] = nil
    contacts[address] = contact
    if isKnownThere { return leave(old, contact) }
    if let index = new.firstIndex(where: { $0.contact == contact && $0.address == old }) {
      new[index].address = address
    } else if let index = moved.firstIndex(where: { $0.contact == contact && $0.to == old }) {
      moved[index].to = address
    } else {
      moved.append((old, address, contact))
    }
  }

  /// From here on the contact, once it moved, is found by what else it is known by there, unless that is somebody else's.
  mutating func noteAlias(of item: NormalizedItem, _ contact: ContactID) {
    guard let moved = item.moved, contacts[item.contact(at: moved.addressHMAC)] == contact,
      let alias = moved.aliasHMAC.map(item.contact(at:))
    else { return }
    if contacts[alias] == nil {
      contacts[alias] = contact
      new.append((alias, contact))
    }
    mark(item.movedAliasMarks(of: contact), contact)
  }

  /// The contact is not found at the address any more.
  private mutating func leave(_ address: ContactAddress, _ contact: ContactID) {
    if let index = new.firstIndex(where: { $0.contact == contact && $0.address == address }) {
      new.remove(at: index)
    } else if let index = moved.firstIndex(where: { $0.contact == contact && $0.to == address }) {
      left.append((moved.remove(at: index).from, contact))
    } else {
      left.append((address, contact))
    }
  }

  func save(in transaction: Transaction) throws {
    if !gone.isEmpty {
      try transaction.execute("select stage.forget_contacts($1)", [.uuids(gone.map(\.uuid))])
    }
    if !left.isEmpty {
      let count = try transaction.execute(
        "select stage.leave_contacts($1, $2, $3, $4)",
        [
          .uuids(left.map(\.address.tenant.uuid)), .texts(left.map(\.address.channel.rawValue)),
          .texts(left.map(\.address.hmac)), .uuids(left.map(\.contact.uuid)),
        ])[0].int8(0)
      try NormalizeWorkspace.check(count, left.count)
    }
    let moves = moved.filter { $0.from != $0.to }
    if !moves.isEmpty {
      let count = try transaction.execute(
        "select stage.move_contacts($1, $2, $3, $4, $5)",
        [
          .uuids(moves.map(\.from.tenant.uuid)), .texts(moves.map(\.from.channel.rawValue)),
          .texts(moves.map(\.from.hmac)), .texts(moves.map(\.to.hmac)), .uuids(moves.map(\.contact.uuid)),
        ])[0].int8(0)
      try NormalizeWorkspace.check(count, moves.count)
    }
    try NormalizeWorkspace.check(add(new, in: transaction), new.count)
    // Whoever noted the same in the meantime noted the same.
    _ = try add(named, in: transaction)
    try keyring.store(newKeys, in: transaction)
  }

  /// Returns how many were new.
  private func add(
    _ added: [(address: ContactAddress, contact: ContactID)], in transaction: Transaction
  ) throws -> Int64 {
    guard !added.isEmpty else { return 0 }
    return try transaction.execute(
      "select stage.add_contacts($1, $2, $3, $4)",
      [
        .uuids(added.map(\.address.tenant.uuid)), .texts(added.map(\.address.channel.rawValue)),
        .texts(added.map(\.address.hmac)), .uuids(added.map(\.contact.uuid)),
      ])[0].int8(0)
  }
}
