import Channels
import Contracts
import Postgres

/// In which conversation messages are that were exchanged in topics of groups, by either side: a platform may tell of a
/// reaction without its topic. What is known for one batch, and what it adds.
struct TopicMessages: Sendable {
  struct Name: Hashable, Sendable {
    let connection: ConnectionID
    /// HMAC of the provider's id.
    let hmac: String
  }

  private var known: [Name: ConversationID] = [:]
  private var new: [Name: ConversationID] = [:]

  /// Reads what is known of the messages that reactions are to.
  mutating func look(for items: [NormalizedItem], in transaction: Transaction) throws {
    let asked = Set(items.compactMap(\.reactedTo))
    guard !asked.isEmpty else { return }
    let rows = try transaction.execute(
      "select connection, provider_hmac, conversation from stage.topic_messages($1, $2)",
      [.uuids(asked.map(\.connection.uuid)), .texts(asked.map(\.hmac))])
    for row in rows {
      known[Name(connection: ConnectionID(row.uuid(0)), hmac: row.text(1))] = ConversationID(row.uuid(2))
    }
  }

  /// Where the message is that the item is a reaction to; nil for all other items, and where that is not known.
  func conversation(of item: NormalizedItem) -> ConversationID? {
    item.reactedTo.flatMap { new[$0] ?? known[$0] }
  }

  mutating func note(_ message: Name, in conversation: ConversationID) { new[message] = conversation }

  func save(in transaction: Transaction) throws {
    guard !new.isEmpty else { return }
    // In one order, so that two transactions never wait for each other.
    let rows = new.sorted { ($0.key.connection, $0.key.hmac) < ($1.key.connection, $1.key.hmac) }
    try transaction.execute(
      "select stage.note_topic_messages($1, $2, $3)",
      [
        .uuids(rows.map(\.key.connection.uuid)), .texts(rows.map(\.key.hmac)),
        .uuids(rows.map(\.value.uuid)),
      ])
  }
}

extension NormalizedItem {
  /// In a group.
  fileprivate var reactedTo: TopicMessages.Name? {
    guard case .reaction = item, threadHMAC != nil else { return nil }
    return TopicMessages.Name(connection: connection.id, hmac: providerHMAC)
  }
}
