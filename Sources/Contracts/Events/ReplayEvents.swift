import FoundationEssentials

/// Somebody had events of `inbound` processed again. The events that come of it name this one: their source is
/// `/replays/` and its id.
package enum ReplayRequested: EventSpec {
  package static let type: EventType = "replay.requested"
  package static let topic = Topic.tenants

  package struct Facts: Codable, Sendable, Equatable {
    /// Nil for all connections of the tenant.
    package let connection: ConnectionID?
    /// What came from then on.
    package let from: Date
    /// What came before then; nil for everything until the request.
    package let to: Date?
    /// Only what was parked, or kept as not understood.
    package let unparsed: Bool
    /// Whether messages that are read anew are answered although the conversation went on.
    package let answer: Bool
    /// How many events are processed again.
    package let events: Int
    package init(
      connection: ConnectionID?, from: Date, to: Date?, unparsed: Bool, answer: Bool, events: Int
    ) {
      self.connection = connection
      self.from = from
      self.to = to
      self.unparsed = unparsed
      self.answer = answer
      self.events = events
    }
  }

  /// Sealed under the tenant's key.
  package struct Private: Codable, Sendable, Equatable {
    /// Who asked for it, as the machine on which it was asked knows them.
    package let by: String
    package init(by: String) { self.by = by }
  }
}
