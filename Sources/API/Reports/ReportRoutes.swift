import Contracts
import Foundation
import Hummingbird
import Postgres
import Projections

/// Numbers: what happened, and what was used. They hold no personal data.
struct ReportRoutes: Sendable {
  private let readModels: ReadModels
  private let door: APIKeyDoor

  init(_ parts: RouteParts) {
    readModels = parts.dependencies.readModels
    door = parts.door
  }

  var routes: [Route] {
    [
      door.route(.get, "/v1/analytics/overview", overview),
      door.route(.get, "/v1/analytics/daily", daily),
      door.route(.get, "/v1/analytics/understood", understood),
      door.route(.get, "/v1/usage", usage),
    ]
  }

  private func overview(_ request: Request, _ context: APIContext, _ caller: Caller) async throws -> Response
  {
    let range = try DayRange(request, today: Date())
    let report = try await readModels.read("analytics", tenant: caller.tenant) { transaction in
      let parameters = range.parameters(caller)
      let rows = try transaction.execute(
        """
        select null::text, channel, \(Activity.columns)
        from \(Activity.tables)
        where tenant = $1 and day between to_date($2, 'YYYY-MM-DD') and to_date($3, 'YYYY-MM-DD')
        group by channel
        order by channel
        """, parameters)
      let buckets = try transaction.execute(
        """
        select channel, kind, up_to_milliseconds, sum(count)::bigint
        from latency
        where tenant = $1 and day between to_date($2, 'YYYY-MM-DD') and to_date($3, 'YYYY-MM-DD')
        group by channel, kind, up_to_milliseconds
        order by channel, kind, up_to_milliseconds
        """, parameters)
      return Overview(
        channels: try rows.map { try Activity($0) }, latencies: buckets.map { LatencyBucket($0) })
    }
    return try .json(report)
  }

  private func daily(_ request: Request, _ context: APIContext, _ caller: Caller) async throws -> Response {
    let range = try DayRange(request, today: Date())
    let items = try await readModels.read("analytics", tenant: caller.tenant) { transaction in
      try transaction.execute(
        """
        select to_char(day, 'YYYY-MM-DD'), channel, \(Activity.columns)
        from \(Activity.tables)
        where tenant = $1 and day between to_date($2, 'YYYY-MM-DD') and to_date($3, 'YYYY-MM-DD')
        group by day, channel
        order by day, channel
        """, range.parameters(caller)
      ).map { try Activity($0) }
    }
    return try .json(Page(items: items, next: nil))
  }

  private func understood(
    _ request: Request, _ context: APIContext, _ caller: Caller
  ) async throws -> Response {
    let range = try DayRange(request, today: Date())
    let items = try await readModels.read("analytics", tenant: caller.tenant) { transaction in
      try transaction.execute(
        """
        select
          to_char(day, 'YYYY-MM-DD'), channel, language, nullif(intent, ''), out_of_scope, sentiment, messages
        from understood
        where tenant = $1 and day between to_date($2, 'YYYY-MM-DD') and to_date($3, 'YYYY-MM-DD')
        order by day, channel, language, intent, out_of_scope, sentiment
        limit 10000
        """, range.parameters(caller)
      ).map { Understood($0) }
    }
    return try .json(Page(items: items, next: nil))
  }

  private func usage(_ request: Request, _ context: APIContext, _ caller: Caller) async throws -> Response {
    let range = try DayRange(request, today: Date())
    let report = try await readModels.read("usage", tenant: caller.tenant) { transaction in
      let parameters = range.parameters(caller)
      let connections = try transaction.execute(
        """
        select connection, channel, sum(messages_received)::bigint, sum(messages_delivered)::bigint
        from connection_usage
        where tenant = $1 and day between to_date($2, 'YYYY-MM-DD') and to_date($3, 'YYYY-MM-DD')
        group by connection, channel
        order by connection, channel
        """, parameters)
      let models = try transaction.execute(
        """
        select
          agent, kind, model, sum(replies)::bigint, sum(prompt_tokens)::bigint, sum(completion_tokens)::bigint,
          sum(cost_micros)::bigint, currency
        from model_usage
        where tenant = $1 and day between to_date($2, 'YYYY-MM-DD') and to_date($3, 'YYYY-MM-DD')
        group by agent, kind, model, currency
        order by agent, kind, model, currency
        """, parameters)
      let tools = try transaction.execute(
        """
        select agent, tool, outcome, sum(calls)::bigint
        from tool_usage
        where tenant = $1 and day between to_date($2, 'YYYY-MM-DD') and to_date($3, 'YYYY-MM-DD')
        group by agent, tool, outcome
        order by agent, tool, outcome
        """, parameters)
      let stored = try transaction.execute(
        """
        select count(*), coalesce(sum(bytes), 0)::bigint
        from stored_document
        where
          tenant = $1 and uploaded_at < to_date($2, 'YYYY-MM-DD') + 1
          and (removed_at is null or removed_at >= to_date($2, 'YYYY-MM-DD') + 1)
        """, [parameters[0], parameters[2]])
      return Usage(
        connections: connections.map { ConnectionUsage($0) }, models: models.map { ModelUsage($0) },
        tools: tools.map { ToolUsage($0) },
        documents: stored[0].int8(0), documentBytes: stored[0].int8(1))
    }
    return try .json(report)
  }
}

extension DayRange {
  /// Tenant, first day, last day.
  fileprivate func parameters(_ caller: Caller) -> [PostgresParameter] {
    let style = Date.ISO8601FormatStyle().year().month().day()
    return [.uuid(caller.tenant.uuid), .text(style.format(from)), .text(style.format(to))]
  }
}
