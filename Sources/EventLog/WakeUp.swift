import Synchronization

/// A flag that one task at a time waits for. Waking sets it; waiting returns once it is set, and clears it, so
/// a wake-up between looking and waiting is not lost. Several wake-ups before a wait count as one.
package final class WakeUp: Sendable {
  private enum State {
    case idle
    case set
    case waiting(CheckedContinuation<Void, Never>)
  }

  private let state = Mutex(State.idle)

  package init() {}

  package func wake() {
    let waiting: CheckedContinuation<Void, Never>? = state.withLock { state in
      if case .waiting(let continuation) = state {
        state = .idle
        return continuation
      }
      state = .set
      return nil
    }
    waiting?.resume()
  }

  /// Returns after a wake-up, or when the task is cancelled; it may also return for an older wake-up, so look
  /// before waiting again.
  package func wait() async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let ready = state.withLock { state in
          switch state {
          case .set:
            state = .idle
            return true
          case .idle:
            state = .waiting(continuation)
            return false
          case .waiting: preconditionFailure("two tasks wait for one wake-up")
          }
        }
        if ready { continuation.resume() }
      }
    } onCancel: {
      wake()
    }
  }
}
