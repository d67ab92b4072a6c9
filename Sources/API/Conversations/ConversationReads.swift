import Channels
import Contracts
import JSON
import Postgres
import Projections
import Telemetry

/// Reads of the `conversations` read model for one tenant.
struct ConversationReads: Sendable {
  let readModels: ReadModels
  private let channels: ChannelAdapters
  private let encoding: HistogramFamily

  init(_ dependencies: APIDependencies) {
    readModels = dependencies.readModels
    channels = dependencies.channels
    encoding = dependencies.metrics.encodingTimes
  }

  struct Filter: Sendable {
    let channel: Channel?
    let state: ConversationState?
    let after: PageCursor?
    let limit: Int
  }

  /// The latest first, as JSON.
  func list(_ filter: Filter, tenant: TenantID) async throws -> [UInt8] {
    let times = encoding["list"]
    return try await readModels.read("conversations", tenant: tenant, [filter.statement(tenant)]) { rows in
      try times.measure {
        var json = JSONText(capacity: 32 << 10)
        try json.object { json throws(JSONError) in
          let page = rows[0].prefix(filter.limit)
          json.key("items")
          try json.array { json throws(JSONError) in
            for row in page {
              try json.object { json throws(JSONError) in
                try ConversationItem.write(row, to: &json)
                ConversationItem.writeCount(row, to: &json)
              }
            }
          }
          json.key("next")
          if let last = page.last, rows[0].count > filter.limit {
            json.write(ConversationItem.cursor(last).text)
          } else {
            json.null()
          }
        }
        return json.bytes
      }
    }
  }

  /// A conversation with a page of its messages, in order, as JSON. `previous` leads to the ones before.
  ///
  /// - Parameter before: only messages before this place; nil for the last ones.
  /// - Parameters:
  ///   - isAmended: asks for what became of messages, too. Few conversations need that; those that do are asked once
  ///     more.
  ///   - quoted: messages beyond the page that are there and that it may quote; nil when that was not asked. Few
  ///     quote what a contact wrote long ago.
  func detail(
    _ id: ConversationID, limit: Int, before: Int64?, tenant: TenantID, isAmended: Bool = false,
    quoted: Set<MessageID>? = nil
  ) async throws -> [UInt8] {
    let conversation = PostgresStatement(
      "select \(ConversationItem.columns) from conversation where id = $1 and tenant = $2",
      [.uuid(id.uuid), .uuid(tenant.uuid)])
    let messages = PostgresStatement(
      MessageItem.page(isAmended: isAmended),
      [.uuid(id.uuid), .int8(before ?? .max), .int4(Int32(limit + 1))])
    let times = encoding["detail"]
    let detail = try await readModels.read(
      "conversations", tenant: tenant, [conversation, messages]
    ) { rows -> Detail in
      guard let row = rows[0].first else { throw Problem.notFound("conversation") }
      guard isAmended || !ConversationItem.isAmended(row) else { return .isAmended }
      let page = rows[1].prefix(limit)
      var known = quoted ?? []
      let unknown = Set(page.compactMap { MessageItem.unknownQuote($0, tenant) })
      if !unknown.isEmpty { known.formUnion(page.map(MessageItem.id)) }
      guard quoted != nil || unknown.isSubset(of: known) else {
        return .quotes(unknown.subtracting(known))
      }
      return .json(
        try times.measure { try json(of: row, rows[1], limit: limit, quoting: known, tenant) })
    }
    switch detail {
    case .json(let json): return json
    case .isAmended:
      return try await self.detail(
        id, limit: limit, before: before, tenant: tenant, isAmended: true, quoted: quoted)
    case .quotes(let messages):
      return try await self.detail(
        id, limit: limit, before: before, tenant: tenant, isAmended: isAmended,
        quoted: existing(messages, tenant: tenant))
    }
  }

  private enum Detail {
    case json([UInt8])
    case isAmended
    case quotes(Set<MessageID>)
  }

  private func existing(_ messages: Set<MessageID>, tenant: TenantID) async throws -> Set<MessageID> {
    let statement = PostgresStatement(
      "select id from message where id = any ($1) and tenant = $2",
      [.uuids(messages.map(\.uuid)), .uuid(tenant.uuid)])
    return try await readModels.read("conversations", tenant: tenant, [statement]) { rows in
      Set(rows[0].map(MessageItem.id))
    }
  }

  private func json(
    of conversation: PostgresRow, _ messages: PostgresRows, limit: Int, quoting known: Set<MessageID>,
    _ tenant: TenantID
  ) throws(JSONError) -> [UInt8] {
    let channel = channels[Channel(rawValue: conversation.text(1))]
    var json = JSONText(capacity: 16 << 10)
    try json.object { json throws(JSONError) in
      let page = messages.prefix(limit)
      try ConversationItem.write(conversation, to: &json)
      json.key("messages")
      try json.array { json throws(JSONError) in
        for row in page.reversed() {
          try json.object { json throws(JSONError) in
            let quoted = MessageItem.unknownQuote(row, tenant).flatMap { known.contains($0) ? $0 : nil }
            try MessageItem.write(row, quoting: quoted, reason: { channel?.failureReason($0) }, to: &json)
          }
        }
      }
      json.key("previous")
      if let first = page.last, messages.count > limit {
        json.write(String(MessageItem.cursor(first)))
      } else {
        json.null()
      }
    }
    return json.bytes
  }

  /// Whom a conversation is with; not found when it is another tenant's.
  func contact(of id: ConversationID, tenant: TenantID) async throws -> ContactID {
    let statement = PostgresStatement(
      "select contact from conversation where id = $1 and tenant = $2", [.uuid(id.uuid), .uuid(tenant.uuid)])
    return try await readModels.read("conversations", tenant: tenant, [statement]) { rows in
      guard let row = rows[0].first else { throw Problem.notFound("conversation") }
      return ContactID(row.uuid(0))
    }
  }
}

extension ConversationReads.Filter {
  /// One statement for each combination, so that each has a plan that reads an index in the page's order.
  func statement(_ tenant: TenantID) -> PostgresStatement {
    var conditions = "tenant = $1"
    var parameters: [PostgresParameter] = [.uuid(tenant.uuid), .int4(Int32(limit + 1))]
    func bind(_ parameter: PostgresParameter) -> String {
      parameters.append(parameter)
      return "$\(parameters.count)"
    }
    if let channel { conditions += " and channel = \(bind(.text(channel.rawValue)))" }
    if let state { conditions += " and state = \(bind(.text(state.rawValue)))" }
    if let after {
      let (time, id) = (bind(.timestamp(after.time)), bind(.uuid(after.id)))
      // The first condition alone bounds the index; the second tells conversations of one moment apart.
      conditions += " and last_message_at <= \(time) and (last_message_at < \(time) or id > \(id))"
    }
    return PostgresStatement(
      """
      select \(ConversationItem.columns)
      from conversation
      where \(conditions)
      order by last_message_at desc, id
      limit $2
      """, parameters)
  }
}

extension Metrics {
  /// How long it takes to write the longest answers as JSON.
  package var encodingTimes: HistogramFamily {
    histogram("aigentable_answer_encoding_seconds", "Time to write an answer as JSON.", labels: ["answer"])
  }
}

extension Histogram {
  fileprivate func measure<R>(_ body: () throws -> R) rethrows -> R {
    let begun = ContinuousClock.now
    defer { record(ContinuousClock.now - begun) }
    return try body()
  }
}
