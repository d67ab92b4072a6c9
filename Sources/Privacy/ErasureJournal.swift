import Contracts
import Foundation
import JSON
import ObjectStore

/// The list of erased contacts, kept outside of the database: a database that is restored from an older backup does
/// not know of them, and their keys are back. It holds ids alone, which say nothing about anyone.
///
/// Where it is kept in several places, each is to be enough by itself.
package struct ErasureJournal: Sendable {
  package struct Entry: Codable, Sendable, Equatable {
    package let contact: ContactID
    package let tenant: TenantID
    package let reason: String
    package let time: Date
  }

  private let stores: [any ObjectStore]
  private static let prefix = "erasures/"

  package init(_ stores: any ObjectStore...) { self.stores = stores }
  package init(_ stores: [any ObjectStore]) { self.stores = stores }

  /// Returns once it is durable everywhere.
  func note(_ entry: Entry) async throws {
    let bytes = try JSON.encode(entry)
    for store in stores { try await store.put(bytes, at: Self.name(of: entry.contact)) }
  }

  /// The contacts that are listed anywhere, without reading what is said of each. Those that one place lacks, which was
  /// added later, are noted there.
  func contacts() async throws -> Set<ContactID> {
    var lists: [Set<ContactID>] = []
    for store in stores {
      let names = try await store.list(Self.prefix)
      lists.append(
        Set(names.compactMap { ContactID($0.dropFirst(Self.prefix.count).dropLast(".json".count)) }))
    }
    let all = lists.reduce(into: Set()) { $0.formUnion($1) }
    for (store, list) in zip(stores, lists) {
      for contact in all.subtracting(list) {
        if let entry = try await entry(of: contact) {
          try await store.put(JSON.encode(entry), at: Self.name(of: contact))
        }
      }
    }
    return all
  }

  func entry(of contact: ContactID) async throws -> Entry? {
    for store in stores {
      if let bytes = try await store.get(Self.name(of: contact)) {
        return try JSON.decode(Entry.self, from: bytes)
      }
    }
    return nil
  }

  private static func name(of contact: ContactID) -> String { "\(prefix)\(contact).json" }
}
