/// Tells the intent of a text: several networks over one vocabulary, whose probabilities are averaged.
package struct IntentModel: Sendable, Equatable {
  /// The names, sorted.
  package let intents: [String]
  /// Whether the last class, after the intents, is that of out-of-scope examples.
  let hasOutside: Bool
  let vocabulary: Vocabulary
  let networks: [Network]
  var calibration: Calibration

  var classCount: Int { intents.count + (hasOutside ? 1 : 0) }

  package func guess(_ text: String) -> IntentGuess { guess(Features(text)) }

  func guess(_ features: Features) -> IntentGuess {
    let vector = SparseVector(features, in: vocabulary)
    guard !vector.rows.isEmpty else { return IntentGuess(best: nil, confidence: 0, isOutOfScope: true) }
    return guess(calibration.apply(probabilities(vector)))
  }

  /// The average of the networks, by class.
  func probabilities(_ vector: SparseVector) -> [Float] {
    var sums = [Lanes](repeating: .zero, count: Network.lanes(for: classCount))
    for network in networks {
      let one = network.probabilities(vector)
      for index in sums.indices { sums[index] += one[index] }
    }
    return (0..<classCount).map {
      sums[$0 / Lanes.scalarCount][$0 % Lanes.scalarCount] / Float(networks.count)
    }
  }

  private func guess(_ probabilities: [Float]) -> IntentGuess {
    var best = 0
    for index in intents.indices where probabilities[index] > probabilities[best] { best = index }
    let confidence = probabilities[best]
    let isOutside = hasOutside && (probabilities.last ?? 0) > confidence
    return IntentGuess(
      best: intents[best], confidence: Double(confidence),
      isOutOfScope: isOutside || confidence < calibration.threshold)
  }
}

extension IntentModel {
  /// How many features a text has, without a model: what every classification pays at least.
  package static func featureCount(of text: String) -> Int {
    let features = Features(text)
    return features.words.count + features.neighbours.count + features.pairs.count + features.characters.count
  }
}
