import Contracts
import Foundation
import JSON

/// What a visitor's page sends, with what the endpoint adds.
package struct WebChatBody: Codable, Sendable, Equatable {
  package struct File: Codable, Sendable, Equatable {
    package let name: String?
    package let type: String?
    /// Base64.
    package let data: String
  }

  /// Who the visitor is, as the endpoint established it: never taken from the page.
  package struct Visitor: Codable, Sendable, Equatable {
    package let name: String?
    package let email: String?
    package let phone: String?
    package let verified: Bool
    package init(name: String?, email: String?, phone: String?, verified: Bool) {
      self.name = name
      self.email = email
      self.phone = phone
      self.verified = verified
    }
  }

  /// A UUID that the page made.
  package let id: String
  package let text: String?
  /// Of the choice that was taken; the text is its title.
  package let payload: String?
  package let files: [File]?
  package var visitor: Visitor?
}
