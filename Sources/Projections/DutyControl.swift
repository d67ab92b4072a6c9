/// How much of its time a backfill may work, so that what is live stays nearly as quick as without it. Pure.
///
/// It is fed with how long a small piece of live work took, measured while the backfill rests and over all of its
/// time. When the slow end (p99) of all of it is more than `growth` above that of the rests, the backfill works less;
/// when it is well below, it works more. What one round of samples says is weighed against the last ones, as a p99 of
/// few samples jumps.
struct DutyControl: Sendable {
  /// The share of its time that the backfill works, from `least` to 1.
  private(set) var duty = 0.5
  private let growth: Double
  private var resting = SampleWindow()
  private var all = SampleWindow()

  static let least = 0.02
  /// Below this many milliseconds, growth is noise of the machine, not of the backfill.
  static let noise = 1.0

  /// - Parameter growth: how much larger the p99 may become; 0.2 for a fifth.
  init(growth: Double) { self.growth = growth }

  mutating func add(_ milliseconds: Double, isResting: Bool) {
    if isResting { resting.add(milliseconds) }
    all.add(milliseconds)
  }

  /// Decides anew; call it about once a second.
  mutating func decide() {
    guard resting.count >= 20, all.count >= 50 else { return }
    let (quiet, now) = (resting.percentile(0.99), all.percentile(0.99))
    let allowed = max(quiet * (1 + growth), quiet + Self.noise)
    if now > allowed {
      duty = max(Self.least, duty * 0.7)
    } else {
      duty = min(1, duty * 1.1 + 0.01)
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
