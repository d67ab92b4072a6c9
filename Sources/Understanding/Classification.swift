/// All that is understood of one message, locally and without a model server.
package struct Classification: Sendable, Equatable {
  /// The version of the built-in parts: raised when language or sentiment come out otherwise for the same text.
  package static let version = 2

  package let language: LanguageGuess
  package let sentiment: SentimentGuess
  /// nil without a model.
  package let intent: IntentGuess?

  package init(of text: String, with model: IntentModel?) {
    language = LanguageGuess(of: text)
    sentiment = SentimentGuess(of: text, in: language)
    intent = model?.guess(text)
  }
}
