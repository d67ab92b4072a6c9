/// What a text is embedded for: some models want to be told.
package enum EmbeddingPurpose: String, Codable, Sendable { case passage, question }

/// Which vectors belong together: those of one model.
package struct EmbeddingModel: Sendable, Equatable {
  package let name: String
  package let dimensions: Int
  /// The text-search configurations of the languages that the model knows; nil: of all.
  package let languages: Set<String>?

  package init(name: String, dimensions: Int, languages: Set<String>? = nil) {
    self.name = name
    self.dimensions = dimensions
    self.languages = languages
  }

  package func knows(_ language: String) -> Bool { languages?.contains(language) ?? true }
}

/// Turns texts into vectors of length 1, so that what means the same lies close together.
///
/// The vectors come in the order of the texts, with as many numbers as the model has dimensions, or none at
/// all: a failure is of the whole call. Cancelling the task ends the call.
package protocol Embedder: Sendable {
  var model: EmbeddingModel { get }
  /// What the model is given for a text: equal inputs have equal vectors.
  func input(_ text: String, for purpose: EmbeddingPurpose) -> String
  func embed(_ texts: [String], for purpose: EmbeddingPurpose) async throws(EmbeddingError) -> [[Float]]
}

extension Embedder {
  package func input(_ text: String, for purpose: EmbeddingPurpose) -> String { text }
}

package struct EmbeddingError: Error, CustomStringConvertible {
  package let description: String
  package let isRetriable: Bool
  package init(_ description: String, isRetriable: Bool) {
    self.description = description
    self.isRetriable = isRetriable
  }
}
