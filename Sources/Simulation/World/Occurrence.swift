/// What may befall a run. How often each did is counted, so that it shows when runs become thinner: a simulator finds
/// nothing where nothing happens.
package enum Occurrence: String, CaseIterable, Sendable {
  // Processes
  case kill = "processes killed"
  case stall = "processes stalled"
  case stallPastLease = "processes stalled past a lease"
  case replacement = "processes replaced"
  case join = "processes joined"
  case crowd = "worlds of three processes"
  case takeover = "partitions taken over"

  // The database and the network
  case outage = "times that Postgres was away"
  case dateJump = "jumps of the server's date"
  case refusal = "connections refused"
  case loss = "connections lost"
  case commitUnheard = "commits made and not heard of"
  case commitLost = "commits lost"
  case slowStatement = "statements that took long"
  case hintLost = "notifications lost"
  case hintDoubled = "notifications doubled"
  case contest = "owners that slept through their lease in a transaction"
  case brokerFailure = "records that brokers did not answer for"

  // What was asked of the engine
  case repeated = "events posted again"
  case retry = "effects tried again"
  case intentLook = "intents looked for at a call"
  case slowCall = "calls that took long"
  case timer = "timers set"
  case parked = "inputs parked"
  case waived = "inputs given up"
  case uncertain = "sends declared uncertain"
  case exhausted = "effects given up"
  case lagLook = "lags of stages looked at"
  case lagSeen = "lags of stages above 0"
  case ageTold = "ages of inputs told"
  case backlogLook = "backlogs of stages looked at"
  case backlogSeen = "backlogs of stages above 0"
  case projectionLagLook = "lags of projections looked at"
  case projectionLagSeen = "lags of projections above 0"
  case outboxLook = "outboxes looked at"
  case outboxSeen = "outboxes that were not empty"
  case fullTail = "tails of the log more than half full"
  case fullPortion = "portions of a relay as large as may be"
  case fullBatch = "batches of a projection as large as may be"
  case rebuild = "rebuilds made live"
  case heldBack = "rebuilds held back"
  case rebuildKilled = "rebuilds interrupted"
  case reading = "reads of a read model"
}

/// How often each thing happened.
package struct Occurrences: Sendable {
  private var counts = [Int](repeating: 0, count: Occurrence.allCases.count)
  private static let places = Dictionary(
    uniqueKeysWithValues: Occurrence.allCases.enumerated().map { ($0.element, $0.offset) })

  package init() {}

  package subscript(_ occurrence: Occurrence) -> Int { counts[Self.places[occurrence] ?? 0] }

  mutating func note(_ occurrence: Occurrence, _ times: Int = 1) {
    counts[Self.places[occurrence] ?? 0] += times
  }

  package static func += (sum: inout Occurrences, other: Occurrences) {
    for place in sum.counts.indices { sum.counts[place] += other.counts[place] }
  }
}
