/// A document was handed in; its bytes lie in the blob store under their SHA-256.
package enum DocumentUploaded: EventSpec {
  package static let type: EventType = "document.uploaded"
  package static let topic = Topic.documents

  package struct Facts: Codable, Sendable, Equatable {
    package let document: DocumentID
    package let title: String
    /// `text/plain` or `text/markdown`.
    package let mediaType: String
    package let language: String
    package let bytes: Int
    /// SHA-256 of the bytes, in hexadecimal.
    package let blob: String
    package init(
      document: DocumentID, title: String, mediaType: String, language: String, bytes: Int, blob: String
    ) {
      self.document = document
      self.title = title
      self.mediaType = mediaType
      self.language = language
      self.bytes = bytes
      self.blob = blob
    }
    enum CodingKeys: String, CodingKey {
      case document, title
      case mediaType = "media_type"
      case language, bytes, blob
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
    package init(document: DocumentID, chunks: Int) {
      self.document = document
      self.chunks = chunks
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
