import Foundation

/// A count that threads and tasks wait for, so that no test sleeps.
package final class Signal: @unchecked Sendable {
  // `count` is only touched with `condition` locked; `continuation` is Sendable.
  private let condition = NSCondition()
  private var count = 0
  private let stream: AsyncStream<Int>
  private let continuation: AsyncStream<Int>.Continuation

  package init() {
    (stream, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  package func send() {
    condition.withLock {
      count += 1
      continuation.yield(count)
      condition.broadcast()
    }
  }

  /// Blocks the calling thread; not for tasks. Returns false after 30 seconds.
  @discardableResult
  package func block(until wanted: Int = 1) -> Bool {
    let deadline = Date(timeIntervalSinceNow: 30)
    return condition.withLock {
      while count < wanted {
        guard condition.wait(until: deadline) else { return false }
      }
      return true
    }
  }

  /// For one task at a time.
  package func wait(until wanted: Int = 1) async {
    if value >= wanted { return }
    for await count in stream where count >= wanted { return }
  }

  package var value: Int { condition.withLock { count } }
}
