import Contracts

/// What is tried instead of what answered then.
package struct Candidate: Sendable {
  /// Where the passages come from.
  package enum Index: Sendable, Equatable {
    /// Those that were found then.
    case recorded
    /// Those that the index finds now.
    case current
    /// Those that this version of the index finds, live or not.
    case version(Int)
  }

  package let agent: AgentID
  package let name: String
  /// Nil for a definition that is not published.
  package let version: Int?
  /// With the model that is to be tried.
  package let definition: AgentDefinition
  /// The model, where it is another than the version's.
  package let model: String?
  package let index: Index

  package init(
    agent: AgentID, name: String, version: Int?, definition: AgentDefinition, model: String? = nil,
    index: Index = .recorded
  ) {
    self.agent = agent
    self.name = name
    self.version = version
    self.model = model
    self.index = index
    var definition = definition
    if let model { definition.model = model }
    self.definition = definition
  }

  /// What to call it.
  package var title: String {
    let version = version.map { "version \($0)" } ?? "unpublished"
    return "\(name) "
      + ([version, model.map { "model \($0)" }, index.title].compactMap(\.self)).joined(separator: ", ")
  }
}

extension Candidate.Index {
  var title: String? {
    switch self {
    case .recorded: nil
    case .current: "today’s index"
    case .version(let number): "index \(number)"
    }
  }
}
