import Contracts
import Foundation
import JSON
import ObjectStore

/// The list of erased contacts, kept outside of the database: a database that is restored from an older backup does
/// not know of them, and their keys are back. It holds ids alone, which say nothing about anyone.
package struct ErasureJournal: Sendable {
  package struct Entry: Codable, Sendable, Equatable {
    package let contact: ContactID
    package let tenant: TenantID
    package let reason: String
    package let time: Date
  }

  private let store: any ObjectStore
  private static let prefix = "erasures/"

  package init(_ store: any ObjectStore) { self.store = store }

  /// Returns once it is durable.
  func note(_ entry: Entry) async throws {
    try await store.put(JSON.encode(entry), at: "\(Self.prefix)\(entry.contact).json")
  }

  /// The contacts that are listed, without reading what is said of each.
  func contacts() async throws -> Set<ContactID> {
    let names = try await store.list(Self.prefix)
    return Set(names.compactMap { ContactID($0.dropFirst(Self.prefix.count).dropLast(".json".count)) })
  }

  func entry(of contact: ContactID) async throws -> Entry? {
    try await store.get("\(Self.prefix)\(contact).json").map { try JSON.decode(Entry.self, from: $0) }
  }
}
