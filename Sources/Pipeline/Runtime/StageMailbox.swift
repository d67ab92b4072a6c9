import Synchronization

/// Where a stage's loop learns what there is to do. One batch of records at a time: whoever reads waits until
/// the batch before was taken, so nothing piles up. Finished effects are bounded by how many may run.
final class StageMailbox<Outcome: Sendable>: Sendable {
  typealias Batch = StageWork<Outcome>.Batch

  struct Contents: Sendable {
    var batch: Batch?
    var finished: [Finished<Outcome>] = []
    /// Some head may be due.
    var isDue = false
    /// It is time to look at the leases.
    var isTimeToLook = false
    /// Nothing more is to be begun.
    var isClosing = false
    /// Why reading ended.
    var failure: (any Error)?

    var isEmpty: Bool {
      batch == nil && finished.isEmpty && !isDue && !isTimeToLook && !isClosing && failure == nil
    }
  }

  private struct State {
    var contents = Contents()
    var taker: CheckedContinuation<Void, Never>?
    var giver: CheckedContinuation<Void, Never>?

    /// Not by key path; see `StageLoop`.
    subscript(place: Place) -> CheckedContinuation<Void, Never>? {
      get { place == .taker ? taker : giver }
      set { if place == .taker { taker = newValue } else { giver = newValue } }
    }
  }

  private enum Place { case taker, giver }

  /// Ends when the mailbox is closed.
  let closed: AsyncStream<Never>
  private let closing: AsyncStream<Never>.Continuation
  private let state = Mutex(State())

  init() { (closed, closing) = AsyncStream.makeStream() }

  /// Waits for something and takes all of it.
  func take() async throws -> Contents {
    await wait(at: .taker) { $0.isEmpty }
    try Task.checkCancellation()
    let (contents, giver) = state.withLock { state in
      defer {
        state.contents = Contents()
        state.giver = nil
      }
      return (state.contents, state.giver)
    }
    giver?.resume()
    return contents
  }

  /// Puts a batch in once the one before was taken; does nothing when its task is cancelled.
  func put(_ batch: Batch) async {
    await wait(at: .giver) { $0.batch != nil }
    guard !Task.isCancelled else { return }
    update { $0.batch = batch }
  }

  func finish(_ finished: Finished<Outcome>) { update { $0.finished.append(finished) } }
  func signalDue() { update { $0.isDue = true } }
  func signalLook() { update { $0.isTimeToLook = true } }
  func fail(_ error: any Error) { update { $0.failure = error } }
  func dropBatch() { state.withLock { $0.contents.batch = nil } }

  func close() {
    update { $0.isClosing = true }
    closing.finish()
  }

  private func update(_ change: (inout Contents) -> Void) {
    let taker = state.withLock { state in
      change(&state.contents)
      defer { state.taker = nil }
      return state.taker
    }
    taker?.resume()
  }

  /// Waits at `place` while `mustWait`, until another call or the task's cancellation resumes it.
  private func wait(at place: Place, while mustWait: (Contents) -> Bool) async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let waits = state.withLock { state in
          // Whoever is cancelled later finds the continuation in its place.
          guard mustWait(state.contents), !Task.isCancelled else { return false }
          state[place] = continuation
          return true
        }
        if !waits { continuation.resume() }
      }
    } onCancel: {
      let waiting = state.withLock { state in
        defer { state[place] = nil }
        return state[place]
      }
      waiting?.resume()
    }
  }
}
