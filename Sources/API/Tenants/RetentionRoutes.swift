import Contracts
import EventLog
import HTTPTypes
import Hummingbird
import Pipeline
import Postgres

/// How long a tenant keeps what came of people.
struct RetentionRoutes: Sendable {
  private let dependencies: APIDependencies
  private let door: APIKeyDoor
  private let bytes: RequestBytes

  init(_ parts: RouteParts) {
    dependencies = parts.dependencies
    door = parts.door
    bytes = parts.bytes
  }

  var routes: [Route] {
    [
      door.route(.get, "/v1/retention") { [directory = dependencies.directory] _, _, caller in
        try .json(try await directory.catchUp().retention[caller.tenant] ?? RetentionRules())
      },
      door.route(.put, "/v1/retention", set),
    ]
  }

  /// All kinds at once; what is left out is kept as long as ever.
  private func set(_ request: Request, _ context: APIContext, _ caller: Caller) async throws -> Response {
    let command = try Command(request, context, caller)
    let body = try await bytes.read(request, atMost: 4 << 10)
    _ = try RequestMediaType.of(request, among: ["application/json"])
    let rules = try JSONBody.decode(RetentionRules.self, from: body)
    try Self.check(rules.inboundDays, "$.inbound_days", atMost: 30)
    try Self.check(rules.contactDays, "$.contact_days", atMost: 36_500)
    try Self.check(rules.fileDays, "$.file_days", atMost: 36_500)
    let event = try command.event(RetentionChanged.self, key: StreamID(caller.tenant), rules)
    try await dependencies.pool.withTransaction { [log = dependencies.log] in try log.append([event], in: $0)
    }
    _ = try await dependencies.directory.catchUp()
    return try .json(rules)
  }

  private static func check(_ days: Int?, _ name: String, atMost bound: Int) throws(Problem) {
    guard let days else { return }
    guard (1...bound).contains(days) else {
      throw Problem(.invalidContent, "\(name) must be 1 to \(bound)")
    }
  }
}
