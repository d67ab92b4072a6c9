import Synchronization

/// Where a stage's loop learns what there is to do. One batch of records at a time: whoever reads waits until
/// the batch before was taken, so nothing piles up. Finished effects are bounded by how many may run.
final class StageMailbox<Outcome: Sendable>: Sendable {
  typealias Batch = StageWork<Outcome>.Batch

  enum Signal: Sendable { case due, leases(Leases) }

  struct Contents: Sendable {
    var batch: Batch?
    var finished: [Finished<Outcome>] = []
    var isDue = false
    var leases: Leases?
    var isClosed = false

    var isEmpty: Bool { batch == nil && finished.isEmpty && !isDue && leases == nil && !isClosed }
  }

  private struct State {
    var contents = Contents()
    var taker: CheckedContinuation<Void, Never>?
    var giver: CheckedContinuation<Void, Never>?
  }

  private let state = Mutex(State())

  /// Waits for something and takes all of it.
  func take() async throws -> Contents {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let ready = state.withLock { state in
          guard state.contents.isEmpty else { return true }
          state.taker = continuation
          return false
        }
        if ready { continuation.resume() }
      }
    } onCancel: {
      close()
    }
    try Task.checkCancellation()
    let (contents, giver) = state.withLock { state in
      let taken = state.contents
      state.contents = Contents(isClosed: taken.isClosed)
      defer { state.giver = nil }
      return (taken, state.giver)
    }
    giver?.resume()
    return contents
  }

  /// Puts a batch in once the one before was taken.
  func put(_ batch: Batch) async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let ready = state.withLock { state in
          guard state.contents.batch != nil, !state.contents.isClosed else { return true }
          state.giver = continuation
          return false
        }
        if ready { continuation.resume() }
      }
    } onCancel: {
      let giver = state.withLock { state in
        defer { state.giver = nil }
        return state.giver
      }
      giver?.resume()
    }
    guard !Task.isCancelled else { return }
    update { $0.batch = batch }
  }

  func finish(_ finished: Finished<Outcome>) { update { $0.finished.append(finished) } }
  func signalDue() { update { $0.isDue = true } }
  func leasesChanged(_ leases: Leases) { update { $0.leases = leases } }
  func dropBatch() { state.withLock { $0.contents.batch = nil } }

  func close() {
    update { $0.isClosed = true }
    let giver = state.withLock { state in
      defer { state.giver = nil }
      return state.giver
    }
    giver?.resume()
  }

  private func update(_ change: (inout Contents) -> Void) {
    let taker = state.withLock { state in
      change(&state.contents)
      defer { state.taker = nil }
      return state.taker
    }
    taker?.resume()
  }
}
