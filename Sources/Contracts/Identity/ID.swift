import FoundationEssentials
import JSON

/// A UUID that says what it identifies, so that a conversation's id cannot stand where a contact's is wanted.
///
/// Coded as the lower-case hyphenated string of RFC 9562.
package struct ID<Subject>: Hashable, Sendable, Codable, CustomStringConvertible, Comparable {
  package let uuid: UUID

  package init(_ uuid: UUID) { self.uuid = uuid }

  /// nil unless `text` is the hyphenated form of a UUID, in either case.
  package init?(_ text: some StringProtocol) {
    guard let uuid = UUID(hyphenated: text) else { return nil }
    self.uuid = uuid
  }

  package init(from decoder: any Decoder) throws {
    uuid = try decoder.singleValueContainer().decode(UUID.self)
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(uuid)
  }

  package var description: String { uuid.hyphenated }

  package static func < (a: Self, b: Self) -> Bool { a.uuid < b.uuid }
}

package enum Subject {
  package enum Event {}
  package enum Tenant {}
  package enum User {}
  package enum Agent {}
  package enum Connection {}
  package enum Contact {}
  package enum Conversation {}
  package enum Message {}
  package enum Attachment {}
  package enum Document {}
  package enum Chunk {}
  package enum Source {}
  package enum Key {}
}

package typealias EventID = ID<Subject.Event>
package typealias TenantID = ID<Subject.Tenant>
package typealias UserID = ID<Subject.User>
package typealias AgentID = ID<Subject.Agent>
package typealias ConnectionID = ID<Subject.Connection>
package typealias ContactID = ID<Subject.Contact>
package typealias ConversationID = ID<Subject.Conversation>
package typealias MessageID = ID<Subject.Message>
package typealias AttachmentID = ID<Subject.Attachment>
package typealias DocumentID = ID<Subject.Document>
package typealias ChunkID = ID<Subject.Chunk>
/// A web address that documents are fetched from.
package typealias SourceID = ID<Subject.Source>
/// Names a key of the keyring; it is the `kid` of what that key sealed.
package typealias KeyID = ID<Subject.Key>
