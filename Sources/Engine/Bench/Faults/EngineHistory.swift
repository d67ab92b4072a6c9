import Foundation
import Synchronization

/// What customers were answered, and what was done to the engines meanwhile, in order.
final class EngineHistory: Sendable {
  private struct State {
    var odd: [String] = []
    var refused = 0
    /// From the end of a fault to the first message that was taken after it.
    var recoveries: [String: Double] = [:]
    var over: [(fault: String, at: ContinuousClock.Instant)] = []
    var refusedIn: [String: Int] = [:]
    var fault: String?
  }

  let history: History
  private let state = Mutex(State())

  init(_ history: History) { self.history = history }

  /// A customer posts a message.
  func posts(_ message: BenchKillPlan.Message) { note(message, .invoke) }

  /// It was answered, or was not. Whatever is not taken may still have been stored.
  func answered(_ message: BenchKillPlan.Message, _ status: Int?) {
    note(
      message, status == 200 ? .ok : .info,
      because: status == 200 ? nil : BenchError(status.map { "answered with \($0)" } ?? "no answer"))
    let now = ContinuousClock.now
    state.withLock { state in
      switch status {
      case 200:
        for (fault, since) in state.over {
          state.recoveries[fault] = max(state.recoveries[fault] ?? 0, (now - since) / .seconds(1))
        }
        state.over = []
      case 503:
        state.refused += 1
        if let fault = state.fault { state.refusedIn[fault, default: 0] += 1 }
      case nil: break
      case .some(let other): state.odd.append("\(message.id) was answered with \(other)")
      }
    }
  }

  private func note(
    _ message: BenchKillPlan.Message, _ type: Operation.Kind, because error: BenchError? = nil
  ) {
    history.append(
      "customer \(message.contact)", type,
      EngineReading.Line(contact: message.contact, number: message.number).message, message.contact,
      message.number, because: error)
  }

  func begin(_ fault: String) {
    history.fault(fault, isOver: false)
    state.withLock { $0.fault = fault }
  }

  func end(_ fault: String) {
    history.fault(fault, isOver: true)
    state.withLock { state in
      state.fault = nil
      state.over.append((fault, .now))
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
}
