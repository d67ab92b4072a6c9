import Foundation
import JSON
import Synchronization

/// What every process did, noted as it happens, held against itself at once, and written to a file where that is wanted.
final class History: Sendable {
  /// A record as the tables have it in the end.
  struct Stored: Sendable {
    let partition: Int32
    let offset: Int64
    let id: UUID
    let writer: String
    let number: Int
  }

  private struct Append {
    let value: Int
    let key: String
    let number: Int
    var acknowledged: ContinuousClock.Instant?
    /// Somebody was given it.
    var isTold = false
  }

  private struct State {
    var checker = HistoryChecker()
    var appends: [UUID: Append] = [:]
    /// The numbers of others, all below 0.
    var others: [UUID: Int] = [:]
    /// How many were acknowledged and not told anybody.
    var untold = 0
    var file: FileHandle?
    var lines: [UInt8] = []
    /// The first that went wrong with the file, or with an operation.
    var failure: (any Error)?

    mutating func value(of id: UUID) -> Int { appends[id]?.value ?? other(id) }

    /// The number of an event that nobody appended as it is, so that the checker finds it.
    mutating func other(_ id: UUID) -> Int {
      let value = others[id] ?? -1 - others.count
      others[id] = value
      return value
    }
  }

  /// Written at once, in bytes.
  private static let portion = 1 << 20

  private let begun = ContinuousClock.now
  private let state: Mutex<State>

  /// - Parameter path: of the file, which is made anew; without one nothing is written.
  init(to path: String?) throws {
    var state = State()
    if let path {
      guard FileManager.default.createFile(atPath: path, contents: nil),
        let file = FileHandle(forWritingAtPath: path)
      else { throw BenchError("\(path) cannot be written") }
      state.file = file
    }
    self.state = Mutex(state)
  }

  // MARK: What happens

  /// - Parameters:
  ///   - number: which of the appends to `key` it is.
  ///   - place: where the event was said to stand.
  func append(
    _ process: String, _ type: Operation.Kind, _ id: UUID, _ key: String, _ number: Int,
    at place: (partition: Int32, offset: Int64)? = nil, because error: (any Error)? = nil
  ) {
    state.withLock { state in
      let append = state.appends[id] ?? Append(value: state.appends.count, key: key, number: number)
      state.appends[id] = append
      if type == .ok, append.acknowledged == nil {
        state.appends[id]?.acknowledged = .now
        if !append.isTold { state.untold += 1 }
      }
      note(
        Operation(
          process: process, type: type, f: .append, value: append.value, key: key, number: number,
          runs: place.map { [Operation.Run(partition: $0.partition, offset: $0.offset)] },
          error: error.map { "\($0)" }), &state)
    }
  }

  /// A reader begins at these offsets.
  func assign(_ process: String, _ offsets: some Sequence<(partition: Int32, offset: Int64)>) {
    note(.assign, process, offsets)
  }

  func poll(_ process: String) { note(Operation(process: process, type: .invoke, f: .poll)) }

  func pollFailed(_ process: String, _ error: any Error) {
    note(Operation(process: process, type: .fail, f: .poll, error: "\(error)"))
  }

  /// What a reader was given, in its order.
  ///
  /// - Returns: of each event that nobody was given before, how long ago it was acknowledged; zero where a reader was
  ///   faster than that.
  @discardableResult
  func polled(
    _ process: String, _ records: [(partition: Int32, offset: Int64, id: UUID)]
  ) -> [Duration] {
    state.withLock { state in
      let runs = [Operation.Run](
        records.map { (partition: $0.partition, offset: $0.offset, value: state.value(of: $0.id)) })
      note(Operation(process: process, type: .ok, f: .poll, runs: runs), &state)
      return records.compactMap { record in
        guard let append = state.appends[record.id], !append.isTold else { return nil }
        state.appends[record.id]?.isTold = true
        guard let acknowledged = append.acknowledged else { return .zero }
        state.untold -= 1
        return .now - acknowledged
      }
    }
  }

  /// What the log holds in the end, in the order of its partitions. What is not as it was appended counts as made up.
  func read(_ records: [Stored]) {
    // If there is nothing, that is said.
    for start in stride(from: 0, to: max(records.count, 1), by: 1_000) {
      let page = records[start..<min(start + 1_000, records.count)]
      state.withLock { state in
        let runs = [Operation.Run](
          page.map { record in
            let known = state.appends[record.id]
            let isTrue = known?.key == record.writer && known?.number == record.number
            return (
              partition: record.partition, offset: record.offset,
              value: isTrue ? state.value(of: record.id) : state.other(record.id)
            )
          })
        note(Operation(process: "log", type: .ok, f: .read, runs: runs), &state)
      }
    }
  }

  /// How far `process` has come.
  func commit(_ process: String, _ offsets: some Sequence<(partition: Int32, offset: Int64)>) {
    note(.commit, process, offsets)
  }

  func fault(_ name: String, isOver: Bool) {
    note(Operation(process: "faults", type: isOver ? .ok : .invoke, f: .fault, fault: name))
  }

  private func note(
    _ work: Operation.Work, _ process: String, _ offsets: some Sequence<(partition: Int32, offset: Int64)>
  ) {
    note(
      Operation(
        process: process, type: .ok, f: work,
        runs: offsets.map { Operation.Run(partition: $0.partition, offset: $0.offset) }))
  }

  private func note(_ operation: Operation) { state.withLock { note(operation, &$0) } }

  private func note(_ operation: Operation, _ state: inout State) {
    var operation = operation
    let (seconds, attoseconds) = (ContinuousClock.now - begun).components
    operation.time = seconds * 1_000_000 + attoseconds / 1_000_000_000_000
    do {
      try state.checker.take(operation)
      guard let file = state.file else { return }
      state.lines += try JSON.encode(operation) + [UInt8(ascii: "\n")]
      guard state.lines.count >= Self.portion else { return }
      try file.write(contentsOf: state.lines)
      state.lines = []
    } catch { state.failure = state.failure ?? error }
  }

  // MARK: The end

  /// Until readers were given all that was acknowledged, but no longer than `limit`.
  func waitUntilAllIsRead(for limit: Duration) async throws {
    let end = ContinuousClock.now + limit
    while state.withLock({ $0.untold > 0 }), ContinuousClock.now < end {
      try await Task.sleep(for: .milliseconds(50))
    }
  }

  /// What came of it; whatever else is noted counts no more.
  func end() throws -> HistoryChecker {
    try state.withLock { state in
      if let failure = state.failure { throw failure }
      try state.file?.write(contentsOf: state.lines)
      try state.file?.close()
      state.file = nil
      state.lines = []
      state.checker.finish()
      return state.checker
    }
  }
}
