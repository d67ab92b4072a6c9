/// How long a tenant keeps what came of people, all kinds at once; what is left out stays as long as it ever does.
package enum RetentionChanged: EventSpec {
  package static let type: EventType = "retention.changed"
  package static let topic = Topic.tenants

  package typealias Facts = RetentionRules
  package typealias Private = Nothing
}

/// For how many days things are kept.
package struct RetentionRules: Codable, Sendable, Equatable {
  /// What came in, raw: at most 30 days, which it is when nothing is said.
  package let inboundDays: Int?
  /// People of whom nothing was heard for so long are erased, and with them what they said.
  package let contactDays: Int?
  /// Files that people and we sent, from when they came.
  package let fileDays: Int?

  package init(inboundDays: Int? = nil, contactDays: Int? = nil, fileDays: Int? = nil) {
    self.inboundDays = inboundDays
    self.contactDays = contactDays
    self.fileDays = fileDays
  }

  enum CodingKeys: String, CodingKey {
    case inboundDays = "inbound_days"
    case contactDays = "contact_days"
    case fileDays = "file_days"
  }
}
