import Synchronization

/// Holds the part of a body that its reader has not taken yet, at most `capacity` bytes and one piece.
final class StreamedResponse: ResponseReceiver {
  typealias Chunk = Result<[UInt8]?, HTTPClientError>
  typealias Head = Result<HTTPResponseHead, HTTPClientError>

  private struct State {
    var head: Head?
    var buffer: [UInt8] = []
    /// The transfer waits for the buffer to be taken.
    var isPaused = false
    /// The last answer of `next`: nil as value for the end of the body.
    var end: Chunk?
    var headWaiter: CheckedContinuation<Head, Never>?
    var waiter: CheckedContinuation<Chunk, Never>?
  }

  private let capacity: Int
  private let resume: @Sendable () -> Void
  private let state = Mutex(State())

  init(capacity: Int, resume: @escaping @Sendable () -> Void) {
    self.capacity = capacity
    self.resume = resume
  }

  /// Waits for the head, or for the transfer to fail before it; called once.
  func head() async -> Head {
    await withCheckedContinuation { continuation in
      let head = state.withLock { state in
        if state.head == nil { state.headWaiter = continuation }
        return state.head
      }
      if let head { continuation.resume(returning: head) }
    }
  }

  /// Takes all that is buffered, or waits for more.
  func next() async -> Chunk {
    await withCheckedContinuation { continuation in
      let (chunk, wasPaused) = state.withLock { state -> (Chunk?, Bool) in
        if state.buffer.isEmpty {
          if state.end == nil {
            precondition(state.waiter == nil, "a body has one reader")
            state.waiter = continuation
          }
          return (state.end, false)
        }
        defer {
          state.buffer = []
          state.isPaused = false
        }
        return (.success(state.buffer), state.isPaused)
      }
      if wasPaused { resume() }
      if let chunk { continuation.resume(returning: chunk) }
    }
  }

  func receive(head: HTTPResponseHead) {
    let waiter = state.withLock { state in
      state.head = .success(head)
      defer { state.headWaiter = nil }
      return state.headWaiter
    }
    waiter?.resume(returning: .success(head))
  }

  func receive(chunk: UnsafeRawBufferPointer) -> Bool {
    guard !chunk.isEmpty else { return true }
    let (accepted, waiter) = state.withLock { state in
      if let waiter = state.waiter {
        state.waiter = nil
        return (true, CheckedContinuation<Chunk, Never>?.some(waiter))
      }
      guard state.buffer.isEmpty || state.buffer.count + chunk.count <= capacity else {
        state.isPaused = true
        return (false, nil)
      }
      state.buffer.append(contentsOf: chunk)
      return (true, nil)
    }
    waiter?.resume(returning: .success(Array(chunk)))
    return accepted
  }

  func finish(_ error: HTTPClientError?) {
    let end = error.map(Chunk.failure) ?? .success(nil)
    let (headWaiter, waiter) = state.withLock { state in
      state.end = end
      if state.head == nil { state.head = .failure(error ?? .withoutHead) }
      defer {
        state.headWaiter = nil
        state.waiter = nil
      }
      return (state.headWaiter, state.waiter)
    }
    headWaiter?.resume(returning: .failure(error ?? .withoutHead))
    waiter?.resume(returning: end)
  }
}
