/// A document was handed in; its bytes lie in the blob store under their SHA-256.
package enum DocumentUploaded: EventSpec {
  package static let type: EventType = "document.uploaded"
  package static let topic = Topic.documents

  package struct Facts: Codable, Sendable, Equatable {
    package let document: DocumentID
    package let title: String
    package let mediaType: String
    /// A text-search configuration of Postgres; `auto` is told from the text.
    package var language: String
    package let bytes: Int
    /// SHA-256 of the bytes, in hexadecimal.
    package let blob: String
    /// The knowledge base that it belongs to, by name.
    package let base: String?
    package let tags: [String]?
    /// The page that it was fetched from.
    package let address: String?
    /// What fetched it.
    package let source: SourceID?
    /// Former texts of that page: they go when this one is found, and stay where it never is.
    package let replaces: [DocumentID]?
    package init(
      document: DocumentID, title: String, mediaType: String, language: String, bytes: Int, blob: String,
      base: String? = nil, tags: [String]? = nil, address: String? = nil, source: SourceID? = nil,
      replaces: [DocumentID]? = nil
    ) {
      self.document = document
      self.title = title
      self.mediaType = mediaType
      self.language = language
      self.bytes = bytes
      self.blob = blob
      self.base = base
      self.tags = tags
      self.address = address
      self.source = source
      self.replaces = replaces
    }
    enum CodingKeys: String, CodingKey {
      case document, title
      case mediaType = "media_type"
      case language, bytes, blob
      case base = "knowledge_base"
      case tags, address, source, replaces
    }
  }
  package typealias Private = Nothing
}

package enum DocumentIndexed: EventSpec {
  package static let type: EventType = "document.indexed"
  package static let topic = Topic.documents

  package struct Facts: Codable, Sendable, Equatable {
    package let document: DocumentID
    package let chunks: Int
    /// The version of the index that it was put into first.
    package let index: Int?
    /// In which it is searched, where the upload left that to be told from the text.
    package let language: String?
    package init(document: DocumentID, chunks: Int, index: Int? = nil, language: String? = nil) {
      self.document = document
      self.chunks = chunks
      self.index = index
      self.language = language
    }
  }
  package typealias Private = Nothing
}

package enum DocumentFailed: EventSpec {
  package static let type: EventType = "document.failed"
  package static let topic = Topic.documents

  package struct Facts: Codable, Sendable, Equatable {
    package let document: DocumentID
    package let reason: String
    package init(document: DocumentID, reason: String) {
      self.document = document
      self.reason = reason
    }
  }
  package typealias Private = Nothing
}

package enum DocumentRemoved: EventSpec {
  package static let type: EventType = "document.removed"
  package static let topic = Topic.documents

  package struct Facts: Codable, Sendable, Equatable {
    package let document: DocumentID
    package init(document: DocumentID) { self.document = document }
  }
  package typealias Private = Nothing
}
