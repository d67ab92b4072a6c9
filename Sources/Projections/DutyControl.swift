/// How much of its time a backfill may work, so that what is live stays nearly as quick as without it. Pure.
///
/// It is fed with how long a small piece of live work took, apart for those that met the backfill at work and those
/// that did not. `limit` is what the p99 may grow to: 1 % of all pieces may take longer. Of those that meet the backfill
/// a larger share does, so the fewer may meet it: that share follows from the two, however seldom it works now. So the
/// control need not wait until a p99 of everything has been seen, which says little before there are thousands of
/// samples, and what it tries has not to go wrong first.
struct DutyControl: Sendable {
  /// The share of live work that may meet the backfill, from `least` to 1.
  private(set) var duty: Double
  private let growth: Double
  private var resting = SampleWindow(size: 1_000)
  private var working = SampleWindow(size: 400)

  static let least = 0.02
  static let first = 0.05
  /// So many of each kind say enough to decide by.
  static let enough = 100
  /// Below this many milliseconds, growth is noise of the machine, not of the backfill.
  static let noise = 0.3
  /// It rises by no more at a time: what is measured comes later than what caused it.
  private static let rise = 1.2
  /// Of all pieces, what is always left to those that meet the backfill: the p99 of few samples is itself rough.
  private static let leastSpare = 0.002

  /// - Parameters:
  ///   - growth: how much larger the p99 may become; 0.2 for a fifth.
  ///   - duty: what to begin with, where it is known from before.
  init(growth: Double, duty: Double? = nil) {
    self.growth = growth
    self.duty = min(max(duty ?? Self.first, Self.least), 1)
  }

  /// Whether there are enough samples of both kinds.
  var knowsEnough: Bool { resting.count >= Self.enough && working.count >= Self.enough }

  mutating func add(_ milliseconds: Double, isResting: Bool) {
    if isResting { resting.add(milliseconds) } else { working.add(milliseconds) }
  }

  /// Decides anew; call it about once a second.
  mutating func decide() {
    guard knowsEnough else { return }
    let quiet = resting.percentile(0.99)
    let limit = quiet + max(quiet * growth, Self.noise)
    let (without, with) = (resting.share(above: limit), working.share(above: limit))
    let spare = max(0.01 - without, Self.leastSpare)
    let fitting = with > without ? spare / (with - without) : 1
    duty = max(Self.least, min(fitting, duty * Self.rise, 1))
  }
}

/// The last so many samples.
struct SampleWindow: Sendable {
  let size: Int
  private var samples: [Double] = []
  private var next = 0

  init(size: Int) { self.size = size }

  var count: Int { samples.count }

  mutating func add(_ sample: Double) {
    if samples.count < size {
      samples.append(sample)
    } else {
      samples[next] = sample
      next = (next + 1) % size
    }
  }

  func percentile(_ share: Double) -> Double {
    guard !samples.isEmpty else { return 0 }
    return samples.sorted()[min(samples.count - 1, Int(Double(samples.count) * share))]
  }

  func share(above limit: Double) -> Double {
    samples.isEmpty ? 0 : Double(samples.count { $0 > limit }) / Double(samples.count)
  }
}
