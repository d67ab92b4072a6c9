import Contracts
import Foundation
import Pipeline
import Understanding

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
