/// How the networks' numbers become probabilities, and from where on one is believed.
struct Calibration: Sendable, Equatable {
  /// Probabilities are raised to this power, and scaled to sum to 1: below 1 for networks that are too sure.
  var sharpness: Float = 1
  /// A best intent less likely than this is none.
  var threshold: Float = 0

  /// The share of in-scope texts that may be taken for out of scope.
  static let rejected = 0.0075

  func apply(_ probabilities: [Float]) -> [Float] {
    guard sharpness != 1 else { return probabilities }
    var powers = probabilities.map { raised($0) }
    let sum = powers.reduce(0, +)
    for index in powers.indices { powers[index] /= sum }
    return powers
  }

  private func raised(_ probability: Float) -> Float {
    exponential(Lanes(repeating: logarithm(max(probability, 1e-12)) * sharpness))[0]
  }

  /// - Parameter heldOut: what a model made of texts that it had not seen, with their classes.
  init(heldOut: [HeldOut], intents: Int) {
    let steps = (4...20).map { Float($0) / 10 }
    let losses = steps.map { step in
      let candidate = Calibration(sharpness: step)
      return heldOut.reduce(Float(0)) {
        $0 - logarithm(max(candidate.apply($1.probabilities)[$1.answer], 1e-9))
      }
    }
    if let best = losses.indices.min(by: { losses[$0] < losses[$1] }) { sharpness = steps[best] }
    let confidences = heldOut.filter { $0.answer < intents }
      .map { apply($0.probabilities).prefix(intents).max() ?? 0 }.sorted()
    if !confidences.isEmpty { threshold = confidences[Int(Double(confidences.count) * Self.rejected)] }
  }

  init(sharpness: Float = 1, threshold: Float = 0) {
    self.sharpness = sharpness
    self.threshold = threshold
  }
}

/// What a model made of a text that it was not trained on.
struct HeldOut: Sendable {
  let answer: Int
  let probabilities: [Float]
}
