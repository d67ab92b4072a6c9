/// Whether live work stayed as quick beside a backfill, by what was measured in turns without and with it. Pure.
///
/// The turns without fall into two halves that differ by the machine's own noise alone. Only what holds against either of
/// them is said to hold.
package struct LiveGrowth: Sendable {
  package enum Verdict: Sendable, Equatable, CustomStringConvertible {
    case met, missed
    case cannotTell(String)

    package var description: String {
      switch self {
      case .met: "met"
      case .missed: "MISSED"
      case .cannotTell(let why): "cannot tell: \(why)"
      }
    }
  }

  /// The p99 of all turns without together, in milliseconds, and of those with.
  package let quiet: Double
  package let busy: Double
  /// The p99 of the two halves of the turns without.
  package let halves: [Double]
  /// Pieces of live work behind the smallest of what is compared.
  package let samples: Int
  /// How much larger the p99 may become; 0.2 for a fifth.
  package let bound: Double

  /// The hundredth part of fewer is a handful.
  static let fewest = 1_000

  package init(quiet: Double, busy: Double, halves: [Double], samples: Int, bound: Double) {
    self.quiet = quiet
    self.busy = busy
    self.halves = halves
    self.samples = samples
    self.bound = bound
  }

  package var growth: Double { busy / quiet - 1 }
  /// How far the halves lie apart.
  package var spread: Double { (halves.max() ?? 0) / (halves.min() ?? 1) - 1 }

  package var verdict: Verdict {
    guard samples >= Self.fewest else {
      return .cannotTell("\(samples) pieces of live work are too few for a p99")
    }
    let limits = halves.map { $0 * (1 + bound) }
    if limits.allSatisfy({ busy <= $0 }) { return .met }
    if limits.allSatisfy({ busy > $0 }) { return .missed }
    let apart = Int((spread * 100).rounded())
    return .cannotTell(
      spread > bound
        ? "the quiet turns differ by more than the bound, \(apart) %"
        : "the quiet turns differ by \(apart) %, and the bound lies between")
  }
}
