import Synchronization

/// What callers ask of the loop's thread, and the wake-up that makes it look.
///
/// Bounded: at most `capacity` requests are submitted and unfinished, and each has one `cancel` and one `resume`
/// under way at most.
final class Inbox: Sendable {
  enum Command: Sendable {
    case start(PreparedRequest)
    case cancel(PreparedRequest.ID)
    /// The reader of a paused stream has made room.
    case resume(PreparedRequest.ID)
  }

  private struct State {
    var commands: [Command] = []
    var unfinished = 0
    var isStopped = false
    /// Nil once the thread has given it up.
    var bell: Bell?

    /// One wake-up serves every command that is taken together.
    mutating func post(_ command: Command) {
      if commands.isEmpty { bell?.ring() }
      commands.append(command)
    }
  }

  private let capacity: Int
  private let state: Mutex<State>

  init(bell: Bell, capacity: Int) {
    self.capacity = capacity
    self.state = Mutex(State(bell: bell))
  }

  func submit(_ request: PreparedRequest) throws(HTTPClientError) {
    let refusal: HTTPClientError? = state.withLock { state in
      if state.isStopped { return .shutDown(wasNotSent: true) }
      if state.unfinished >= capacity {
        return HTTPClientError(
          code: .overloaded, message: "\(capacity) requests are running or waiting", requestWasNotSent: true)
      }
      state.unfinished += 1
      state.post(.start(request))
      return nil
    }
    if let refusal { throw refusal }
  }

  func post(_ command: Command) {
    state.withLock { state in
      if !state.isStopped { state.post(command) }
    }
  }

  func stop() {
    state.withLock { state in
      guard !state.isStopped else { return }
      state.isStopped = true
      state.bell?.ring()
    }
  }

  /// Takes all commands; for the loop's thread.
  func take() -> (commands: [Command], isStopped: Bool) {
    state.withLock { state in
      defer { state.commands = [] }
      return (state.commands, state.isStopped)
    }
  }

  /// Notes that a submitted request is over; for the loop's thread.
  func finished() {
    state.withLock { $0.unfinished -= 1 }
  }

  /// Forgets the bell, so that nobody rings what is about to be freed; for the loop's thread.
  func close() {
    state.withLock { $0.bell = nil }
  }
}

extension HTTPClientError {
  static func shutDown(wasNotSent: Bool) -> Self {
    Self(code: .shutDown, message: "the client is shut down", requestWasNotSent: wasNotSent)
  }
}
