import Contracts
import Synchronization

/// Lets tasks wait for what a webhook leads to, whichever comes first.
final class Arrivals: Sendable {
  private enum Entry {
    case waiting(CheckedContinuation<Void, Never>)
    case arrived
  }

  private let entries = Mutex<[EventID: Entry]>([:])

  func wait(for webhook: EventID) async {
    await withCheckedContinuation { continuation in
      let isHere = entries.withLock { entries in
        if case .arrived = entries.removeValue(forKey: webhook) { return true }
        entries[webhook] = .waiting(continuation)
        return false
      }
      if isHere { continuation.resume() }
    }
  }

  func arrived(_ webhook: EventID) {
    let waiting: CheckedContinuation<Void, Never>? = entries.withLock { entries in
      if case .waiting(let continuation) = entries.removeValue(forKey: webhook) { return continuation }
      entries[webhook] = .arrived
      return nil
    }
    waiting?.resume()
  }
}
