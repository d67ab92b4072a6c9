import Foundation
import Synchronization

/// Work of seconds, away from the threads that serve everybody.
enum OwnThread {
  static func run<R: Sendable>(
    _ work: @escaping @Sendable (_ isCancelled: () -> Bool) throws -> R
  ) async throws -> R {
    let flag = CancelFlag()
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let thread = Thread { continuation.resume(with: Result { try work { flag.isSet } }) }
        thread.name = "train"
        thread.start()
      }
    } onCancel: {
      flag.set()
    }
  }
}

private final class CancelFlag: Sendable {
  private let flag = Atomic(false)
  var isSet: Bool { flag.load(ordering: .relaxed) }
  func set() { flag.store(true, ordering: .relaxed) }
}
