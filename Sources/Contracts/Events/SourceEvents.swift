/// A web address was named, to fetch documents from.
package enum SourceAdded: EventSpec {
  package static let type: EventType = "source.added"
  package static let topic = Topic.documents

  package enum Kind: String, Codable, Sendable, CaseIterable { case page, sitemap }

  package struct Facts: Codable, Sendable, Equatable {
    package let source: SourceID
    package let address: String
    package let kind: Kind
    /// How often it is looked at again, in hours; nil: once.
    package let everyHours: Int?
    package let language: String
    package let base: String?
    package let tags: [String]?
    package init(
      source: SourceID, address: String, kind: Kind, everyHours: Int?, language: String, base: String?,
      tags: [String]?
    ) {
      self.source = source
      self.address = address
      self.kind = kind
      self.everyHours = everyHours
      self.language = language
      self.base = base
      self.tags = tags
    }
    enum CodingKeys: String, CodingKey {
      case source, address, kind
      case everyHours = "every_hours"
      case language
      case base = "knowledge_base"
      case tags
    }
  }
  package typealias Private = Nothing
}

/// Its documents go, and nothing is fetched from it any more.
package enum SourceRemoved: EventSpec {
  package static let type: EventType = "source.removed"
  package static let topic = Topic.documents

  package struct Facts: Codable, Sendable, Equatable {
    package let source: SourceID
    package init(source: SourceID) { self.source = source }
  }
  package typealias Private = Nothing
}
