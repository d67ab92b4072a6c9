import Contracts
import Foundation
import JSON
import Postgres

enum ConversationState: String, CaseIterable { case open, handedOver = "handed-over", resolved }

/// A conversation in a list.
struct ConversationItem: Encodable, Sendable {
  struct Contact: Encodable, Sendable {
    let id: ContactID
    let name: String?
    let address: String?
  }

  let id: ConversationID
  let channel: String
  let state: String
  let contact: Contact
  let connection: ConnectionID
  let openedAt: Date
  let lastMessageAt: Date
  let lastMessageText: String?
  let messages: Int

  enum CodingKeys: String, CodingKey {
    case id, channel, state, contact, connection
    case openedAt = "opened_at"
    case lastMessageAt = "last_message_at"
    case lastMessageText = "last_message_text"
    case messages
  }

  static let columns = """
    id, channel, state, contact, contact_name, contact_address, connection, opened_at, last_message_at,
    last_message_text, messages
    """

  init(_ row: PostgresRow) {
    id = ConversationID(row.uuid(0))
    channel = row.text(1)
    state = row.text(2)
    contact = Contact(
      id: ContactID(row.uuid(3)), name: row.optional(4, PostgresRow.text),
      address: row.optional(5, PostgresRow.text))
    connection = ConnectionID(row.uuid(6))
    openedAt = row.date(7)
    lastMessageAt = row.date(8)
    lastMessageText = row.optional(9, PostgresRow.text)
    messages = Int(row.int4(10))
  }
}

/// A message of a conversation, with how it came about.
struct MessageItem: Encodable, Sendable {
  let id: MessageID
  let direction: String
  let author: String
  let kind: String
  let text: String?
  let status: String
  let at: Date
  let providerID: String?
  let agent: AgentID?
  let agentVersion: Int?
  let model: String?
  let replyKind: String?
  let answers: [MessageID]
  let passages: JSONValue?
  let error: String?

  enum CodingKeys: String, CodingKey {
    case id, direction, author, kind, text, status, at
    case providerID = "provider_id"
    case agent
    case agentVersion = "agent_version"
    case model
    case replyKind = "reply_kind"
    case answers, passages, error
  }

  /// The last column is for the cursor alone.
  static let columns = """
    id, direction, author, kind, text, status, at, provider_id, agent, agent_version, model, reply_kind,
    array_to_string(answers, ' '), passages, error, "offset"
    """

  init(_ row: PostgresRow) throws {
    id = MessageID(row.uuid(0))
    direction = row.text(1)
    author = row.text(2)
    kind = row.text(3)
    text = row.optional(4, PostgresRow.text)
    status = row.text(5)
    at = row.date(6)
    providerID = row.optional(7, PostgresRow.text)
    agent = row.optional(8, PostgresRow.uuid).map { AgentID($0) }
    agentVersion = row.optional(9, PostgresRow.int4).map { Int($0) }
    model = row.optional(10, PostgresRow.text)
    replyKind = row.optional(11, PostgresRow.text)
    answers = row.ids(12)
    passages = try row.optional(13, PostgresRow.jsonb).map { try JSONValue(parsing: $0) }
    error = row.optional(14, PostgresRow.text)
  }
}

/// A conversation with a page of its messages, in order. `previous` leads to the ones before.
struct ConversationDetail: Encodable, Sendable {
  let conversation: ConversationItem
  let messages: [MessageItem]
  let previous: Int64?

  enum CodingKeys: String, CodingKey { case messages, previous }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: ConversationItem.CodingKeys.self)
    try container.encode(conversation.id, forKey: .id)
    try container.encode(conversation.channel, forKey: .channel)
    try container.encode(conversation.state, forKey: .state)
    try container.encode(conversation.contact, forKey: .contact)
    try container.encode(conversation.connection, forKey: .connection)
    try container.encode(conversation.openedAt, forKey: .openedAt)
    try container.encode(conversation.lastMessageAt, forKey: .lastMessageAt)
    try container.encodeIfPresent(conversation.lastMessageText, forKey: .lastMessageText)
    var rest = encoder.container(keyedBy: CodingKeys.self)
    try rest.encode(messages, forKey: .messages)
    try rest.encode(previous.map(String.init), forKey: .previous)
  }
}
