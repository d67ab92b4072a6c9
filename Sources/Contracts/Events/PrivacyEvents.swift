import FoundationEssentials

/// What people call a contact, `vip` for instance; each says all labels that there are from then on. Rules of escalation may
/// look at them in every conversation with the contact.
package enum ContactLabelled: EventSpec {
  package static let type: EventType = "contact.labelled"
  package static let topic = Topic.tenants

  package struct Facts: Codable, Sendable, Equatable {
    package let contact: ContactID
    package init(contact: ContactID) { self.contact = contact }
  }

  /// Sealed under the contact's key: a label says what somebody is.
  package struct Private: Codable, Sendable, Equatable {
    package let labels: [String]
    package init(labels: [String]) { self.labels = labels }
  }
}

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
