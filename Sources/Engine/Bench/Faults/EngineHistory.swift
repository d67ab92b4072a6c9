import Foundation
import JSON
import Synchronization

/// What customers were answered, and what was done to the engines meanwhile, in order.
final class EngineHistory: Sendable {
  private struct Entry: Encodable {
    /// Seconds since the run began.
    let at: Double
    var message: String?
    /// Of the answer; none where no answer came.
    var status: Int?
    var fault: String?
    var isOver: Bool?
  }

  private struct State {
    var entries: [Entry] = []
    var odd: [String] = []
    var refused = 0
    /// From the end of a fault to the first message that was taken after it.
    var recoveries: [String: Double] = [:]
    var over: [(fault: String, at: Double)] = []
    var refusedIn: [String: Int] = [:]
    var fault: String?
  }

  private let begun = ContinuousClock.now
  private let state = Mutex(State())

  private var now: Double { (ContinuousClock.now - begun) / .seconds(1) }

  /// A customer's message was answered, or was not.
  func answered(_ message: String, _ status: Int?) {
    let at = now
    state.withLock { state in
      state.entries.append(Entry(at: at, message: message, status: status))
      switch status {
      case 200:
        for (fault, since) in state.over {
          state.recoveries[fault] = max(state.recoveries[fault] ?? 0, at - since)
        }
        state.over = []
      case 503:
        state.refused += 1
        if let fault = state.fault { state.refusedIn[fault, default: 0] += 1 }
      case nil: break
      case .some(let other): state.odd.append("\(message) was answered with \(other)")
      }
    }
  }

  func begin(_ fault: String) {
    let at = now
    state.withLock { state in
      state.entries.append(Entry(at: at, fault: fault, isOver: false))
      state.fault = fault
    }
  }

  func end(_ fault: String) {
    let at = now
    state.withLock { state in
      state.entries.append(Entry(at: at, fault: fault, isOver: true))
      state.fault = nil
      state.over.append((fault, at))
    }
  }

  /// How many answers of 503 there were while this went on.
  func refusals(in fault: String) -> Int { state.withLock { $0.refusedIn[fault] ?? 0 } }

  var refused: Int { state.withLock { $0.refused } }

  /// Whether a message was taken since the last fault was over.
  var hasRecovered: Bool { state.withLock { $0.over.isEmpty } }

  /// The longest of each kind, in seconds.
  var recoveries: [String: Double] { state.withLock { $0.recoveries } }

  /// Answers that no provider understands as "again, later".
  var problems: [String] { state.withLock { $0.odd } }

  /// One entry a line.
  func write(to path: String) throws {
    let lines = try state.withLock { state in
      try state.entries.map { String(decoding: try JSON.encode($0), as: UTF8.self) }
    }
    try lines.joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
  }
}
