import Contracts
import Foundation

/// What Chroma keeps beside a vector, so that a search can be narrowed before it counts to its limit.
struct ChromaMetadata: Encodable {
  let document: DocumentID
  let revision: EventID
  let base: String
  let tags: [String]

  /// Tags are members of their own: Chroma compares single values alone.
  static func member(tag: String) -> String { "tag:\(tag)" }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: TextKey.self)
    try container.encode(document, forKey: "document")
    try container.encode(revision, forKey: "revision")
    try container.encode(base, forKey: "base")
    for tag in Set(tags) { try container.encode(true, forKey: TextKey(stringValue: Self.member(tag: tag))) }
  }
}

/// A condition in Chroma's language of filters.
indirect enum ChromaClause: Encodable {
  case equals(String, String)
  case holds(String)
  case any(String, of: [String])
  case all([ChromaClause])
  case some([ChromaClause])

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: TextKey.self)
    switch self {
    case .equals(let member, let value): try container.encode(value, forKey: TextKey(stringValue: member))
    case .holds(let member): try container.encode(true, forKey: TextKey(stringValue: member))
    case .any(let member, let values):
      try container.encode(["$in": values], forKey: TextKey(stringValue: member))
    case .all(let clauses): try container.encode(clauses, forKey: "$and")
    case .some(let clauses): try container.encode(clauses, forKey: "$or")
    }
  }
}

enum ChromaCondition {
  struct Narrowed {
    /// Nil: everything.
    let clause: ChromaClause?
  }

  /// Nil when nothing can fulfil it.
  static func of(_ filter: KnowledgeIndex.Filter) -> Narrowed? {
    if filter.bases?.isEmpty == true || filter.tags?.isEmpty == true || filter.documents?.isEmpty == true {
      return nil
    }
    var clauses: [ChromaClause] = []
    if let bases = filter.bases { clauses.append(.any("base", of: bases)) }
    if let documents = filter.documents { clauses.append(.any("document", of: documents.map(\.description))) }
    if let tags = filter.tags {
      let any = tags.map { ChromaClause.holds(ChromaMetadata.member(tag: $0)) }
      // Chroma wants two at least to choose between.
      clauses.append(any.count == 1 ? any[0] : .some(any))
    }
    return Narrowed(clause: clauses.count > 1 ? .all(clauses) : clauses.first)
  }

  static func text(document: DocumentID, revision: EventID) -> ChromaClause {
    .all([.equals("document", document.description), .equals("revision", revision.description)])
  }
}

private struct TextKey: CodingKey, ExpressibleByStringLiteral {
  let stringValue: String
  var intValue: Int? { nil }
  init(stringValue: String) { self.stringValue = stringValue }
  init(stringLiteral value: String) { stringValue = value }
  init?(intValue: Int) { nil }
}
