/// Sixteen numbers at once.
typealias Lanes = SIMD16<Float>

/// eˣ by range reduction and a polynomial, with an error of at most 2e-7 of the result. Ours, because the one of libm gives other
/// last bits on other processors, and the same examples must give the same model.
@inline(__always)
func exponential(_ x: Lanes) -> Lanes {
  // What is no number, as sums of a forged model may be, becomes nothing rather than a trap.
  let x = x.replacing(with: -87, where: x .!= x).clamped(
    lowerBound: Lanes(repeating: -87), upperBound: Lanes(repeating: 87))
  let n = (x * 1.442_695_04).rounded(.toNearestOrEven)
  let r = x - n * 0.693_359_375 + n * 2.121_944_4e-4
  var p = Lanes(repeating: 1.987_569_1e-4)
  p = p * r + 1.398_199_9e-3
  p = p * r + 8.333_452e-3
  p = p * r + 4.166_579_6e-2
  p = p * r + 1.666_666_5e-1
  p = p * r + 0.5
  p = p * r * r + r + 1
  var result = Lanes()
  for lane in 0..<Lanes.scalarCount {
    result[lane] = p[lane] * Float(bitPattern: UInt32(bitPattern: Int32(n[lane]) &+ 127) << 23)
  }
  return result
}

/// ln x for a normal positive number, by its exponent and a series; good to 1e-6. See `exponential` for why.
func logarithm(_ x: Float) -> Float {
  let exponent = Int(x.exponent)
  let t = (x.significand - 1) / (x.significand + 1)
  let square = t * t
  var sum: Float = 0
  for power in stride(from: 11, through: 1, by: -2) { sum = sum * square + 1 / Float(power) }
  return Float(exponent) * 0.693_147_2 + 2 * t * sum
}

/// SplitMix64: the same seed gives the same numbers everywhere.
struct SeededNumbers: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// From 0 up to, and without, 1.
  mutating func fraction() -> Float { Float(next() >> 40) / Float(1 << 24) }
}
