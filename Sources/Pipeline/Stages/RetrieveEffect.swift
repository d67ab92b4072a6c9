import Knowledge

/// Find passages by means that take more than the stage's own transaction.
package struct FindPassages: Sendable {
  let question: KnowledgeIndex.Question
}

package enum PassagesOutcome: Codable, Sendable {
  case found(FoundPassages)
  /// Something was found, and is not known any more.
  case forgotten
  /// The database did not answer.
  case failed(why: String)
}

package struct PassageSearcher: EffectPerformer {
  private let finder: PassageFinder

  package init(_ finder: PassageFinder) { self.finder = finder }

  package func perform(_ effect: FindPassages) async -> PassagesOutcome {
    do { return .found(try await finder.find(effect.question)) } catch { return .failed(why: "\(error)") }
  }
}
