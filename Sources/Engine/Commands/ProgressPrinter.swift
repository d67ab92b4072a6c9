import Foundation
import Projections
import Synchronization

/// Shows how far a rebuild has come, on one line that is written anew, at most five times a second.
final class ProgressPrinter: Sendable {
  private let last = Mutex<(at: ContinuousClock.Instant, phase: RebuildPhase)?>(nil)
  private let throttle: BackfillThrottle?

  init(_ throttle: BackfillThrottle? = nil) { self.throttle = throttle }

  func show(_ progress: RebuildProgress) {
    let now = ContinuousClock.now
    let isTime = last.withLock { last in
      if let last, last.phase == progress.phase, now - last.at < .milliseconds(200) { return false }
      last = (now, progress.phase)
      return true
    }
    guard isTime else { return }
    var line = String(
      format: "\r%lld of %lld, %.0f/s", progress.done, progress.total, progress.perSecond)
    if progress.phase == .applying {
      line += progress.secondsLeft.map { String(format: ", %.0f s left", $0) } ?? ""
    } else {
      line += ", \(progress.phase)"
      if progress.phase == .comparing, progress.compared > 0 { line += ", \(progress.compared) rows" }
    }
    line += throttle.map { String(format: ", beside %.1f %% of live work", $0.duty * 100) } ?? ""
    FileHandle.standardError.write(Data((line + "      ").utf8))
  }

  func end() {
    guard last.withLock({ $0 != nil }) else { return }
    FileHandle.standardError.write(Data("\n".utf8))
  }
}
