import Contracts
import EventLog
import Testing

/// What the log must hold: for each partition the first appearance of each id, where the log put it.
private struct LogModel {
  var records: [TopicPartition: [(position: Position, id: EventID)]] = [:]
  var events: [Event] = []
  private var known: Set<EventID> = []

  mutating func append(_ event: Event, at position: Position) {
    guard known.insert(event.id).inserted else { return }
    records[position.topicPartition, default: []].append((position, event.id))
    events.append(event)
  }

  func expected(from cursor: Cursor) -> [EventID] {
    (records[cursor.partition] ?? []).filter { $0.position.offset >= cursor.offset }.map(\.id)
  }
}

extension LogConformance {
  /// Random appends (some of known ids), reads, new readers and reopenings, against plain arrays.
  package func aRandomHistoryReadsAsItsModel() async throws {
    let seed = LogRandom.seed(for: "aRandomHistoryReadsAsItsModel")
    try await withLog(3) { test in
      var random = LogRandom(seed: seed)
      var model = LogModel()
      var log = test.log
      for _ in 0..<80 {
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<5:
          let events = randomBatch(known: model.events, using: &random)
          for (event, position) in zip(events, try await log.append(events)) {
            model.append(event, at: position)
          }
        case 5..<9: try await check(model, in: log, using: &random)
        default: log = try await test.reopen()
        }
      }
      for partition in log.layout.partitions(.conversations) {
        try await expect(model, from: Cursor(partition), in: log, limit: 100)
      }
    }
  }

  private func randomBatch(known: [Event], using random: inout LogRandom) -> [Event] {
    (0..<Int.random(in: 1...12, using: &random)).map { _ in
      if let event = known.randomElement(using: &random), Int.random(in: 0..<5, using: &random) == 0 {
        return event
      }
      return LogFixtures.event("stream-\(Int.random(in: 0..<9, using: &random))")
    }
  }

  private func check(
    _ model: LogModel, in log: any EventLog, using random: inout LogRandom
  ) async throws {
    guard let partition = log.layout.partitions(.conversations).randomElement(using: &random) else { return }
    let start = model.records[partition]?.randomElement(using: &random)?.position.offset ?? .zero
    let cursor = Cursor(partition, Bool.random(using: &random) ? start : .zero)
    try await expect(model, from: cursor, in: log, limit: Int.random(in: 1...20, using: &random))
  }

  private func expect(
    _ model: LogModel, from cursor: Cursor, in log: any EventLog, limit: Int
  ) async throws {
    let expected = model.expected(from: cursor)
    guard !expected.isEmpty else { return }
    let records = try await log.read(expected.count, from: [cursor], limit: limit)
    #expect(records.map(\.event.id) == expected, "\(cursor.partition) from \(cursor.offset)")
  }
}
