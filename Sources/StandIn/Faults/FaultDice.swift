/// What happens to one call.
struct FaultDecision: Sendable, Equatable {
  enum Action: Sendable, Equatable {
    case none
    case error(status: Int, code: Int)
    case dropBefore
    case dropAfter

    func fail() throws(StandInError) {
      if case .error(let status, let code) = self { throw .fault(status: status, code: code) }
    }
  }

  let delay: Duration
  let action: Action
}

/// Draws the faults of one call after another.
struct FaultDice: Sendable {
  let faults: Faults
  private var generator: SplitMix64

  init(_ faults: Faults) {
    self.faults = faults
    generator = SplitMix64(state: faults.seed)
  }

  /// Takes as many random numbers whatever it decides, so that a rate changed keeps the delays.
  mutating func next() -> FaultDecision {
    let delay = Duration.milliseconds(Int.random(in: faults.latency, using: &generator))
    let chance = Double.random(in: 0..<1, using: &generator)
    let bounds = [faults.errorRate, faults.dropBeforeRate, faults.dropAfterRate]
      .reduce(into: [0.0]) { bounds, rate in bounds.append((bounds.last ?? 0) + rate) }
    let action: FaultDecision.Action =
      switch chance {
      case ..<bounds[1]: .error(status: faults.errorStatus, code: faults.errorCode)
      case ..<bounds[2]: .dropBefore
      case ..<bounds[3]: .dropAfter
      default: .none
      }
    return FaultDecision(delay: delay, action: action)
  }
}

/// Sebastiano Vigna's SplitMix64, public domain: small, and the same everywhere for the same state.
struct SplitMix64: RandomNumberGenerator, Sendable {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
