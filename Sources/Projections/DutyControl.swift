/// How much of its time a backfill may work, so that what is live stays nearly as quick as without it. Pure.
///
/// It is fed with how long a small piece of live work took, measured while the backfill rests and over all of its
/// time. When the slow end (p99) of all of it is more than `growth` above that of the rests, the backfill works less;
/// when it is well below, it works more. It begins low, because what it learns too late has already been paid by those
/// who wait; it rises in large steps until it had to fall once, from then on in small ones. What was measured under a
/// duty that was too high is forgotten.
struct DutyControl: Sendable {
  /// The share of its time that the backfill works, from `least` to 1.
  private(set) var duty: Double
  private let growth: Double
  private var step: Double
  private var resting = SampleWindow()
  private var all = SampleWindow()

  static let least = 0.02
  static let first = 0.05
  /// Below this many milliseconds, growth is noise of the machine, not of the backfill.
  static let noise = 0.3
  /// A rise is worth a try only where this share of what is allowed is free.
  private static let margin = 0.5
  private static let (large, small) = (1.3, 1.05)

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
  }

  /// Decides anew; call it about once a second.
  mutating func decide() {
    guard resting.count >= 50, all.count >= 100 else { return }
    let (quiet, now) = (resting.percentile(0.99), all.percentile(0.99))
    let allowed = max(quiet * growth, Self.noise)
    if now - quiet > allowed {
      duty = max(Self.least, duty * 0.6)
      step = Self.small
      all = SampleWindow()
    } else if now - quiet < allowed * Self.margin {
      duty = min(1, duty * step)
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
