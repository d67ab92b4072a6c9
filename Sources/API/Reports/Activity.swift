import Contracts
import JSON
import Postgres

/// What happened on one channel, on one day or over several.
struct Activity: Encodable, Sendable {
  /// nil over several days.
  let day: String?
  let channel: String
  let conversationsOpened: Int64
  let messagesReceived: Int64
  let messagesComposed: Int64
  /// By kind, with `skipped` and `failed`; those of a model, quoted and fallen back to are always named.
  let replies: [String: Int64]
  let deliveries: Deliveries
  let statuses: Statuses
  let promptTokens: Int64
  let completionTokens: Int64
  /// Mean time that a reply took; nil without replies.
  let meanReplyMilliseconds: Double?

  struct Deliveries: Encodable, Sendable { let succeeded, failed, uncertain: Int64 }
  struct Statuses: Encodable, Sendable { let sent, delivered, read, failed: Int64 }

  enum CodingKeys: String, CodingKey {
    case day, channel
    case conversationsOpened = "conversations_opened"
    case messagesReceived = "messages_received"
    case messagesComposed = "messages_composed"
    case replies, deliveries, statuses
    case promptTokens = "prompt_tokens"
    case completionTokens = "completion_tokens"
    case meanReplyMilliseconds = "mean_reply_milliseconds"
  }

  /// After day and channel, of `tables`.
  static let columns = """
    sum(conversations_opened)::bigint, sum(messages_received)::bigint, sum(messages_composed)::bigint,
    sum(replies_skipped)::bigint, sum(replies_failed)::bigint,
    sum(deliveries_succeeded)::bigint, sum(deliveries_failed)::bigint, sum(deliveries_uncertain)::bigint,
    sum(statuses_sent)::bigint, sum(statuses_delivered)::bigint, sum(statuses_read)::bigint,
    sum(statuses_failed)::bigint, sum(prompt_tokens)::bigint, sum(completion_tokens)::bigint,
    (sum(reply_milliseconds) / nullif(sum(k.replies), 0))::double precision,
    coalesce(jsonb_agg(k.kinds) filter (where k.kinds is not null), '[]')
    """

  /// Each day's counts with the kinds of its replies.
  static let tables = """
    daily as d
    left join lateral (
      select sum(r.replies) as replies, jsonb_object_agg(r.kind, r.replies) as kinds
      from replies as r
      where r.tenant = d.tenant and r.day = d.day and r.channel = d.channel
    ) as k on true
    """

  init(_ row: PostgresRow) throws {
    day = row.optional(0, PostgresRow.text)
    channel = row.text(1)
    conversationsOpened = row.int8(2)
    messagesReceived = row.int8(3)
    messagesComposed = row.int8(4)
    deliveries = Deliveries(succeeded: row.int8(7), failed: row.int8(8), uncertain: row.int8(9))
    statuses = Statuses(sent: row.int8(10), delivered: row.int8(11), read: row.int8(12), failed: row.int8(13))
    promptTokens = row.int8(14)
    completionTokens = row.int8(15)
    meanReplyMilliseconds = row.optional(16, PostgresRow.double)
    var replies: [String: Int64] = ["model": 0, "extractive": 0, "fallback": 0]
    replies["skipped"] = row.int8(5)
    replies["failed"] = row.int8(6)
    let days = try JSON.decode([[String: Int64]].self, from: row.jsonb(17))
    for day in days { replies.merge(day, uniquingKeysWith: +) }
    self.replies = replies
  }
}

/// How many messages of a day were alike in channel, language, intent and sentiment.
struct Understood: Encodable, Sendable {
  let day: String
  let channel: String
  let language: String
  /// nil without a model, and out of scope.
  let intent: String?
  let outOfScope: Bool
  let sentiment: String
  let messages: Int64

  enum CodingKeys: String, CodingKey {
    case day, channel, language, intent
    case outOfScope = "out_of_scope"
    case sentiment, messages
  }

  init(_ row: PostgresRow) {
    day = row.text(0)
    channel = row.text(1)
    language = row.text(2)
    intent = row.optional(3, PostgresRow.text)
    outOfScope = row.bool(4)
    sentiment = row.text(5)
    messages = row.int8(6)
  }
}

/// How many of a kind took at most so long, and longer than the bucket before.
struct LatencyBucket: Encodable, Sendable {
  let channel: String
  /// `reply` or `end-to-end`.
  let kind: String
  /// nil for the last bucket, which has no bound.
  let upToMilliseconds: Int?
  let count: Int64

  enum CodingKeys: String, CodingKey {
    case channel, kind
    case upToMilliseconds = "up_to_milliseconds"
    case count
  }

  init(_ row: PostgresRow) {
    channel = row.text(0)
    kind = row.text(1)
    let bound = row.int4(2)
    upToMilliseconds = bound == Int32.max ? nil : Int(bound)
    count = row.int8(3)
  }
}

struct Overview: Encodable, Sendable {
  let channels: [Activity]
  let latencies: [LatencyBucket]
}

struct ConnectionUsage: Encodable, Sendable {
  let connection: ConnectionID
  let channel: String
  let messagesReceived: Int64
  let messagesDelivered: Int64

  enum CodingKeys: String, CodingKey {
    case connection, channel
    case messagesReceived = "messages_received"
    case messagesDelivered = "messages_delivered"
  }

  init(_ row: PostgresRow) {
    connection = ConnectionID(row.uuid(0))
    channel = row.text(1)
    messagesReceived = row.int8(2)
    messagesDelivered = row.int8(3)
  }
}

struct ModelUsage: Encodable, Sendable {
  let agent: AgentID
  let kind: String
  let model: String?
  let replies: Int64
  let promptTokens: Int64
  let completionTokens: Int64
  let costMicros: Int64
  let currency: String?

  enum CodingKeys: String, CodingKey {
    case agent, kind, model, replies
    case promptTokens = "prompt_tokens"
    case completionTokens = "completion_tokens"
    case costMicros = "cost_micros"
    case currency
  }

  init(_ row: PostgresRow) {
    agent = AgentID(row.uuid(0))
    kind = row.text(1)
    let model = row.text(2)
    self.model = model.isEmpty ? nil : model
    replies = row.int8(3)
    promptTokens = row.int8(4)
    completionTokens = row.int8(5)
    costMicros = row.int8(6)
    let currency = row.text(7)
    self.currency = currency.isEmpty ? nil : currency
  }
}

struct ToolUsage: Encodable, Sendable {
  let agent: AgentID
  let tool: String?
  let outcome: String
  let calls: Int64

  init(_ row: PostgresRow) {
    agent = AgentID(row.uuid(0))
    let tool = row.text(1)
    self.tool = tool.isEmpty ? nil : tool
    outcome = row.text(2)
    calls = row.int8(3)
  }
}

struct Usage: Encodable, Sendable {
  let connections: [ConnectionUsage]
  let models: [ModelUsage]
  let tools: [ToolUsage]
  /// Stored at the end of the last day.
  let documents: Int64
  let documentBytes: Int64

  enum CodingKeys: String, CodingKey {
    case connections, models, tools, documents
    case documentBytes = "document_bytes"
  }
}
