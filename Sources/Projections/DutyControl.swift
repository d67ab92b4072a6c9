/// How much of its time a backfill may work, so that what is live stays nearly as quick as without it. Pure.
///
/// It is fed with how long a small piece of live work took, apart for those that met the backfill at work and those
/// that did not. `limit` is what the p99 may grow to: 1 % of all pieces may take longer. What is left of that 1 % without
/// a backfill is what one could slow down, and half of it is used: whoever takes all of it is at the limit, and half the time
/// beyond. So with `without` and `with` for the shares beyond the limit of those that did not meet it and of those that did,
/// it holds that
///
///     duty × (with − without) ≤ (0.01 − without) / 2
///
/// The p99 of those that did not meet it is that of a usual minute, not of all that is remembered: what slows the machine
/// down for some seconds would else be taken for what live work is used to, for as long as it is remembered.
///
/// The share that meets the backfill begins where it could slow down all of them, as much as it likes, and the p99 would
/// stay within the limit. It rises only as far as samples exclude that more of those that meet it are slowed down: so it
/// need not try what goes wrong to learn where that begins, and few samples let it rise little.
///
/// What those bear that meet one kind of work says nothing of another: of each kind it learns apart.
struct DutyControl: Sendable {
  /// The share of live work that may meet the backfill, from `least` to 1.
  private(set) var duty: Double
  /// What the p99 of those that did not meet it usually is, in milliseconds: live work takes no longer than that as a rule.
  private(set) var quiet = 0.0
  /// What most of them take, in milliseconds.
  private(set) var typical = 0.0
  private let growth: Double
  /// What each kind of work begins with.
  private let first: Double
  private var resting = SampleWindow(size: 2_000)
  private var working = Self.unknown
  private var kind: RebuildPhase?
  /// Of the kinds of work that went before.
  private var others: [RebuildPhase: (duty: Double, working: SampleWindow)] = [:]

  /// Of all pieces, what is always left: the p99 of few samples is itself rough. What may meet the backfill whatever that
  /// does to it.
  static let least = 0.002
  /// So many of each kind need not come any faster.
  static let enough = 200
  /// Below this many milliseconds, growth is noise of the machine, not of the backfill.
  static let noise = 0.2
  private static let unknown = SampleWindow(size: 500)
  /// It rises by no more at a time: what is measured comes later than what caused it.
  private static let rise = 1.2

  /// - Parameters:
  ///   - growth: how much larger the p99 may become; 0.2 for a fifth.
  ///   - duty: what each kind of work begins with, where it is known from before.
  init(growth: Double, duty: Double? = nil) {
    self.growth = growth
    first = min(max(duty ?? Self.least, Self.least), 1)
    self.duty = first
  }

  /// Whether there are enough samples of both kinds.
  var knowsEnough: Bool { resting.count >= Self.enough && working.count >= Self.enough }

  /// Work of this kind comes next: it goes on with what was learned of it, and begins anew where that is nothing.
  mutating func turn(to next: RebuildPhase) {
    guard next != kind else { return }
    if let kind { others[kind] = (duty, working) }
    (duty, working) = others[next] ?? (first, Self.unknown)
    kind = next
  }

  mutating func add(_ milliseconds: Double, isResting: Bool) {
    if isResting { resting.add(milliseconds) } else { working.add(milliseconds) }
  }

  /// Decides anew; call it about once a second.
  mutating func decide() {
    quiet = resting.usualPercentile(0.99, of: Self.enough)
    typical = resting.usualPercentile(0.5, of: Self.enough)
    // Of fewer the p99 is but the largest.
    guard resting.count >= Self.enough else { return }
    let limit = quiet + max(quiet * growth, Self.noise)
    let without = resting.share(above: limit)
    let with = Self.mostLikely(working.count(above: limit), of: working.count)
    // Of more than that the machine had a bad while, which those that meet the backfill may have forgotten already.
    let usual = min(without, 0.01)
    let spare = max((0.01 - usual) / 2, Self.least)
    // Where even those that meet it keep the limit, all may.
    let fitting = with > 0.01 ? spare / max(with - usual, spare) : 1
    duty = max(Self.least, min(fitting, duty * Self.rise, 1))
  }

  /// The largest share that is still likely where `hits` of `count` samples were hit: two standard deviations of a rare
  /// event above, and 3 of `count` where none was.
  static func mostLikely(_ hits: Int, of count: Int) -> Double {
    guard count > 0 else { return 1 }
    let most = hits == 0 ? 3 : Double(hits) + 1 + 2 * Double(hits).squareRoot()
    return min(1, most / Double(count))
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

  /// The percentile of each so many samples that came one after the other, and of these the one in the middle, or the
  /// smaller of the two.
  func usualPercentile(_ share: Double, of size: Int) -> Double {
    let inOrder = Array(samples[next...] + samples[..<next])
    // The oldest that fill no part of their own are left out.
    let ends = stride(from: inOrder.count, to: 0, by: -size).filter { $0 >= size || $0 == inOrder.count }
    let parts = ends.map { end in
      let part = inOrder[max(0, end - size)..<end].sorted()
      return part[min(part.count - 1, Int(Double(part.count) * share))]
    }
    return parts.isEmpty ? 0 : parts.sorted()[(parts.count - 1) / 2]
  }

  func count(above limit: Double) -> Int { samples.count { $0 > limit } }

  func share(above limit: Double) -> Double {
    samples.isEmpty ? 0 : Double(count(above: limit)) / Double(samples.count)
  }
}
