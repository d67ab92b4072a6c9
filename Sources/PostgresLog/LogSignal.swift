import Contracts
import EventLog
import Synchronization

/// Wakes waiting readers of a topic. Each topic has a count of wake-ups; a reader notes the count before it
/// looks and waits for a higher one, so that no wake-up falls between looking and waiting.
///
/// One task sleeps for all that wait for some time at most: readers wait hundreds of times a second, and mostly not for
/// long.
package final class LogSignal: Sendable {
  private struct Waiter {
    let id: UInt64
    let topics: Set<Topic>
    let deadline: ContinuousClock.Instant
    let continuation: CheckedContinuation<Void, Never>
  }

  private struct State {
    var counts: [Topic: UInt64] = [:]
    var waiters: [Waiter] = []
    var nextID: UInt64 = 0
    var cancelled: Set<UInt64> = []
    /// Whether a task sleeps until the first deadline.
    var isTimed = false
  }

  private let state = Mutex(State())

  package init() {}

  package func counts(_ topics: Set<Topic>) -> [Topic: UInt64] {
    state.withLock { state in state.counts.filter { topics.contains($0.key) } }
  }

  package func wake(_ topic: Topic) { wake([topic]) }
  package func wakeAll() { wake(Set(Topic.allCases)) }

  private func wake(_ topics: Set<Topic>) {
    let woken = state.withLock { state in
      for topic in topics { state.counts[topic, default: 0] += 1 }
      let split = state.waiters.partition { !$0.topics.isDisjoint(with: topics) }
      let woken = state.waiters[split...].map(\.continuation)
      state.waiters.removeSubrange(split...)
      return woken
    }
    for continuation in woken { continuation.resume() }
  }

  /// Returns once one of `topics` was woken after `seen` was noted, when `longest` is over, or when the task is
  /// cancelled.
  package func wait(
    for topics: Set<Topic>, after seen: [Topic: UInt64], atMost longest: Duration
  ) async {
    let deadline = Surroundings.now + longest
    let id = state.withLock { state in
      state.nextID += 1
      return state.nextID
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let (isReady, isFirst) = state.withLock { state in
          if state.cancelled.remove(id) != nil { return (true, false) }
          if topics.contains(where: { state.counts[$0] ?? 0 > seen[$0] ?? 0 }) { return (true, false) }
          state.waiters.append(
            Waiter(id: id, topics: topics, deadline: deadline, continuation: continuation))
          defer { state.isTimed = true }
          return (false, !state.isTimed)
        }
        if isReady { continuation.resume() }
        // Ends by itself when nobody waits any more.
        if isFirst { Task(executorPreference: Surroundings.executor) { await self.time() } }
      }
    } onCancel: {
      let woken = state.withLock { state in
        guard let index = state.waiters.firstIndex(where: { $0.id == id }) else {
          state.cancelled.insert(id)
          return nil as CheckedContinuation<Void, Never>?
        }
        return state.waiters.remove(at: index).continuation
      }
      woken?.resume()
    }
    _ = state.withLock { $0.cancelled.remove(id) }
  }

  /// Wakes those whose time is over, for as long as somebody waits.
  private func time() async {
    while true {
      let now = Surroundings.now
      let (woken, next) = state.withLock { state in
        let split = state.waiters.partition { $0.deadline <= now }
        let woken = state.waiters[split...].map(\.continuation)
        state.waiters.removeSubrange(split...)
        let next = state.waiters.map(\.deadline).min()
        state.isTimed = next != nil
        return (woken, next)
      }
      for continuation in woken { continuation.resume() }
      guard let next else { return }
      try? await Surroundings.sleep(until: next)
    }
  }
}
