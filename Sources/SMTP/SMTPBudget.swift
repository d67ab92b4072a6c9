import Synchronization

/// The memory that all messages that are being read share.
final class SMTPBudget: Sendable {
  private let maximum: Int
  private let held = Atomic(0)

  init(maximum: Int) { self.maximum = maximum }

  func share() -> Share { Share(of: self) }

  /// What one message holds; given back with the last reference.
  final class Share {
    private let budget: SMTPBudget
    private var held = 0
    private(set) var isRefused = false

    fileprivate init(of budget: SMTPBudget) { self.budget = budget }

    deinit { budget.held.wrappingSubtract(held, ordering: .relaxed) }

    /// Holds so many bytes in all; false, and nothing any more, where that is too much.
    func hold(_ bytes: Int) -> Bool {
      let more = bytes - held
      let isRoom = budget.held.wrappingAdd(more, ordering: .relaxed).newValue <= budget.maximum
      if isRoom || more <= 0 {
        held = bytes
        return true
      }
      budget.held.wrappingSubtract(bytes, ordering: .relaxed)
      held = 0
      isRefused = true
      return false
    }
  }
}
