/// When people are there to take over.
package struct BusinessHours: Codable, Sendable, Equatable {
  /// A name of the IANA time zone database, `Europe/Berlin` for instance.
  package let timeZone: String
  package let open: [OpeningTime]
  /// Days on which nobody is there, `2026-12-25` for instance.
  package let closedOn: [String]?
  /// Whether the agent itself answers while nobody is there. Nil for yes.
  package let answersOutside: Bool?
  package init(
    timeZone: String, open: [OpeningTime], closedOn: [String]? = nil, answersOutside: Bool? = nil
  ) {
    self.timeZone = timeZone
    self.open = open
    self.closedOn = closedOn
    self.answersOutside = answersOutside
  }
  enum CodingKeys: String, CodingKey {
    case timeZone = "time_zone"
    case open
    case closedOn = "closed_on"
    case answersOutside = "answers_outside"
  }
}

/// A span of every week, within one day.
package struct OpeningTime: Codable, Sendable, Equatable {
  /// 1 is Monday, 7 Sunday (ISO 8601).
  package let day: Int
  /// `09:00`.
  package let from: String
  /// `17:30`; `24:00` is the end of the day.
  package let to: String
  package init(
    day: Int, from: String, to: String
  ) {
    self.day = day
    self.from = from
    self.to = to
  }
}
