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
struct IntentRoutes: Sendable {
  private let dependencies: APIDependencies
  private let door: APIKeyDoor
  private let bytes: RequestBytes
  private let models = IntentModels(maximumBytes: 64 << 20)

  init(_ parts: RouteParts) {
    dependencies = parts.dependencies
    door = parts.door
    bytes = parts.bytes
  }

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
    let changed = try await dependencies.pool.withTransaction {
      [log = dependencies.log, keyring = dependencies.keyring] transaction in
      let before = try Self.examples(known, of: caller.tenant, keyring, in: transaction)
      let after = try input.applied(to: before)
      guard after != before else { return nil as [IntentExample]? }
      let key = try keyring.key(of: caller.tenant, in: transaction)
      let revision = (known?.revision ?? 0) + 1
      let facts = IntentsChanged.Facts(
        revision: revision, intents: Set(after.compactMap(\.intent)).count, examples: after.count,
        blob: after.isEmpty ? nil : try IntentExamples.write(after, key: key, in: transaction))
      let id = EventID(UUID.version5(of: "\(IntentsChanged.type)/\(revision)", in: caller.tenant.uuid))
      let event = try command.event(IntentsChanged.self, key: StreamID(caller.tenant), facts, id: id)
      try log.append([event], in: transaction)
      return after
    }
    let now = try await dependencies.directory.catchUp().intents[caller.tenant]
    let examples = try await dependencies.pool.withTransaction { [keyring = dependencies.keyring] in
      try Self.examples(now, of: caller.tenant, keyring, in: $0)
    }
    if let changed, changed != examples {
      throw Problem(.conflict, "the examples were changed by somebody else at the same time")
    }
    return try .json(IntentsItem(now, examples), status: changed == nil ? .ok : .accepted)
  }

  private func attempt(_ request: Request, _ context: APIContext, _ caller: Caller) async throws -> Response {
    struct Input: Decodable { let text: String }
    let body = try await bytes.read(request, atMost: 1 << 20)
    _ = try RequestMediaType.of(request, among: ["application/json"])
    let input = try JSONBody.decode(Input.self, from: body)
    try CommandBounds.check(input.text, "$.text", atMost: CommandBounds.message)
    let known = try await dependencies.directory.catchUp().intents[caller.tenant]?.model
    let model = try await dependencies.pool.withTransaction {
      [models, keyring = dependencies.keyring] transaction in
      try known.flatMap {
        try models.model($0, key: keyring.key(of: caller.tenant, in: transaction), in: transaction)
      }
    }
    return try .json(
      UnderstoodText(
        Classification(of: input.text, with: model), revision: model == nil ? nil : known?.revision))
  }

  private static func examples(
    _ known: KnownIntents?, of tenant: TenantID, _ keyring: Keyring, in transaction: Transaction
  ) throws -> [IntentExample] {
    guard let blob = known?.blob else { return [] }
    return try IntentExamples.read(blob, key: keyring.key(of: tenant, in: transaction), in: transaction) ?? []
  }
}

/// Examples as a caller gives them.
struct IntentsInput: Decodable, Sendable {
  struct Example: Decodable, Sendable {
    let text: String
    /// Left out, or null: the text is out of scope.
    let intent: String?
  }

  let examples: [Example]
  /// These are all; false adds them.
  let replace: Bool?

  static let maximumExamples = 20_000
  static let maximumIntents = 500
  static let maximumText = 1_000
  static let maximumName = 100

  func check() throws(Problem) {
    for (number, example) in examples.enumerated() {
      try CommandBounds.check(example.text, "$.examples[\(number)].text", atMost: Self.maximumText)
      if let intent = example.intent {
        try CommandBounds.check(intent, "$.examples[\(number)].intent", atMost: Self.maximumName)
      }
    }
    if examples.isEmpty, replace != true { throw Problem(.invalidContent, "$.examples is empty") }
  }

  func applied(to before: [IntentExample]) throws(Problem) -> [IntentExample] {
    var after = replace == true ? [] : before
    var places = Dictionary(
      after.enumerated().map { ($0.element.text, $0.offset) }, uniquingKeysWith: { first, _ in first })
    for example in examples {
      let example = IntentExample(text: example.text, intent: example.intent)
      if let place = places[example.text] {
        after[place] = example
      } else {
        places[example.text] = after.count
        after.append(example)
      }
    }
    guard after.count <= Self.maximumExamples else {
      throw Problem(
        .invalidContent, "there would be \(after.count) examples, more than \(Self.maximumExamples)")
    }
    let intents = Set(after.compactMap(\.intent)).count
    guard intents <= Self.maximumIntents else {
      throw Problem(.invalidContent, "there would be \(intents) intents, more than \(Self.maximumIntents)")
    }
    return after
  }
}

/// A tenant's intents, and how far the training is.
struct IntentsItem: Encodable, Sendable {
  struct Intent: Encodable, Sendable {
    let name: String
    let examples: Int
  }
  struct Model: Encodable, Sendable {
    let revision: Int
    let sha256: String
    let accuracy: Double?
    let trainedAt: Date

    enum CodingKeys: String, CodingKey {
      case revision, sha256, accuracy
      case trainedAt = "trained_at"
    }
  }

  let revision: Int
  /// `none`, `training`, `trained` or `failed`.
  let state: String
  let error: String?
  let intents: [Intent]
  let outOfScopeExamples: Int
  /// What classifies now.
  let model: Model?

  enum CodingKeys: String, CodingKey {
    case revision, state, error, intents
    case outOfScopeExamples = "out_of_scope_examples"
    case model
  }

  init(_ known: KnownIntents?, _ examples: [IntentExample]) {
    revision = known?.revision ?? 0
    error = known?.failure
    intents = Dictionary(grouping: examples.compactMap(\.intent), by: \.self)
      .map { Intent(name: $0.key, examples: $0.value.count) }.sorted { $0.name < $1.name }
    outOfScopeExamples = examples.count { $0.intent == nil }
    model = known?.model.map {
      Model(revision: $0.revision, sha256: $0.hash, accuracy: $0.accuracy, trainedAt: $0.trainedAt)
    }
    state =
      switch known {
      case nil: "none"
      case let known? where known.blob == nil: "none"
      case let known? where known.failure != nil: "failed"
      case let known?: known.isTraining ? "training" : "trained"
      }
  }
}

/// What a text is taken for.
struct UnderstoodText: Encodable, Sendable {
  let language: String
  let isReliable: Bool
  let sentiment: String
  let sentimentScore: Double
  let intent: String?
  let best: String?
  let confidence: Double?
  let outOfScope: Bool?
  let modelRevision: Int?

  enum CodingKeys: String, CodingKey {
    case language
    case isReliable = "language_is_reliable"
    case sentiment
    case sentimentScore = "sentiment_score"
    case intent, best, confidence
    case outOfScope = "out_of_scope"
    case modelRevision = "model_revision"
  }

  init(_ result: Classification, revision: Int?) {
    language = result.language.language
    isReliable = result.language.isReliable
    sentiment = result.sentiment.label.rawValue
    sentimentScore = result.sentiment.score.rounded(toPlaces: 3)
    intent = result.intent?.intent
    best = result.intent?.best
    confidence = result.intent?.confidence.rounded(toPlaces: 3)
    outOfScope = result.intent?.isOutOfScope
    modelRevision = revision
  }
}
