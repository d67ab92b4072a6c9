import Foundation
import JSON

/// Looks in a history for what a log must never do, in the manner of Jepsen's workload for Kafka. Pure.
///
/// Offsets of a partition follow each other without gaps, for every reader. What is found names the lines of the history
/// that say it, from 1 on.
struct HistoryChecker {
  /// Something that must not be.
  struct Problem: Sendable, CustomStringConvertible {
    enum Kind: String, Sendable, CaseIterable {
      /// What was acknowledged, or read, is not in the log in the end.
      case lost
      /// A reader was not given what lies between two records, or no reader ever was given a record.
      case skipped
      case doubled
      /// Of a key, what was appended later stands before what was appended earlier.
      case misordered
      /// A place of the log held one event, and then another.
      case changed
      /// A reader or a committed offset went back.
      case wentBack
      /// What is known not to have been appended was read.
      case madeUp
    }

    let kind: Kind
    let text: String
    let lines: [Int]

    var description: String {
      "\(kind), \(lines.count == 1 ? "line" : "lines") \(lines.map(String.init).joined(separator: ", ")): \(text)"
    }
  }

  struct Counts: Sendable, Equatable {
    var operations = 0
    /// Events of which an append was begun; of them those of which a try was acknowledged, of which every try was refused,
    /// and all others.
    var begun = 0
    var acknowledged = 0
    var refused = 0
    var unknown: Int { begun - acknowledged - refused }
    /// Records that readers were given, each as often as it was.
    var polled = 0
    /// Records of the log in the end.
    var held = 0
    var commits = 0
    var faults = 0
  }

  private struct Append {
    let key: String
    let number: Int
    var tries = 0
    var refusals = 0
    var acknowledged: Int?
    var refused: Int?
    /// Where it was said to stand.
    var told: Seen?
    /// Where it was first read.
    var seen: Seen?
    var isDoubled = false
  }

  /// An offset, and the line that says it.
  private struct Seen {
    let partition: Int32
    let offset: Int64
    let line: Int

    init(_ partition: Int32, _ offset: Int64, _ line: Int) {
      (self.partition, self.offset, self.line) = (partition, offset, line)
    }
  }

  /// What was read at a place.
  private struct Place {
    var value: Int
    var line: Int
    /// Some reader was given it.
    var isPolled = false
    /// It is there in the end.
    var isHeld = false
  }

  private(set) var problems: [Problem] = []
  private(set) var counts = Counts()
  private var appends: [Int: Append] = [:]
  /// Whether anybody read, and whether it is said what there is in the end.
  private var isRead = false
  private(set) var isHeld = false
  /// By partition and offset.
  private var places: [Int32: [Int64: Place]] = [:]
  /// The offset that each reader has to be given next, and what each that commits has committed.
  private var next: [String: [Int32: Seen]] = [:]
  private var committed: [String: [Int32: Seen]] = [:]

  /// Takes the next operation; throws what is missing from one that is not whole.
  mutating func take(_ operation: Operation) throws(BenchError) {
    counts.operations += 1
    let line = counts.operations
    switch (operation.f, operation.type) {
    case (.append, _): try append(operation, line)
    case (.assign, .ok):
      next[operation.process] = Dictionary(
        try runs(of: operation).map { ($0.partition, Seen($0.partition, $0.offset, line)) }
      ) { $1 }
    case (.poll, .ok), (.read, .ok):
      isRead = true
      isHeld = isHeld || operation.f == .read
      for run in try runs(of: operation) { read(run, operation.f, by: operation.process, line) }
    case (.commit, .ok):
      counts.commits += 1
      for run in try runs(of: operation) { commit(run, by: operation.process, line) }
    case (.fault, .invoke): counts.faults += 1
    default: break
    }
  }

  private func runs(of operation: Operation) throws(BenchError) -> [Operation.Run] {
    guard let runs = operation.runs else { throw BenchError("\(operation.f) without offsets") }
    for run in runs where !(0..<Self.offsets).contains(run.offset) {
      throw BenchError("offset \(run.offset) is outside of 0 to \(Self.offsets - 1)")
    }
    return runs
  }

  /// More than any log has.
  private static let offsets: Int64 = 1 << 60

  // MARK: Appends

  private mutating func append(_ operation: Operation, _ line: Int) throws(BenchError) {
    guard let value = operation.value, let key = operation.key, let number = operation.number else {
      throw BenchError("an append without its value, key and number")
    }
    if appends[value] == nil {
      guard operation.type == .invoke else { throw BenchError("an append of \(value) ends that never began") }
      counts.begun += 1
      appends[value] = Append(key: key, number: number)
    }
    switch operation.type {
    case .invoke: appends[value]?.tries += 1
    case .ok:
      if appends[value]?.acknowledged == nil { counts.acknowledged += 1 }
      appends[value]?.acknowledged = line
      if let run = operation.runs?.first {
        appends[value]?.told = Seen(run.partition, run.offset, line)
      }
    case .fail:
      appends[value]?.refusals += 1
      appends[value]?.refused = line
    case .info: break
    }
  }

  // MARK: Reading

  private mutating func read(_ run: Operation.Run, _ work: Operation.Work, by process: String, _ line: Int) {
    let (partition, values) = (run.partition, run.values ?? [])
    if let expected = next[process]?[partition] ?? (work == .read ? Seen(partition, 0, line) : nil) {
      if run.offset > expected.offset {
        note(
          work == .read ? .lost : .skipped,
          "\(process) was given \(partition)@\(run.offset) where \(partition)@\(expected.offset) comes next",
          [expected.line, line])
      } else if run.offset < expected.offset {
        note(
          .wentBack,
          "\(process) was given \(partition)@\(run.offset) again, where \(partition)@\(expected.offset) comes next",
          [expected.line, line])
      }
    }
    next[process, default: [:]][partition] = Seen(partition, run.offset + Int64(values.count), line)
    for (offset, value) in zip(run.offset..., values) {
      see(value, Seen(partition, offset, line))
      if work == .read {
        counts.held += 1
        places[partition]?[offset]?.isHeld = true
      } else {
        counts.polled += 1
        places[partition]?[offset]?.isPolled = true
      }
    }
  }

  private mutating func see(_ value: Int, _ seen: Seen) {
    if let before = places[seen.partition]?[seen.offset] {
      guard before.value != value else { return }
      note(
        .changed, "\(seen.partition)@\(seen.offset) was \(named(before.value)) and is \(named(value))",
        [before.line, seen.line])
    }
    places[seen.partition, default: [:]][seen.offset, default: Place(value: value, line: seen.line)].value =
      value
    places[seen.partition]?[seen.offset]?.line = seen.line
    guard let known = appends[value] else {
      note(.madeUp, "\(seen.partition)@\(seen.offset) is an event that nobody appended", [seen.line])
      return
    }
    guard let first = known.seen else {
      appends[value]?.seen = seen
      return
    }
    if first.partition != seen.partition || first.offset != seen.offset, !known.isDoubled {
      appends[value]?.isDoubled = true
      note(
        .doubled,
        "\(named(value)) stands at \(first.partition)@\(first.offset) and \(seen.partition)@\(seen.offset)",
        [first.line, seen.line])
    }
  }

  private mutating func commit(_ run: Operation.Run, by process: String, _ line: Int) {
    if let before = committed[process]?[run.partition], run.offset < before.offset {
      note(
        .wentBack, "\(process) stood at \(run.partition)@\(before.offset) and then at \(run.offset)",
        [before.line, line])
    }
    committed[process, default: [:]][run.partition] = Seen(run.partition, run.offset, line)
  }

  private mutating func note(_ kind: Problem.Kind, _ text: String, _ lines: [Int]) {
    problems.append(Problem(kind: kind, text: text, lines: Set(lines).sorted()))
  }

  private func named(_ value: Int) -> String {
    appends[value].map { "\($0.number) of \($0.key)" } ?? "event \(value)"
  }

  // MARK: The end

  /// What can be said only of a whole history.
  mutating func finish() {
    for (value, append) in appends.sorted(by: { $0.key < $1.key }) {
      let isRefused = append.refusals == append.tries
      if isRefused { counts.refused += 1 }
      if let line = append.acknowledged, append.seen == nil, isRead {
        note(.lost, "\(named(value)) was acknowledged and never read", [line])
      }
      if isRefused, let refused = append.refused, let seen = append.seen {
        note(.madeUp, "\(named(value)) was refused and is there", [refused, seen.line])
      }
      if let told = append.told, let there = places[told.partition]?[told.offset], there.value != value {
        note(
          .changed,
          "\(named(value)) was put at \(told.partition)@\(told.offset), where \(named(there.value)) is",
          [told.line, there.line])
      }
    }
    checkOrder()
    if isHeld { checkHeld() }
  }

  private mutating func checkOrder() {
    for (key, appends) in Dictionary(grouping: appends.values, by: \.key).sorted(by: { $0.key < $1.key }) {
      let seen = appends.compactMap { append in append.seen.map { (number: append.number, seen: $0) } }
        .sorted { ($0.seen.partition, $0.seen.offset) < ($1.seen.partition, $1.seen.offset) }
      for (one, next) in zip(seen, seen.dropFirst()) {
        if one.seen.partition != next.seen.partition {
          note(
            .misordered, "\(key) is in partition \(one.seen.partition) and in \(next.seen.partition)",
            [one.seen.line, next.seen.line])
        } else if one.number >= next.number {
          note(
            .misordered, "\(next.number) of \(key) stands behind \(one.number)",
            [one.seen.line, next.seen.line])
        }
      }
    }
  }

  /// What readers were given is what there is, no more and no less.
  private mutating func checkHeld() {
    for (partition, places) in places.sorted(by: { $0.key < $1.key }) {
      for (offset, place) in places.sorted(by: { $0.key < $1.key }) where place.isPolled != place.isHeld {
        let what = "\(named(place.value)) at \(partition)@\(offset)"
        if place.isHeld {
          note(.skipped, "\(what) was given to no reader", [place.line])
        } else {
          note(.lost, "\(what) was read and is not there", [place.line])
        }
      }
    }
  }
}

extension HistoryChecker {
  /// What a file of operations comes to; throws at the first line that is none.
  static func check(_ file: URL) throws -> HistoryChecker {
    let bytes: Data
    do { bytes = try Data(contentsOf: file, options: .mappedIfSafe) } catch {
      throw BenchError("\(file.path) cannot be read: \(error.localizedDescription)")
    }
    var checker = HistoryChecker()
    for (index, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .enumerated()
    {
      if line.isEmpty, line.endIndex == bytes.endIndex { break }
      do { try checker.take(JSON.decode(Operation.self, from: Array(line))) } catch {
        throw BenchError("\(file.path), line \(index + 1): \(error)")
      }
    }
    checker.finish()
    return checker
  }
}
