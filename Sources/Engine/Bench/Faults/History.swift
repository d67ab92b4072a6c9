import Foundation
import JSON
import Synchronization

/// What every writer and reader did, and whether it fits together: in the manner of Jepsen's workload for queues, lost
/// writes, skipped reads, repetitions and disorder are looked for.
final class History: Sendable {
  enum End: String, Sendable, Codable { case acknowledged, refused, unknown }

  /// Something that must not be.
  struct Problem: Sendable {
    enum Kind: String, Sendable, CaseIterable { case lost, doubled, misordered, changed }
    let kind: Kind
    let text: String

    init(_ kind: Kind, _ text: String) { (self.kind, self.text) = (kind, text) }
  }

  /// A record as the tables have it in the end.
  struct Stored: Sendable {
    let partition: Int32
    let offset: Int64
    let id: UUID
    let writer: String
    let number: Int
  }

  private struct Append: Codable {
    let id: UUID
    let writer: String
    let number: Int
    var end = End.unknown
    var tries = 1
  }

  private struct State {
    var appends: [UUID: Append] = [:]
    var order: [UUID] = []
    var acknowledgedAt: [UUID: ContinuousClock.Instant] = [:]
    /// What was ever read at a place.
    var read: [Int32: [Int64: UUID]] = [:]
    var reads = 0
    var told: Set<UUID> = []
    var problems: [Problem] = []
  }

  private let state = Mutex(State())

  func begin(_ id: UUID, _ writer: String, _ number: Int) {
    state.withLock { state in
      state.appends[id] = Append(id: id, writer: writer, number: number)
      state.order.append(id)
    }
  }

  func retry(_ id: UUID) { state.withLock { $0.appends[id]?.tries += 1 } }

  func end(_ id: UUID, _ end: End) {
    state.withLock { state in
      state.appends[id]?.end = end
      if end == .acknowledged { state.acknowledgedAt[id] = .now }
    }
  }

  /// - Parameter expected: the offset that this reader has to see next in the partition.
  func read(_ partition: Int32, _ offset: Int64, after expected: Int64, _ id: UUID) {
    state.withLock { state in
      state.reads += 1
      if offset != expected {
        state.problems.append(
          Problem(.misordered, "a reader went from \(expected) to \(offset) in \(partition)"))
      }
      if let before = state.read[partition]?[offset], before != id {
        state.problems.append(Problem(.changed, "\(partition)@\(offset) was \(before) and is \(id)"))
      }
      state.read[partition, default: [:]][offset] = id
    }
  }

  /// From its acknowledgement to now, the first time that somebody reads it.
  func lag(of id: UUID) -> Duration? {
    state.withLock { state in
      guard state.told.insert(id).inserted else { return nil }
      // A reader may be faster than the acknowledgement.
      return state.acknowledgedAt[id].map { .now - $0 } ?? .zero
    }
  }

  var counts: (begun: Int, acknowledged: Int, refused: Int, unknown: Int, read: Int) {
    state.withLock { state in
      func count(_ end: End) -> Int { state.appends.values.count { $0.end == end } }
      return (
        state.appends.count, count(.acknowledged), count(.refused), count(.unknown), state.reads
      )
    }
  }

  func problems(_ records: [Stored]) -> [Problem] {
    state.withLock { state in
      var problems = state.problems
      func note(_ kind: Problem.Kind, _ text: String) { problems.append(Problem(kind, text)) }
      var stored: Set<UUID> = []
      var next: [Int32: Int64] = [:]
      var last: [String: Int] = [:]
      for record in records {
        if !stored.insert(record.id).inserted { note(.doubled, "\(record.id) is in the log twice") }
        if record.offset != next[record.partition] ?? 0 { note(.lost, "a gap before \(record.offset)") }
        next[record.partition] = record.offset + 1
        if record.number <= last[record.writer] ?? 0 {
          note(.misordered, "\(record.number) of \(record.writer) stands after \(last[record.writer] ?? 0)")
        }
        last[record.writer] = record.number
        if state.appends[record.id]?.end == .refused {
          note(.changed, "\(record.id) was aborted and is there")
        }
        if let read = state.read[record.partition]?[record.offset] {
          if read != record.id { note(.changed, "\(record.offset) was read as \(read)") }
        } else {
          note(.lost, "\(record.partition)@\(record.offset) was read by nobody")
        }
      }
      for append in state.appends.values where append.end == .acknowledged && !stored.contains(append.id) {
        note(.lost, "\(append.number) of \(append.writer) was acknowledged and is lost")
      }
      let read = state.read.values.flatMap(\.values)
      for id in read where !stored.contains(id) { note(.lost, "\(id) was read and is not there") }
      return problems
    }
  }

  /// One append a line, in the order in which they began.
  func write(to path: String) throws {
    let lines = try state.withLock { state in
      try state.order.compactMap { state.appends[$0] }.map {
        String(decoding: try JSON.encode($0), as: UTF8.self)
      }
    }
    try lines.joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
  }
}
