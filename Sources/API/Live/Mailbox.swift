import Contracts
import EventLog
import Synchronization

/// What waits to be written to one browser. Bounded: when it is full the stream is cut, and the browser comes
/// back for what it missed; hints that may be lost are dropped long before.
final class Mailbox: Sendable {
  static let maximumWaiting = 512
  /// Beyond this many waiting items, a hint is dropped.
  static let maximumBeforeHints = 128

  private struct State {
    var items: [LiveItem] = []
    var isClosed = false
  }

  private let state = Mutex(State())
  private let changed = WakeUp()

  func offer(_ item: LiveItem) {
    state.withLock { state in
      guard !state.isClosed else { return }
      if item.isHint, state.items.count >= Self.maximumBeforeHints { return }
      guard state.items.count < Self.maximumWaiting else {
        state.items = []
        state.isClosed = true
        return
      }
      state.items.append(item)
    }
    changed.wake()
  }

  func close() {
    state.withLock { $0.isClosed = true }
    changed.wake()
  }

  /// Closes it, and drops what waits.
  func cut() {
    state.withLock { state in
      state.items = []
      state.isClosed = true
    }
    changed.wake()
  }

  /// Whether nothing more can be offered.
  var isCut: Bool { state.withLock { $0.isClosed } }

  /// Waits for items; nil once the mailbox is closed and empty, or the task is cancelled. One task at a time.
  func next() async -> [LiveItem]? {
    while !Task.isCancelled {
      let (items, isClosed) = state.withLock { state in
        defer { state.items = [] }
        return (state.items, state.isClosed)
      }
      if !items.isEmpty { return items }
      if isClosed { return nil }
      await changed.wait()
    }
    return nil
  }
}

/// What may be told to a browser.
enum LiveItem: Sendable, Equatable {
  case message(ChatMessage, Offset)
  case status(ChatStatus, Offset)
  /// What has become of a message by now, told to who comes back; it has no place of its own in the log.
  case standing(ChatStatus)
  case delta(ChatDelta)
  case typing(ChatTyping)
  case file(ChatFileEnd, Offset)
  case heartbeat

  var isHint: Bool {
    switch self {
    case .delta, .typing, .heartbeat: true
    case .message, .status, .standing, .file: false
    }
  }
}
