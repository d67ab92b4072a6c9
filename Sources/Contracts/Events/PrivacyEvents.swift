import FoundationEssentials

/// A contact's key was destroyed: what it sealed cannot be read by anyone any more. The event's id follows from the
/// contact, so that there is one of each.
package enum ContactErased: EventSpec {
  package static let type: EventType = "contact.erased"
  package static let topic = Topic.tenants

  package struct Facts: Codable, Sendable, Equatable {
    package let contact: ContactID
    /// Why, in a stable lower-case word: `requested`, `retention`.
    package let reason: String
    package init(contact: ContactID, reason: String) {
      self.contact = contact
      self.reason = reason
    }
  }
  package typealias Private = Nothing

  package static func id(of contact: ContactID, tenant: TenantID) -> EventID {
    EventID(UUID.version5(of: "\(type)/\(contact)", in: tenant.uuid))
  }
}
