import Foundation
import Projections
import Synchronization

/// Shows how far a rebuild has come, on one line that is written anew, at most five times a second.
final class ProgressPrinter: Sendable {
  private let last = Mutex<ContinuousClock.Instant?>(nil)
  private let throttle: BackfillThrottle?

  init(_ throttle: BackfillThrottle? = nil) { self.throttle = throttle }

  func show(_ progress: RebuildProgress) {
    let now = ContinuousClock.now
    let isTime = last.withLock { last in
      if let last, now - last < .milliseconds(200) { return false }
      last = now
      return true
    }
    guard isTime else { return }
    let left = progress.secondsLeft.map { String(format: ", %.0f s left", $0) } ?? ""
    let duty = throttle.map { String(format: ", works %.0f %% of the time", $0.duty * 100) } ?? ""
    let line = String(
      format: "\r%lld of %lld, %.0f/s", progress.done, progress.total, progress.perSecond)
    FileHandle.standardError.write(Data((line + left + duty + "   ").utf8))
  }

  func end() {
    guard last.withLock({ $0 != nil }) else { return }
    FileHandle.standardError.write(Data("\n".utf8))
  }
}
