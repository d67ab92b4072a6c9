/// What a local classifier makes of what a contact wrote. It stands before the `context.retrieved` of the same message, and an
/// edited message is classified again.
package enum MessageClassified: EventSpec {
  package static let type: EventType = "message.classified"
  package static let topic = Topic.conversations

  package struct Facts: Codable, Sendable, Equatable {
    package let conversation: ConversationID
    package let message: MessageID
    package let connection: ConnectionID
    package let channel: Channel
    /// ISO 639-1, or `und`.
    package let language: String
    package let sentiment: Sentiment
    /// From -1, very bad, to 1, very good.
    package let sentimentScore: Double
    /// Nil when it is out of scope, or the tenant has no intents.
    package let intent: String?
    /// How likely it is that the best intent is right; nil when the tenant has no intents.
    package let confidence: Double?
    /// The message is about none of the tenant's intents; nil when the tenant has none.
    package let outOfScope: Bool?
    /// The revision of the tenant's examples that the model was trained on; nil when the tenant has no model.
    package let modelRevision: Int?
    /// The version of the built-in parts: language and sentiment.
    package let classifier: Int
    package let known: KnownOffsets

    package init(
      conversation: ConversationID, message: MessageID, connection: ConnectionID, channel: Channel,
      language: String, sentiment: Sentiment, sentimentScore: Double, intent: String?, confidence: Double?,
      outOfScope: Bool?, modelRevision: Int?, classifier: Int, known: KnownOffsets
    ) {
      self.conversation = conversation
      self.message = message
      self.connection = connection
      self.channel = channel
      self.language = language
      self.sentiment = sentiment
      self.sentimentScore = sentimentScore
      self.intent = intent
      self.confidence = confidence
      self.outOfScope = outOfScope
      self.modelRevision = modelRevision
      self.classifier = classifier
      self.known = known
    }
    enum CodingKeys: String, CodingKey {
      case conversation, message, connection, channel, language, sentiment
      case sentimentScore = "sentiment_score"
      case intent, confidence
      case outOfScope = "out_of_scope"
      case modelRevision = "model_revision"
      case classifier, known
    }
  }
  package typealias Private = Nothing

  package enum Sentiment: String, Codable, Sendable, CaseIterable {
    case angry, negative, neutral, positive
  }
}

/// A tenant's examples of intents are others from here on. Revisions count from 1; training follows.
package enum IntentsChanged: EventSpec {
  package static let type: EventType = "intents.changed"
  package static let topic = Topic.tenants

  package struct Facts: Codable, Sendable, Equatable {
    package let revision: Int
    package let intents: Int
    package let examples: Int
    /// The examples, sealed under the tenant's key, in the blob store: SHA-256 of what lies there, in hexadecimal. Nil when
    /// there are none any more.
    package let blob: String?
    package init(revision: Int, intents: Int, examples: Int, blob: String?) {
      self.revision = revision
      self.intents = intents
      self.examples = examples
      self.blob = blob
    }
  }
  package typealias Private = Nothing
}

/// A model was trained on a revision of the examples, and classifies from here on.
package enum IntentsTrained: EventSpec {
  package static let type: EventType = "intents.trained"
  package static let topic = Topic.tenants

  package struct Facts: Codable, Sendable, Equatable {
    package let revision: Int
    /// SHA-256 of the model, in hexadecimal: the same examples give the same model.
    package let model: String
    /// The model, sealed under the tenant's key, in the blob store: SHA-256 of what lies there, in hexadecimal.
    package let blob: String
    package let bytes: Int
    /// Of held-out examples in scope, the share whose intent was found; nil when none could be held out.
    package let accuracy: Double?
    package let milliseconds: Double
    package init(
      revision: Int, model: String, blob: String, bytes: Int, accuracy: Double?, milliseconds: Double
    ) {
      self.revision = revision
      self.model = model
      self.blob = blob
      self.bytes = bytes
      self.accuracy = accuracy
      self.milliseconds = milliseconds
    }
  }
  package typealias Private = Nothing
}

/// A revision of the examples could not be trained on; the model before stays.
package enum IntentsFailed: EventSpec {
  package static let type: EventType = "intents.failed"
  package static let topic = Topic.tenants

  package struct Facts: Codable, Sendable, Equatable {
    package let revision: Int
    package let reason: String
    package init(revision: Int, reason: String) {
      self.revision = revision
      self.reason = reason
    }
  }
  package typealias Private = Nothing
}
