import EventLog
import Foundation

/// Threads for librdkafka's calls that block, taking work in order. At most `bound` calls wait; beyond that
/// they are refused as `.overloaded`.
final class BlockingThreads: Sendable {
  private let queue: BlockingQueue

  init(count: Int, bound: Int = 1_000, name: String) {
    queue = BlockingQueue(bound: bound)
    for number in 1...count {
      let thread = Thread { [queue] in
        while let work = queue.take() { work() }
      }
      thread.name = "\(name)-\(number)"
      thread.start()
    }
  }

  deinit { queue.close() }

  func run<R: Sendable>(
    _ body: @escaping @Sendable () throws(EventLogError) -> R
  ) async throws(EventLogError) -> R {
    let result: Result<R, EventLogError> = await withCheckedContinuation { continuation in
      let refusal = add {
        do throws(EventLogError) {
          continuation.resume(returning: .success(try body()))
        } catch {
          continuation.resume(returning: .failure(error))
        }
      }
      if let refusal { continuation.resume(returning: .failure(refusal)) }
    }
    return try result.get()
  }

  /// Queues `work` without waiting for it; says why when it cannot be taken.
  func add(_ work: @escaping @Sendable () -> Void) -> EventLogError? { queue.add(work) }

  /// Finishes what waits, takes no more, and lets the threads end.
  func close() { queue.close() }
}

private final class BlockingQueue: Sendable {
  private struct State {
    var waiting: [@Sendable () -> Void] = []
    var isClosed = false
  }

  private let bound: Int
  private let condition = NSCondition()
  nonisolated(unsafe) private var state = State()  // only touched while `condition` is locked

  init(bound: Int) { self.bound = bound }

  func add(_ work: @escaping @Sendable () -> Void) -> EventLogError? {
    condition.lock()
    defer { condition.unlock() }
    if state.isClosed { return EventLogError(.closed, "the log was closed") }
    if state.waiting.count >= bound {
      return EventLogError(.overloaded, "\(bound) calls wait for kafka")
    }
    state.waiting.append(work)
    condition.signal()
    return nil
  }

  /// Blocks until there is work; nil once closed and empty.
  func take() -> (@Sendable () -> Void)? {
    condition.lock()
    defer { condition.unlock() }
    while state.waiting.isEmpty {
      if state.isClosed { return nil }
      condition.wait()
    }
    return state.waiting.removeFirst()
  }

  func close() {
    condition.lock()
    state.isClosed = true
    condition.broadcast()
    condition.unlock()
  }
}
