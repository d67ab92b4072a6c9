/// Trains one network: a hidden layer of rectified units over the sparse features, and softmax over the classes.
///
/// Stochastic gradient descent, one text at a time, with a step for each row that shrinks as the row learns (Adagrad with one
/// sum a row). Three of four features and half of the hidden units are left out at random in each step; without that a network
/// learns its few hundred texts by heart, which is where the simpler linear models of n-grams lose their points.
struct NetworkTrainer {
  struct Settings: Sendable {
    var hidden = 256
    var featureDropout: Float = 0.8
    var hiddenDropout: Float = 0.5
    var step: Float = 0.05
    var seed: UInt64 = 1
    /// How often each text is seen: few texts more often, so that every network makes enough steps.
    static func passes(over texts: Int) -> Int { min(200, max(60, 30_000 / max(1, texts))) }
  }

  private let settings: Settings
  private let texts: [SparseVector]
  private let classes: [Int32]
  private var random: SeededNumbers
  private let width: Int
  private let classWidth: Int
  private let classCount: Int

  // Rows of `width` or `classWidth` lanes.
  private var input: [Lanes]
  private var inputSums: [Float]
  private var hiddenBias: [Lanes]
  private var hiddenBiasSums: [Lanes]
  private var output: [Lanes]
  private var outputSums: [Float]
  private var outputBias: [Lanes]
  private var outputBiasSums: [Lanes]

  // Of one step.
  private var rows: [Int] = []
  private var values: [Float] = []
  private var hidden: [Lanes]
  private var error: [Lanes]
  private var hiddenError: [Lanes]

  init(_ texts: [SparseVector], classes: [Int32], classCount: Int, features: Int, settings: Settings) {
    precondition(
      settings.hidden % (Lanes.scalarCount * Network.blockLanes) == 0, "the hidden layer fills its blocks")
    self.settings = settings
    self.texts = texts
    self.classes = classes
    self.classCount = classCount
    random = SeededNumbers(seed: settings.seed)
    width = settings.hidden / Lanes.scalarCount
    classWidth = (classCount + Lanes.scalarCount - 1) / Lanes.scalarCount
    input = []
    input.reserveCapacity(features * width)
    output = []
    inputSums = [Float](repeating: 0, count: features)
    hiddenBias = [Lanes](repeating: .zero, count: width)
    hiddenBiasSums = hiddenBias
    outputSums = [Float](repeating: 0, count: settings.hidden)
    outputBias = [Lanes](repeating: .zero, count: classWidth)
    outputBiasSums = outputBias
    hidden = hiddenBias
    hiddenError = hiddenBias
    error = outputBias
    for _ in 0..<(features * width) { input.append(randomLanes(0.087)) }
    let scale = (3 / Float(settings.hidden)).squareRoot()
    for _ in 0..<(settings.hidden * classWidth) { output.append(randomLanes(scale)) }
  }

  private mutating func randomLanes(_ scale: Float) -> Lanes {
    var lanes = Lanes()
    for lane in 0..<Lanes.scalarCount { lanes[lane] = (random.fraction() * 2 - 1) * scale }
    return lanes
  }

  /// - Throws: `CancellationError` once `isCancelled` says so; asked before each pass.
  mutating func train(isCancelled: () -> Bool) throws -> Network {
    let passes = Settings.passes(over: texts.count)
    var order = Array(texts.indices)
    for pass in 0..<passes {
      if isCancelled() { throw CancellationError() }
      order.shuffle(using: &random)
      let step = settings.step * (1 - Float(pass) / Float(passes) + 0.02)
      for index in order { learn(texts[index], is: Int(classes[index]), step) }
    }
    return Network(
      hidden: settings.hidden, classes: classCount, input: input, hiddenBias: hiddenBias, output: output,
      outputBias: outputBias)
  }

  private mutating func learn(_ text: SparseVector, is answer: Int, _ step: Float) {
    pick(text)
    forward()
    // Softmax; its error against the answer is what is learned from.
    Network.softmax(&error, classes: classCount)
    error[answer / Lanes.scalarCount][answer % Lanes.scalarCount] -= 1
    learnOutput(step)
    learnInput(step)
  }

  /// The features that this step sees.
  private mutating func pick(_ text: SparseVector) {
    rows.removeAll(keepingCapacity: true)
    values.removeAll(keepingCapacity: true)
    let scale = 1 / (1 - settings.featureDropout)
    for index in text.rows.indices where random.fraction() >= settings.featureDropout {
      rows.append(Int(text.rows[index]) * width)
      values.append(text.values[index] * scale)
    }
  }

  private mutating func forward() {
    for lane in 0..<width { hidden[lane] = hiddenBias[lane] }
    for (row, value) in zip(rows, values) {
      for lane in 0..<width { hidden[lane] += input[row + lane] * value }
    }
    for lane in 0..<classWidth { error[lane] = outputBias[lane] }
    let scale = 1 / (1 - settings.hiddenDropout)
    for lane in 0..<width {
      for unit in 0..<Lanes.scalarCount {
        let value = hidden[lane][unit]
        guard value > 0, random.fraction() >= settings.hiddenDropout else {
          hidden[lane][unit] = 0
          continue
        }
        hidden[lane][unit] = value * scale
        let row = (lane * Lanes.scalarCount + unit) * classWidth
        for index in 0..<classWidth { error[index] += output[row + index] * (value * scale) }
      }
    }
  }

  private mutating func learnOutput(_ step: Float) {
    var square: Float = 0
    for lane in error { square += (lane * lane).sum() }
    square /= Float(classCount)
    let scale = 1 / (1 - settings.hiddenDropout)
    for lane in 0..<width {
      for unit in 0..<Lanes.scalarCount {
        let value = hidden[lane][unit]
        guard value > 0 else {
          hiddenError[lane][unit] = 0
          continue
        }
        let number = lane * Lanes.scalarCount + unit
        let row = number * classWidth
        outputSums[number] += value * value * square
        let factor = step * value / (outputSums[number].squareRoot() + 1e-6)
        var sum = Lanes.zero
        for index in 0..<classWidth {
          let weights = output[row + index]
          sum += weights * error[index]
          output[row + index] = weights - error[index] * factor
        }
        hiddenError[lane][unit] = sum.sum() * scale
      }
    }
    for index in 0..<classWidth {
      outputBiasSums[index] += error[index] * error[index]
      outputBias[index] -= error[index] * step / (outputBiasSums[index].squareRoot() + 1e-6)
    }
  }

  private mutating func learnInput(_ step: Float) {
    var square: Float = 0
    for lane in 0..<width {
      let gradient = hiddenError[lane]
      square += (gradient * gradient).sum()
      hiddenBiasSums[lane] += gradient * gradient
      hiddenBias[lane] -= gradient * step / (hiddenBiasSums[lane].squareRoot() + 1e-6)
    }
    square /= Float(settings.hidden)
    for (row, value) in zip(rows, values) {
      let number = row / width
      inputSums[number] += value * value * square
      let factor = step * value / (inputSums[number].squareRoot() + 1e-6)
      for lane in 0..<width { input[row + lane] -= hiddenError[lane] * factor }
    }
  }
}
