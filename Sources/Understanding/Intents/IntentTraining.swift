/// Makes models of examples. The same examples in the same order give the same model, byte for byte.
package struct IntentTraining: Sendable {
  private let intents: [String]
  private let hasOutside: Bool
  private let texts: [Features]
  private let classes: [Int32]

  /// How many networks vote.
  static let networks = 2
  /// Up to this many examples every one is held out once; of more, a fifth is.
  static let fullyHeldOut = 1_000
  static let folds = 5

  /// - Throws: `IntentTrainingError` unless there are two intents at least.
  package init(_ examples: [IntentExample]) throws(IntentTrainingError) {
    let names = Set(examples.compactMap(\.intent)).sorted()
    guard names.count >= 2 else { throw .tooFewIntents(names.count) }
    intents = names
    let numbers = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($0.element, Int32($0.offset)) })
    hasOutside = examples.contains { $0.intent == nil }
    texts = examples.map { Features($0.text) }
    classes = examples.map { example in example.intent.flatMap { numbers[$0] } ?? Int32(names.count) }
  }

  /// Trains, and calibrates on held-out examples. Takes about 20 seconds of one core for 10,000 examples.
  ///
  /// - Parameter isCancelled: asked about every tenth of a second.
  /// - Throws: `CancellationError` when it was cancelled.
  package func train(isCancelled: () -> Bool = { false }) throws -> TrainedIntents {
    let split = splits(Self.folds, seed: 7)
    let folds = texts.count <= Self.fullyHeldOut ? split : Array(split.prefix(1))
    let heldOut = try folds.flatMap { try holdOut($0, networks: 1, isCancelled) }
    let model = try model(
      of: Array(texts.indices), networks: Self.networks,
      Calibration(heldOut: heldOut, intents: intents.count),
      isCancelled)
    return TrainedIntents(model: model, heldOut: heldOut)
  }

  /// What models make of each example when they are trained on the examples of the other folds.
  package func crossValidate(folds: Int, seed: UInt64) throws -> Double {
    var right = 0
    for fold in splits(folds, seed: seed) {
      right += try holdOut(fold, networks: Self.networks, { false }).count { $0.isRight(intents.count) }
    }
    return Double(right) / Double(texts.count)
  }

  private func holdOut(
    _ fold: Set<Int>, networks: Int, _ isCancelled: () -> Bool
  ) throws -> [HeldOut] {
    let model = try model(
      of: texts.indices.filter { !fold.contains($0) }, networks: networks, Calibration(), isCancelled)
    return fold.sorted().map { index in
      HeldOut(
        answer: Int(classes[index]),
        probabilities: model.probabilities(SparseVector(texts[index], in: model.vocabulary)))
    }
  }

  private func model(
    of members: [Int], networks: Int, _ calibration: Calibration, _ isCancelled: () -> Bool
  ) throws -> IntentModel {
    let vocabulary = Vocabulary(of: members.map { texts[$0] })
    let vectors = members.map { SparseVector(texts[$0], in: vocabulary) }
    let count = intents.count + (hasOutside ? 1 : 0)
    let trained = try (0..<networks).map { number in
      var trainer = NetworkTrainer(
        vectors, classes: members.map { classes[$0] }, classCount: count,
        features: vocabulary.features.count, settings: .init(seed: UInt64(number + 1)))
      return try trainer.train(isCancelled: isCancelled)
    }
    return IntentModel(
      intents: intents, hasOutside: hasOutside, vocabulary: vocabulary, networks: trained,
      calibration: calibration)
  }

  /// Every example is in one fold; each fold has its share of every class.
  private func splits(_ count: Int, seed: UInt64) -> [Set<Int>] {
    var random = SeededNumbers(seed: seed)
    var folds = [Set<Int>](repeating: [], count: count)
    var next = 0
    for members in Dictionary(grouping: texts.indices, by: { classes[$0] }).sorted(by: { $0.key < $1.key }) {
      for index in members.value.shuffled(using: &random) {
        folds[next % count].insert(index)
        next += 1
      }
    }
    return folds
  }
}

/// A model, and how well models of these examples do.
package struct TrainedIntents: Sendable {
  package let model: IntentModel
  /// The share of held-out in-scope examples whose intent was found; nil when none could be held out.
  package let accuracy: Double?

  init(model: IntentModel, heldOut: [HeldOut]) {
    self.model = model
    let inScope = heldOut.filter { $0.answer < model.intents.count }
    accuracy =
      inScope.isEmpty
      ? nil : Double(inScope.count { $0.isRight(model.intents.count) }) / Double(inScope.count)
  }
}

extension HeldOut {
  /// The best of the intents is the answer.
  func isRight(_ intents: Int) -> Bool {
    guard answer < intents else { return false }
    return probabilities.prefix(intents).max() == probabilities[answer]
  }
}

package enum IntentTrainingError: Error, Equatable, CustomStringConvertible {
  case tooFewIntents(Int)

  package var description: String {
    switch self {
    case .tooFewIntents(let count): "there are \(count) intents; at least 2 are needed to tell them apart"
    }
  }
}
