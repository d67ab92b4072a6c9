import Contracts
import Foundation
import Postgres

/// What the contacts of one batch want to hear no more of, and what of that the batch has changed.
///
/// It is the contact's, not the conversation's, so it lies in a table of its own. In the conversation where it was
/// said it counts from that moment on; in others as soon as it is committed.
struct Consents: Sendable {
  private var out: [ContactID: Set<ConsentScope>] = [:]
  private var changed: [Key: Change] = [:]

  private struct Key: Hashable {
    let contact: ContactID
    let scope: ConsentScope
  }

  private struct Change {
    let tenant: TenantID
    let state: ConsentState
    let at: Date
    let event: EventID
  }

  init() {}

  static func statement(_ contacts: [ContactID]) -> PostgresStatement {
    PostgresStatement("select contact, scope from stage.opted_out($1)", [.uuids(contacts.map(\.uuid))])
  }

  init(_ rows: PostgresRows) {
    for row in rows {
      guard let scope = ConsentScope(rawValue: row.text(1)) else { continue }
      out[ContactID(row.uuid(0)), default: []].insert(scope)
    }
  }

  mutating func apply(_ event: Event) throws {
    let facts = try ConsentChanged.read(event).facts
    switch facts.state {
    case .optedOut: out[facts.contact, default: []].insert(facts.scope)
    case .optedIn: out[facts.contact]?.remove(facts.scope)
    }
    changed[Key(contact: facts.contact, scope: facts.scope)] = Change(
      tenant: event.tenant, state: facts.state, at: event.time, event: event.id)
  }

  /// - Parameter template: the category of the template that would be sent.
  func isOptedOut(_ contact: ContactID, of template: MessageTemplate.Category?) -> Bool {
    guard let scopes = out[contact] else { return false }
    return scopes.contains(.all) || (template == .marketing && scopes.contains(.marketing))
  }

  func save(in transaction: Transaction) throws {
    guard !changed.isEmpty else { return }
    let rows = changed.sorted {
      ($0.key.contact, $0.key.scope.rawValue) < ($1.key.contact, $1.key.scope.rawValue)
    }
    try transaction.execute(
      "select stage.save_consents($1, $2, $3, $4, $5, $6)",
      [
        .uuids(rows.map(\.key.contact.uuid)), .texts(rows.map(\.key.scope.rawValue)),
        .uuids(rows.map(\.value.tenant.uuid)), .texts(rows.map(\.value.state.rawValue)),
        .timestamps(rows.map(\.value.at)), .uuids(rows.map(\.value.event.uuid)),
      ])
  }
}
