/// How much of its time a backfill may work, so that what is live stays nearly as quick as without it. Pure.
///
/// It is fed with how long a small piece of live work took, measured while the backfill rests and over all of its
/// time. When the slow end (p99) of all of it is more than `growth` above that of the rests, the backfill works less;
/// when it is well below, it works more. It begins low, because what it learns too late has already been paid by those
/// who wait; it rises in large steps until it had to fall once, from then on in small ones. After a step it waits until
/// what was measured since says something: the p99 of few samples is their largest, and would always be too large. What
/// was measured under a duty that was too high is forgotten.
struct DutyControl: Sendable {
  /// The share of its time that the backfill works, from `least` to 1.
  private(set) var duty: Double
  private let growth: Double
  private var step: Double
  private var resting = SampleWindow()
  private var all = SampleWindow()
  /// Of all, since the last step.
  private var fresh = 0

  /// Of which the p99 is the second largest.
  static let enough = 200
  static let least = 0.02
  static let first = 0.1
  /// Below this many milliseconds, growth is noise of the machine, not of the backfill: on one that is at rest, the p99
  /// of a few seconds differs from that of the next ones by as much.
  static let noise = 1.0
  /// A rise is worth a try only where this share of what is allowed is free.
  private static let margin = 0.5
  private static let (large, small) = (1.4, 1.15)

  /// - Parameters:
  ///   - growth: how much larger the p99 may become; 0.2 for a fifth.
  ///   - duty: what to begin with, where it is known from before.
  init(growth: Double, duty: Double? = nil) {
    self.growth = growth
    self.duty = min(max(duty ?? Self.first, Self.least), 1)
    step = duty == nil ? Self.large : Self.small
  }

  mutating func add(_ milliseconds: Double, isResting: Bool) {
    if isResting { resting.add(milliseconds) }
    all.add(milliseconds)
    fresh += 1
  }

  /// Decides anew; call it about once a second.
  mutating func decide() {
    guard resting.count >= Self.enough, all.count >= Self.enough, fresh >= Self.enough else { return }
    let (quiet, now) = (resting.percentile(0.99), all.percentile(0.99))
    let allowed = max(quiet * growth, Self.noise)
    if now - quiet > allowed {
      duty = max(Self.least, duty * 0.6)
      step = Self.small
      (fresh, all) = (0, SampleWindow())
    } else if now - quiet < allowed * Self.margin {
      duty = min(1, duty * step)
      fresh = 0
    }
  }
}

/// The last so many samples.
struct SampleWindow: Sendable {
  private static let size = 400
  private var samples: [Double] = []
  private var next = 0

  var count: Int { samples.count }

  mutating func add(_ sample: Double) {
    if samples.count < Self.size {
      samples.append(sample)
    } else {
      samples[next] = sample
      next = (next + 1) % Self.size
    }
  }

  func percentile(_ share: Double) -> Double {
    guard !samples.isEmpty else { return 0 }
    return samples.sorted()[min(samples.count - 1, Int(Double(samples.count) * share))]
  }
}
