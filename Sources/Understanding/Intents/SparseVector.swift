/// A text as a vector of length 1 over the rows of a vocabulary.
struct SparseVector: Sendable {
  var rows: [Int32] = []
  var values: [Float] = []

  init(_ features: Features, in vocabulary: Vocabulary) {
    var all: [Int32] = []
    all.reserveCapacity(features.words.count * 24)
    for kind in [features.words, features.neighbours, features.pairs, features.characters] {
      for feature in kind { if let row = vocabulary.row(of: feature) { all.append(Int32(row)) } }
    }
    all.sort()
    var sum: Float = 0
    var index = 0
    while index < all.count {
      let row = all[index]
      var count = 0
      while index < all.count, all[index] == row {
        count += 1
        index += 1
      }
      // A word said ten times does not say ten times as much.
      let value = (1 + logarithm(Float(count))) * vocabulary.weights[Int(row)]
      rows.append(row)
      values.append(value)
      sum += value * value
    }
    let scale = sum > 0 ? 1 / sum.squareRoot() : 0
    for index in values.indices { values[index] *= scale }
  }
}
