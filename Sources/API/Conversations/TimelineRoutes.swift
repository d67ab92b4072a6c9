import Contracts
import EventLog
import Foundation
import Hummingbird
import JSON
import Keyring
import Postgres
import Projections
import Replay

/// A conversation as it was at a moment, with who knew what.
struct TimelineRoutes: APIRoutes {
  let parts: RouteParts

  var routes: [Route] { [door.route(.get, "/v1/conversations/{id}/timeline", timeline)] }

  /// The read model leads to the blocks of the log that hold the conversation; what is shown is from the log.
  private func timeline(_ request: Request, _ context: APIContext, _ caller: Caller) async throws -> Response
  {
    let id = try context.id("id", of: "conversation", as: ConversationID.self)
    let moment = try request.query("at").map { text throws(Problem) in
      guard let time = try? Date(text, strategy: .iso8601WithMilliseconds) else {
        throw Problem(.invalidParameter, "at is not a time as 2026-03-01T10:00:00.000Z")
      }
      return time
    }
    let places = try await dependencies.readModels.read(
      "audit", tenant: caller.tenant,
      [
        PostgresStatement(
          "select partition, block from place where conversation = $1 order by partition, block limit 4000",
          [.uuid(id.uuid)])
      ]
    ) { rows in
      rows[0].map { ConversationHistory.Place(partition: Partition($0.int4(0)), block: $0.int8(1)) }
    }
    guard !places.isEmpty else { throw Problem(.notFound, "there is no conversation \(id)") }
    let reader = TimelineReader(
      log: dependencies.log, pool: dependencies.pool, keyring: dependencies.keyring)
    do {
      let timeline = try await reader.read(id, at: moment, in: places)
      guard timeline.tenant == caller.tenant else {
        throw Problem(.notFound, "there is no conversation \(id)")
      }
      return .json(bytes: try JSON.encode(timeline))
    } catch let error as ReplayError where error.code == .unknown {
      throw Problem(.notFound, "there was nothing of conversation \(id) yet")
    }
  }
}
