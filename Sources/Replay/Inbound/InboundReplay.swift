import Contracts
import EventLog
import Foundation
import JSON
import Keyring
import Pipeline
import Postgres

/// Has webhooks and mails processed again, after a parser learned to read them.
///
/// It decides nothing itself: it appends the events of `inbound` once more, as `normalize` reads them, and notes of
/// which known messages and edits another reading may be told. What is known is passed over by its id, so doing it
/// twice, or again after a crash, changes nothing more. The copies, what is noted, and the end of a parked original are
/// one transaction. The private part is not opened but copied: its key, and the day on which that is dropped, stay.
package struct InboundReplay: Sendable {
  package struct Request: Sendable {
    package var connection: ConnectionID?
    package var from: Date
    package var to: Date?
    /// Only what is parked, and what a message says was not understood.
    package var isUnparsed: Bool
    /// Whether the agent answers what comes of it.
    package var isAnswered: Bool
    /// Who asks.
    package var by: String
    package init(
      connection: ConnectionID? = nil, from: Date, to: Date? = nil, isUnparsed: Bool = false,
      isAnswered: Bool = false, by: String
    ) {
      self.connection = connection
      self.from = from
      self.to = to
      self.isUnparsed = isUnparsed
      self.isAnswered = isAnswered
      self.by = by
    }
  }

  package struct Report: Sendable, Equatable {
    /// One `replay.requested` for each tenant.
    package internal(set) var requests: [EventID] = []
    /// Events of `inbound` that are processed again.
    package internal(set) var events = 0
    /// Those of them that were parked.
    package internal(set) var parked = 0
    /// Known messages, and edits, of which another reading may be told.
    package internal(set) var messages = 0
  }

  private let log: any EventLog
  private let pool: PostgresPool
  private let keyring: Keyring
  private let history: ConversationHistory

  private static let types: Set<EventType> = [WebhookReceived.type, EmailReceived.type]
  private static let batch = 200

  package init(log: any EventLog, pool: PostgresPool, keyring: Keyring) {
    self.log = log
    self.pool = pool
    self.keyring = keyring
    history = ConversationHistory(log: log, pool: pool, keyring: keyring)
  }

  /// - Parameter onProgress: told how many events were appended so far.
  package func run(
    _ request: Request, at now: Date, onProgress: @Sendable (Int) -> Void = { _ in }
  ) async throws -> Report {
    let parked = try await parkedEvents()
    var report = Report()
    // First what the messages say, so that memory holds what is asked for alone.
    let readings = try await readings(request)
    let chosen = try await inbound(request) { event in
      !request.isUnparsed || parked.contains(event.id) || readings[event.id] != nil
    }
    for (tenant, events) in chosen {
      let asked = try await ask(request, events.count, of: tenant, at: now)
      report.requests.append(asked.id)
      for start in stride(from: 0, to: events.count, by: Self.batch) {
        let part = Array(events[start..<min(start + Self.batch, events.count)])
        let known = part.flatMap { readings[$0.id] ?? [] }
        try await append(part, parked: parked, readings: known, asked, request)
        report.events += part.count
        report.parked += part.count { parked.contains($0.id) }
        report.messages += known.count
        onProgress(report.events)
      }
    }
    return report
  }

  // MARK: What is chosen

  private func parkedEvents() async throws -> Set<EventID> {
    try await pool.withConnection { connection in
      Set(
        try connection.execute("select id from stage.parked where stage = 'normalize'").map {
          EventID($0.uuid(0))
        })
    }
  }

  /// A known message or edit, and how it was read.
  private struct Known: Sendable {
    let tenant: TenantID
    let subject: Reading.Subject
    let digest: String
  }

  /// What came of events of `inbound`, by those: messages and echoes as they were sent, of an album the files, and of those
  /// that their senders edited the last edit; of the reactions of a contact to a message the last. What was taken back is
  /// left out.
  private func readings(_ request: Request) async throws -> [EventID: [Known]] {
    let read = try await LastReadings.read(history, request)
    let tenantKeys = try await history.keys(Set(read.map { KeyID($0.record.event.tenant.uuid) }))
    var known: [EventID: [Known]] = [:]
    for start in stride(from: 0, to: read.count, by: 1_000) {
      let part = Array(read[start..<min(start + 1_000, read.count)])
      let opened = try await history.open(part.map(\.record))
      for last in part {
        let event = last.record.event
        // Without its key there is nothing to be told: the contact was erased.
        guard let cause = event.causation, let content = opened[event.id],
          let tenantKey = tenantKeys[KeyID(event.tenant.uuid)]
        else { continue }
        known[cause, default: []].append(
          Known(tenant: event.tenant, subject: last.subject, digest: try last.digest(content, tenantKey)))
      }
    }
    return known
  }

  /// By tenant, in the order of the log.
  private func inbound(
    _ request: Request, where isWanted: (Event) -> Bool
  ) async throws -> [TenantID: [Event]] {
    var chosen: [TenantID: [Event]] = [:]
    for (place, end) in zip(log.layout.partitions(.inbound), try await log.ends(of: .inbound)) {
      var scan = try await PartitionScan(log, from: Cursor(place), to: end, types: Self.types)
      while let records = try await scan.next() {
        for event in records.map(\.event) where event.time >= request.from && !event.isReplay {
          if let to = request.to, event.time >= to { continue }
          if let connection = request.connection, event.key != StreamID(connection) { continue }
          if isWanted(event) { chosen[event.tenant, default: []].append(event) }
        }
      }
    }
    return chosen
  }

  // MARK: What is appended

  private func ask(_ request: Request, _ count: Int, of tenant: TenantID, at now: Date) async throws -> Event
  {
    let keyID = KeyID(tenant.uuid)
    guard let key = try await history.keys([keyID])[keyID] else { throw SealingError.keyIsGone(keyID) }
    let id = EventID(UUID.version7())
    let event = Event(
      id: id, type: ReplayRequested.type, topic: .tenants, key: StreamID(tenant), tenant: tenant, time: now,
      source: "/replay", correlation: id,
      value: try ReplayRequested.value(
        .init(
          connection: request.connection, from: request.from.truncatedToMilliseconds,
          to: request.to?.truncatedToMilliseconds, unparsed: request.isUnparsed, answer: request.isAnswered,
          events: count), private: .init(by: request.by), sealedWith: key))
    _ = try await log.append([event])
    return event
  }

  private func append(
    _ events: [Event], parked: Set<EventID>, readings: [Known], _ asked: Event, _ request: Request
  ) async throws {
    let source = "\(Event.replaySource)\(asked.id)" + (request.isAnswered ? "/answer" : "")
    let copies = events.map { event in
      Event(
        id: event.id.copy(in: "\(Event.replaySource)\(asked.id)"),
        type: event.type,
        topic: event.topic, key: event.key, tenant: event.tenant, time: asked.time, source: source,
        causation: event.id, correlation: event.correlation ?? event.id, traceparent: event.traceparent,
        value: event.value)
    }
    let marks = readings.flatMap { known in
      [
        (known.tenant, Reading.permission(known.subject, in: source)),
        (known.tenant, Reading.mark(known.subject, known.digest)),
      ]
    }
    try await pool.withTransaction { [log] transaction in
      if !marks.isEmpty {
        _ = try transaction.execute(
          "select stage.note_seen($1, $2)", [.uuids(marks.map(\.0.uuid)), .texts(marks.map(\.1))])
      }
      // The copy stands for the parked one from here on.
      for event in events where parked.contains(event.id) {
        _ = try transaction.execute(
          "select stage.waive_parked($1, $2)", [.uuid(event.tenant.uuid), .uuid(event.id.uuid)])
      }
      try log.append(copies, in: transaction)
    }
  }
}

extension EventID {
  /// Of the copy of an event of `inbound`.
  /// - Parameter replay: `/replays/` and the id of its `replay.requested`.
  func copy(in replay: String) -> EventID { EventID(UUID.version5(of: replay, in: uuid)) }
}
