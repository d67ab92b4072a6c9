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

/// How many labels a conversation or a contact has.
package enum LabelBounds {
  package static let count = 50
  /// Of one, in Unicode scalars.
  package static let length = 100
  /// Of all as they are sealed: JSON makes at most six bytes of a scalar, and base64 four of three.
  package static let sealedBytes = 64 << 10

  /// What is kept of labels, whoever wrote the event: the API refuses more.
  package static func kept(of labels: [String]) -> [String] {
    labels.prefix(count).map { label in
      String(String.UnicodeScalarView(label.unicodeScalars.prefix(length)))
    }
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
