import Contracts
import JSON
import Postgres

enum ConversationState: String, CaseIterable { case open, handedOver = "handed-over", resolved }

/// A conversation in a list.
enum ConversationItem {
  static let columns = """
    id, channel, state, contact, contact_name, contact_address, connection, opened_at, last_message_at,
    last_message_text, messages
    """

  /// The members but the count of messages.
  static func write(_ row: PostgresRow, to json: inout JSONText) throws(JSONError) {
    json.uuid("id", row, 0)
    json.text("channel", row, 1)
    json.text("state", row, 2)
    json.key("contact")
    json.object { json in
      json.uuid("id", row, 3)
      json.text("name", row, 4)
      json.text("address", row, 5)
    }
    json.uuid("connection", row, 6)
    try json.date("opened_at", row, 7)
    try json.date("last_message_at", row, 8)
    json.text("last_message_text", row, 9)
  }

  static func writeCount(_ row: PostgresRow, to json: inout JSONText) { json.int4("messages", row, 10) }

  /// Where a page that ends with this row goes on.
  static func cursor(_ row: PostgresRow) -> PageCursor { PageCursor(time: row.date(8), id: row.uuid(0)) }
}

/// A message of a conversation, with how it came about.
enum MessageItem {
  /// The last column is for the cursor alone.
  static let columns = """
    id, direction, author, kind, text, status, at, provider_id, agent, agent_version, model, reply_kind,
    array_to_string(answers, ' '), passages, error, "offset"
    """

  static func write(_ row: PostgresRow, to json: inout JSONText) throws(JSONError) {
    json.uuid("id", row, 0)
    json.text("direction", row, 1)
    json.text("author", row, 2)
    json.text("kind", row, 3)
    json.text("text", row, 4)
    json.text("status", row, 5)
    try json.date("at", row, 6)
    json.text("provider_id", row, 7)
    json.uuid("agent", row, 8)
    json.int4("agent_version", row, 9)
    json.text("model", row, 10)
    json.text("reply_kind", row, 11)
    json.key("answers")
    json.array { json in
      for id: MessageID in row.ids(12) { json.write(id.uuid) }
    }
    json.jsonb("passages", row, 13)
    json.text("error", row, 14)
  }

  static func cursor(_ row: PostgresRow) -> Int64 { row.int8(15) }
}
