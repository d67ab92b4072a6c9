import Contracts
import Foundation
import Keyring
import Postgres
import Understanding

/// Classifies messages where a stage has their texts in hand: within its transaction, without I/O but for a model that is met
/// for the first time.
package struct MessageClassifier: Sendable {
  private let models: IntentModels

  package init(models: IntentModels = IntentModels()) { self.models = models }

  /// The models of the tenants of a batch.
  struct Batch: Sendable {
    fileprivate let models: [TenantID: (revision: Int, model: IntentModel)]

    /// Of no text no language, feeling or intent is told.
    func classify(_ text: String, of tenant: TenantID) -> Classified {
      let known = text.isEmpty ? nil : models[tenant]
      return Classified(
        result: Classification(of: text, with: known?.model), modelRevision: known?.revision)
    }
  }

  struct Classified: Sendable {
    let result: Classification
    let modelRevision: Int?
  }

  func batch(
    _ tenants: Set<TenantID>, _ context: StageContext, in transaction: Transaction
  ) throws -> Batch {
    let known = tenants.compactMap { tenant in
      context.directory.intents[tenant]?.model.map { (tenant: tenant, model: $0) }
    }
    guard !known.isEmpty else { return Batch(models: [:]) }
    let keys = try context.keyring.keys(
      Set(known.map { KeyID($0.tenant.uuid) }), on: transaction.connection)
    var models: [TenantID: (revision: Int, model: IntentModel)] = [:]
    for (tenant, found) in known {
      if let model = try self.models.model(found, key: keys[KeyID(tenant.uuid)], in: transaction) {
        models[tenant] = (found.revision, model)
      }
    }
    return Batch(models: models)
  }
}

extension MessageClassified.Facts {
  init(_ message: MessageReceived.Facts, _ classified: MessageClassifier.Classified, known: KnownOffsets) {
    self.init(
      conversation: message.conversation, message: message.message, connection: message.connection,
      channel: message.channel, classified, known: known)
  }

  init(
    conversation: ConversationID, message: MessageID, connection: ConnectionID, channel: Channel,
    _ classified: MessageClassifier.Classified, known: KnownOffsets
  ) {
    let (result, intent) = (classified.result, classified.result.intent)
    self.init(
      conversation: conversation, message: message, connection: connection, channel: channel,
      language: result.language.language,
      sentiment: MessageClassified.Sentiment(result.sentiment.label),
      sentimentScore: result.sentiment.score.rounded(toPlaces: 3), intent: intent?.intent,
      confidence: intent?.confidence.rounded(toPlaces: 3), outOfScope: intent?.isOutOfScope,
      modelRevision: classified.modelRevision, classifier: Classification.version, known: known)
  }
}

extension MessageClassified.Sentiment {
  package init(_ label: SentimentGuess.Label) {
    switch label {
    case .angry: self = .angry
    case .negative: self = .negative
    case .neutral: self = .neutral
    case .positive: self = .positive
    }
  }
}

extension Double {
  /// Short in JSON; nobody acts on the fourth decimal of a probability.
  package func rounded(toPlaces places: Int) -> Double {
    let scale = pow(10, Double(places))
    return (self * scale).rounded() / scale
  }
}
