import Foundation

/// Work that blocks its thread, on one of its own.
package enum Blocking {
  package static func run<R: Sendable>(
    _ work: @escaping @Sendable () throws -> R, onCancel: @escaping @Sendable () -> Void
  ) async throws -> R {
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let thread = Thread { continuation.resume(with: Result { try work() }) }
        thread.stackSize = 1 << 20
        thread.start()
      }
    } onCancel: {
      onCancel()
    }
  }
}
