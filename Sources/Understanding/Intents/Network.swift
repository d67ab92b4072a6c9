/// A trained network. Its rows of input weights are kept as bytes with a scale each: a quarter of the memory, and no accuracy
/// lost that could be measured.
struct Network: Sendable, Equatable {
  let hidden: Int
  let classes: Int
  /// `hidden` bytes for each feature.
  let input: [SIMD16<Int8>]
  let inputScales: [Float]
  let hiddenBias: [Lanes]
  /// A row of class weights for each hidden unit, filled up to whole lanes.
  let output: [Lanes]
  let outputBias: [Lanes]

  static func lanes(for count: Int) -> Int { (count + Lanes.scalarCount - 1) / Lanes.scalarCount }

  init(
    hidden: Int, classes: Int, input: [SIMD16<Int8>], inputScales: [Float], hiddenBias: [Lanes],
    output: [Lanes], outputBias: [Lanes]
  ) {
    self.hidden = hidden
    self.classes = classes
    self.input = input
    self.inputScales = inputScales
    self.hiddenBias = hiddenBias
    self.output = output
    self.outputBias = outputBias
  }

  init(
    hidden: Int, classes: Int, input: [Lanes], hiddenBias: [Lanes], output: [Lanes], outputBias: [Lanes]
  ) {
    let width = hidden / Lanes.scalarCount
    var bytes: [SIMD16<Int8>] = []
    bytes.reserveCapacity(input.count)
    var scales: [Float] = []
    for row in stride(from: 0, to: input.count, by: width) {
      var largest: Float = 1e-12
      for lane in 0..<width {
        largest = Swift.max(largest, input[row + lane].max(), -input[row + lane].min())
      }
      let scale = largest / 127
      scales.append(scale)
      for lane in 0..<width {
        bytes.append(SIMD16<Int8>((input[row + lane] / scale).rounded(.toNearestOrEven)))
      }
    }
    self.init(
      hidden: hidden, classes: classes, input: bytes, inputScales: scales, hiddenBias: hiddenBias,
      output: output, outputBias: outputBias)
  }

  /// How likely the text is of each class: numbers from 0 to 1 that sum to 1.
  func probabilities(_ text: SparseVector) -> [Lanes] {
    let width = hidden / Lanes.scalarCount
    let classWidth = Self.lanes(for: classes)
    let factors = zip(text.rows, text.values).map { $1 * inputScales[Int($0)] }
    var units = hiddenBias
    // A cache line of each row at a time, so that the sums stay in registers.
    for block in stride(from: 0, to: width, by: Self.blockLanes) {
      var (a, b, c, d) = (units[block], units[block + 1], units[block + 2], units[block + 3])
      for (row, factor) in zip(text.rows, factors) {
        let start = Int(row) * width + block
        a += Self.numbers(input[start]) * factor
        b += Self.numbers(input[start + 1]) * factor
        c += Self.numbers(input[start + 2]) * factor
        d += Self.numbers(input[start + 3]) * factor
      }
      (units[block], units[block + 1], units[block + 2], units[block + 3]) = (a, b, c, d)
    }
    var sums = outputBias
    for lane in 0..<width {
      for unit in 0..<Lanes.scalarCount where units[lane][unit] > 0 {
        let row = (lane * Lanes.scalarCount + unit) * classWidth
        let value = units[lane][unit]
        for index in 0..<classWidth { sums[index] += output[row + index] * value }
      }
    }
    Self.softmax(&sums, classes: classes)
    return sums
  }

  /// Of the hidden layer, in a block; its size is a multiple of them.
  static let blockLanes = 4

  @inline(__always)
  private static func numbers(_ bytes: SIMD16<Int8>) -> Lanes {
    Lanes(SIMD16<Int32>(truncatingIfNeeded: bytes))
  }

  /// Lanes beyond `classes` become 0.
  static func softmax(_ sums: inout [Lanes], classes: Int) {
    let rest = classes % Lanes.scalarCount
    if rest > 0 {
      for lane in rest..<Lanes.scalarCount { sums[sums.count - 1][lane] = -.greatestFiniteMagnitude }
    }
    var largest = -Float.greatestFiniteMagnitude
    for lane in sums { largest = Swift.max(largest, lane.max()) }
    var total: Float = 0
    for index in sums.indices {
      sums[index] = exponential(sums[index] - largest)
      total += sums[index].sum()
    }
    // e⁻⁸⁷ is not nothing yet.
    if rest > 0 { for lane in rest..<Lanes.scalarCount { sums[sums.count - 1][lane] = 0 } }
    for index in sums.indices { sums[index] /= total }
  }
}
