import Foundation
import Synchronization

/// A seeded source of random numbers (SplitMix64, Steele, Lea and Flood 2014).
package struct LogRandom: RandomNumberGenerator, Sendable {
  private var state: UInt64

  package init(seed: UInt64) { state = seed }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// The seed that `AIGENTABLE_TEST_SEED` names, or a new one; printed, so that a failure can be repeated.
  package static func seed(for test: String) -> UInt64 {
    let given = ProcessInfo.processInfo.environment["AIGENTABLE_TEST_SEED"].flatMap { UInt64($0) }
    let seed = given ?? UInt64.random(in: 0...UInt64(UInt32.max))
    print("\(test): AIGENTABLE_TEST_SEED=\(seed)")
    return seed
  }
}
