import Foundation
import Knowledge
import Synchronization

/// Find the vector of a question.
package struct EmbedQuestion: Sendable {
  let text: String
}

package struct EmbeddedQuestion: Codable, Sendable {
  /// nil when none could be had: then words alone are searched for, because a customer waits.
  let vector: [Float]?
}

/// Embeds questions. What was asked lately is remembered, in memory alone: customers wrote it.
package final class QuestionEmbedder: EffectPerformer {
  private let embedder: any Embedder
  private let recent = Mutex<[String: [Float]]>([:])
  private static let remembered = 2_000

  package init(_ embedder: any Embedder) { self.embedder = embedder }

  package func perform(_ effect: EmbedQuestion) async -> EmbeddedQuestion {
    if let known = recent.withLock({ $0[effect.text] }) { return EmbeddedQuestion(vector: known) }
    let vector = try? await embedder.embed([effect.text], for: .question).first
    if let vector {
      recent.withLock { recent in
        if recent.count >= Self.remembered { recent.removeAll(keepingCapacity: true) }
        recent[effect.text] = vector
      }
    }
    return EmbeddedQuestion(vector: vector)
  }
}

/// Stands where no model embeds: `Retrieve` without one asks for nothing.
package struct NoEmbedding: EffectPerformer {
  package init() {}
  package func perform(_ effect: EmbedQuestion) async -> EmbeddedQuestion { EmbeddedQuestion(vector: nil) }
}
