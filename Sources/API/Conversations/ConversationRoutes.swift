import Channels
import Contracts
import EventLog
import Hummingbird
import Keyring
import Postgres
import Projections

/// What people and their tools read of conversations, and do in them.
struct ConversationRoutes: APIRoutes {
  let parts: RouteParts

  var routes: [Route] {
    [
      door.route(.get, "/v1/conversations", list),
      door.route(.get, "/v1/conversations/{id}", detail),
      door.route(.post, "/v1/conversations/{id}/handover") {
        try await change(ConversationHandedOver.self, "handed-over", isOurs: true, $0, $1, $2)
      },
      door.route(.post, "/v1/conversations/{id}/release") {
        try await change(ConversationReleased.self, "open", $0, $1, $2)
      },
      door.route(.put, "/v1/conversations/{id}/labels", label),
      door.route(.post, "/v1/conversations/{id}/resolve") {
        try await change(ConversationResolved.self, "resolved", $0, $1, $2)
      },
    ]
  }

  private func list(_ request: Request, _ context: APIContext, _ caller: Caller) async throws -> Response {
    let filter = ConversationReads.Filter(
      channel: try request.word("channel", among: dependencies.channels.channels),
      state: try request.word("state", ConversationState.self),
      after: try PageCursor.parse(request.query("after")),
      limit: try request.integer("limit", in: 1...200, default: 50))
    return .json(bytes: try await reads.list(filter, tenant: caller.tenant))
  }

  private func detail(_ request: Request, _ context: APIContext, _ caller: Caller) async throws -> Response {
    let before = try request.query("before").map { text throws(Problem) in
      guard let offset = Int64(text), offset >= 0 else {
        throw Problem(.invalidParameter, "before is not a cursor that this API gave")
      }
      return offset
    }
    let detail = try await reads.detail(
      context.id("id", of: "conversation"), limit: request.integer("limit", in: 1...500, default: 200),
      before: before, tenant: caller.tenant)
    return .json(bytes: detail)
  }

  /// The first version of the read model that reads sealed labels; by those before a conversation loses all that it has.
  private static let firstOfSealedLabels = 9

  /// Escalation rules may look at them: `vip` for instance.
  private func label(_ request: Request, _ context: APIContext, _ caller: Caller) async throws -> Response {
    let command = try Command(request, context, caller)
    let id = try context.id("id", of: "conversation", as: ConversationID.self)
    let labels = try LabelsInput.read(try await bytes.read(request, atMost: 64 << 10), of: request)
    let contact = try await reads.contact(of: id, tenant: caller.tenant)
    guard try await dependencies.readModels.version(of: "conversations") >= Self.firstOfSealedLabels else {
      throw Problem(
        .unavailable, "labels cannot be set before the view of conversations is rebuilt; try again later")
    }
    try await dependencies.pool.withTransaction { [dependencies] transaction in
      let key = try ComposeRoutes.key(of: contact, dependencies.keyring, transaction)
      let event = try command.event(
        ConversationLabelled.self, key: StreamID(id), .init(conversation: id), private: .init(labels: labels),
        sealedWith: key)
      try dependencies.log.append([event], in: transaction)
    }
    return try .json(LabelsInput(labels: labels), status: .accepted)
  }

  private func change<Spec: EventSpec>(
    _ spec: Spec.Type, _ state: String, isOurs: Bool? = nil, _ request: Request, _ context: APIContext,
    _ caller: Caller
  ) async throws -> Response where Spec.Facts == ConversationFacts {
    let command = try Command(request, context, caller)
    let id = try context.id("id", of: "conversation", as: ConversationID.self)
    _ = try await reads.contact(of: id, tenant: caller.tenant)
    let event = try command.event(
      Spec.self, key: StreamID(id), ConversationFacts(conversation: id, reason: "api", isOurs: isOurs))
    try await dependencies.pool.withTransaction { [log = dependencies.log] in try log.append([event], in: $0)
    }
    return try .json(Changed(id: id, state: state), status: .accepted)
  }
}

private struct Changed: Encodable {
  let id: ConversationID
  let state: String
}
