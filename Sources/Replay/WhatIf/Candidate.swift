import Contracts

/// What is tried instead of what answered then.
package struct Candidate: Sendable {
  /// Where the passages come from.
  package enum Index: String, Sendable, CaseIterable {
    /// Those that were found then.
    case recorded
    /// Those that the index finds now.
    case current
  }

  package let agent: AgentID
  package let name: String
  /// Nil for a definition that is not published.
  package let version: Int?
  package let definition: AgentDefinition
  /// The model, when it is another than the definition's.
  package let model: String?
  package let index: Index

  package init(
    agent: AgentID, name: String, version: Int?, definition: AgentDefinition, model: String? = nil,
    index: Index = .recorded
  ) {
    self.agent = agent
    self.name = name
    self.version = version
    self.definition = definition
    self.model = model
    self.index = index
  }

  /// What to call it.
  package var title: String {
    "\(name) " + (version.map { "version \($0)" } ?? "unpublished") + (model.map { ", model \($0)" } ?? "")
      + (index == .current ? ", today's index" : "")
  }
}
