import EventLog
import Synchronization

/// What became of one message: its offset, nil when the broker did not tell, or why it failed.
package typealias Delivery = Result<Int64?, EventLogError>

/// The messages of one append until the last has been reported.
final class PendingAppend: Sendable {
  private struct State {
    var deliveries: [Delivery?]
    var missing: Int
    var done: CheckedContinuation<[Delivery], Never>?
  }

  private let state: Mutex<State>

  init(count: Int, done: CheckedContinuation<[Delivery], Never>) {
    state = Mutex(State(deliveries: Array(repeating: nil, count: count), missing: count, done: done))
  }

  /// Each message is reported once.
  func settle(_ index: Int, _ delivery: Delivery) {
    let finished: (CheckedContinuation<[Delivery], Never>, [Delivery])? = state.withLock { state in
      state.deliveries[index] = delivery
      state.missing -= 1
      guard state.missing == 0, let done = state.done else { return nil }
      state.done = nil
      return (done, state.deliveries.compactMap { $0 })
    }
    if let (done, deliveries) = finished { done.resume(returning: deliveries) }
  }
}

/// What a message carries through librdkafka so that its report finds the append.
final class DeliverySlot: Sendable {
  let append: PendingAppend
  let index: Int

  init(_ append: PendingAppend, _ index: Int) {
    self.append = append
    self.index = index
  }
}
