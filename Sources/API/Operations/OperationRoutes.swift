import Contracts
import Foundation
import HTTPTypes
import Hummingbird
import Pipeline
import Postgres

/// What operators and their tools ask.
struct OperationRoutes: APIRoutes {
  let parts: RouteParts

  var routes: [Route] {
    ProbeRoutes(metrics: dependencies.metrics, readiness: dependencies.readiness).routes + [
      Route(.get, "/openapi.json") { _, _ in
        Response(
          status: .ok, headers: [.contentType: "application/json"],
          body: ResponseBody(byteBuffer: ByteBuffer(bytes: PackageResources.openapi_json)))
      },
      door.route(.get, "/v1/parked", parked),
      door.route(.post, "/v1/parked/{id}/retry") {
        try await decide($1, $2) { try ParkedInputs.retry($0, of: $1, in: $2) }
      },
      door.route(.post, "/v1/parked/{id}/waive") {
        try await decide($1, $2) { [log = dependencies.log] in
          try ParkedInputs.waive($0, of: $1, to: log, at: Date(), in: $2)
        }
      },
    ]
  }

  /// What the software could not process: inputs of stages, which wait for a decision, and events that a
  /// projection passed over. The latest first.
  private func parked(_ request: Request, _ context: APIContext, _ caller: Caller) async throws -> Response {
    let limit = try request.integer("limit", in: 1...200, default: 50)
    let items = try await dependencies.pool.withConnection { connection in
      try connection.execute(
        """
        select 'stage ' || stage, id, type, partition, "offset", parked_reason, parked_at
        from stage.waiting
        where tenant = $1 and parked_reason is not null
        union all
        select 'projection ' || v.name, p.event_id, p.type, p.partition, p."offset", p.reason, p.parked_at
        from projection.parked as p
        join projection.version as v on v.schema = p.schema
        where p.tenant = $1 and v.state = 'live'
        order by 7 desc, 2
        limit $2
        """, [.uuid(caller.tenant.uuid), .int4(Int32(limit))]
      ).map { ParkedItem($0) }
    }
    return try .json(Page(items: items, next: nil))
  }

  private func decide(
    _ context: APIContext, _ caller: Caller,
    _ change: @escaping @Sendable (EventID, TenantID, Transaction) throws -> Bool
  ) async throws -> Response {
    let id = try context.id("id", of: "parked event", as: EventID.self)
    let isParked = try await dependencies.pool.withTransaction { try change(id, caller.tenant, $0) }
    guard isParked else { throw Problem.notFound("parked event") }
    return Response(status: .noContent)
  }
}

private struct ParkedItem: Encodable, Sendable {
  /// `stage <name>` or `projection <name>`.
  let by: String
  let id: EventID
  let type: String
  let partition: Int32
  let offset: Int64
  let reason: String
  let parkedAt: Date

  enum CodingKeys: String, CodingKey {
    case by, id, type, partition, offset, reason
    case parkedAt = "parked_at"
  }

  init(_ row: PostgresRow) {
    by = row.text(0)
    id = EventID(row.uuid(1))
    type = row.text(2)
    partition = row.int4(3)
    offset = row.int8(4)
    reason = row.text(5)
    parkedAt = row.date(6)
  }
}
