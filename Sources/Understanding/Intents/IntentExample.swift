/// What somebody may write, and what they want by it.
package struct IntentExample: Sendable, Equatable, Hashable, Codable {
  package let text: String
  /// nil marks a text that is about nothing of the tenant's: out of scope.
  package let intent: String?

  package init(text: String, intent: String?) {
    self.text = text
    self.intent = intent
  }
}

/// What a message wants.
package struct IntentGuess: Sendable, Equatable {
  /// The best of the model's intents; nil when the model knows no word of the text.
  package let best: String?
  /// How likely it is that the best intent is right, 0 to 1, calibrated on held-out examples.
  package let confidence: Double
  /// The text is about none of the intents: so an out-of-scope example taught, or the confidence is below what examples have.
  package let isOutOfScope: Bool
  /// The intent to act on.
  package var intent: String? { isOutOfScope ? nil : best }
}
