import Contracts
import EventLog
import Foundation
import Hummingbird
import JSON
import Keyring
import Pipeline
import Postgres
import Understanding

/// What customers may want, by examples: the engine trains a classifier of its own on them, which tells the intent of every
/// message that comes in.
struct IntentRoutes: APIRoutes {
  let parts: RouteParts

  var routes: [Route] {
    [
      door.route(.get, "/v1/intents", list),
      door.route(.post, "/v1/intents", change),
      door.route(.post, "/v1/intents/try", attempt),
    ]
  }

  private func list(_ request: Request, _ context: APIContext, _ caller: Caller) async throws -> Response {
    let known = try await dependencies.directory.catchUp().intents[caller.tenant]
    let examples = try await dependencies.pool.withTransaction { [keyring = dependencies.keyring] in
      try Self.examples(known, of: caller.tenant, keyring, in: $0)
    }
    return try .json(IntentsItem(known, examples))
  }

  /// Adds examples, or takes them for all that there are; a text that is known already gets its new intent. Of two changes at
  /// once the event id, which follows from the revision, lets one through; the other is told.
  private func change(_ request: Request, _ context: APIContext, _ caller: Caller) async throws -> Response {
    let command = try Command(request, context, caller)
    let body = try await bytes.read(request, atMost: CommandBounds.body)
    _ = try RequestMediaType.of(request, among: ["application/json"])
    let input = try JSONBody.decode(IntentsInput.self, from: body)
    try input.check()
    let known = try await dependencies.directory.catchUp().intents[caller.tenant]
    let isChange = try await dependencies.pool.withTransaction {
      [log = dependencies.log, keyring = dependencies.keyring] transaction in
      let before = try Self.examples(known, of: caller.tenant, keyring, in: transaction)
      let after = try input.applied(to: before)
      guard after != before else { return false }
      let key = try keyring.key(of: caller.tenant, in: transaction)
      let revision = (known?.revision ?? 0) + 1
      let facts = IntentsChanged.Facts(
        revision: revision, intents: Set(after.compactMap(\.intent)).count, examples: after.count,
        blob: after.isEmpty ? nil : try IntentExamples.write(after, key: key, in: transaction))
      let id = EventID(UUID.version5(of: "\(IntentsChanged.type)/\(revision)", in: caller.tenant.uuid))
      let event = try command.event(IntentsChanged.self, key: StreamID(caller.tenant), facts, id: id)
      try log.append([event], in: transaction)
      return true
    }
    let now = try await dependencies.directory.catchUp().intents[caller.tenant]
    let examples = try await dependencies.pool.withTransaction { [keyring = dependencies.keyring] in
      try Self.examples(now, of: caller.tenant, keyring, in: $0)
    }
    // What was let through shows, whatever came upon it.
    if try isChange && input.applied(to: examples) != examples {
      throw Problem(.conflict, "the examples were changed by somebody else at the same time")
    }
    return try .json(IntentsItem(now, examples), status: isChange ? .accepted : .ok)
  }

  private func attempt(_ request: Request, _ context: APIContext, _ caller: Caller) async throws -> Response {
    struct Input: Decodable { let text: String }
    let body = try await bytes.read(request, atMost: 1 << 20)
    _ = try RequestMediaType.of(request, among: ["application/json"])
    let input = try JSONBody.decode(Input.self, from: body)
    try CommandBounds.check(input.text, "$.text", atMost: CommandBounds.message)
    let known = try await parts.understanding.model(of: caller.tenant)
    return try .json(
      UnderstoodText(Classification(of: input.text, with: known?.model), revision: known?.revision))
  }

  private static func examples(
    _ known: KnownIntents?, of tenant: TenantID, _ keyring: Keyring, in transaction: Transaction
  ) throws -> [IntentExample] {
    guard let blob = known?.blob else { return [] }
    return try IntentExamples.read(blob, key: keyring.key(of: tenant, in: transaction), in: transaction) ?? []
  }
}
