/// The features that a model knows, each with its weight: open addressing over their hashes.
struct Vocabulary: Sendable, Equatable {
  /// The hashes, in the order of their rows.
  let features: [UInt64]
  /// What an occurrence counts, by row: the root of its inverse document frequency. The whole of it would drown the
  /// small words that tell questions apart.
  let weights: [Float]
  private let slots: [Int32]

  /// More are not kept; the rarest go first.
  static let maximumFeatures = 100_000

  init(features: [UInt64], weights: [Float]) {
    self.features = features
    self.weights = weights
    var size = 16
    while size < features.count * 2 { size *= 2 }
    var slots = [Int32](repeating: -1, count: size)
    for (row, feature) in features.enumerated() {
      var slot = Int(truncatingIfNeeded: feature) & (size - 1)
      while slots[slot] >= 0 { slot = (slot + 1) & (size - 1) }
      slots[slot] = Int32(row)
    }
    self.slots = slots
  }

  /// What occurs in `texts` often enough: words and neighbours once, character n-grams in two texts, pairs in three.
  init(of texts: [Features]) {
    var counts: [UInt64: (texts: Int, least: Int)] = [:]
    for text in texts {
      for (kind, least) in [(text.words, 1), (text.neighbours, 1), (text.characters, 2), (text.pairs, 3)] {
        for feature in Set(kind) { counts[feature, default: (0, least)].texts += 1 }
      }
    }
    let kept = counts.filter { $0.value.texts >= $0.value.least }
      .sorted { ($1.value.texts, $0.key) < ($0.value.texts, $1.key) }
      .prefix(Self.maximumFeatures)
    self.init(
      features: kept.map(\.key),
      weights: kept.map { item in
        (logarithm(Float(1 + texts.count) / Float(1 + item.value.texts)) + 1).squareRoot()
      })
  }

  func row(of feature: UInt64) -> Int? {
    var slot = Int(truncatingIfNeeded: feature) & (slots.count - 1)
    while true {
      let row = Int(slots[slot])
      guard row >= 0 else { return nil }
      if features[row] == feature { return row }
      slot = (slot + 1) & (slots.count - 1)
    }
  }
}
