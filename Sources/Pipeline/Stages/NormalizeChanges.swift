import Channels
import Contracts
import Postgres

/// What senders last made of their messages, and contacts of their reactions: what a replay reads otherwise does not come
/// after that.
///
/// Looked up where a replay's input is decided, so that it does not matter what waited before it when the replay was asked
/// for.
struct NormalizeChanges: Sendable {
  struct Message: Hashable, Sendable {
    let tenant: TenantID
    /// Of the provider's id; of reactions with whose they are.
    let hmac: String
  }

  enum Change: Equatable, Sendable {
    /// Or a reaction; by the event that it became.
    case edit(EventID)
    case deletion
  }

  private var known: [Message: Change] = [:]
  private var new: [Message: Change] = [:]

  mutating func look(for messages: Set<Message>, in transaction: Transaction) throws {
    guard !messages.isEmpty else { return }
    let rows = try transaction.execute(
      "select tenant, hmac, edit from stage.changes($1, $2)",
      [.uuids(messages.map(\.tenant.uuid)), .texts(messages.map(\.hmac))])
    for row in rows {
      known[Message(tenant: TenantID(row.uuid(0)), hmac: row.text(1))] =
        row.optional(2, PostgresRow.uuid).map { .edit(EventID($0)) } ?? .deletion
    }
  }

  mutating func note(_ change: Change, of message: Message) { new[message] = change }

  /// Whether it is what its sender made of the message last.
  func isLast(_ subject: Reading.Subject, of message: Message) -> Bool {
    guard let last = new[message] ?? known[message] else { return true }
    return switch subject {
    case .message: false
    case .edit(let event), .reaction(let event, in: _): last == .edit(event)
    }
  }

  func save(in transaction: Transaction) throws {
    guard !new.isEmpty else { return }
    let changes = Array(new)
    try transaction.execute(
      "select stage.note_changes($1, $2, $3)",
      [
        .uuids(changes.map(\.key.tenant.uuid)), .texts(changes.map(\.key.hmac)),
        .uuids(
          changes.map { change in
            if case .edit(let event) = change.value { event.uuid } else { nil }
          }),
      ])
  }
}

extension NormalizedItem {
  /// That it is, or that it is about.
  var changedMessage: NormalizeChanges.Message {
    let hmac =
      switch item {
      case .reaction: "reaction/\(providerHMAC)/\(addressHMAC)"
      default: providerHMAC
      }
    return NormalizeChanges.Message(tenant: connection.tenant, hmac: hmac)
  }
}
