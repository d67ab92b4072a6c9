/// The features of a text, as 64-bit hashes, one for each time that it has them: its words, pairs of neighbours, pairs
/// of words that stand near each other in any order, and the character n-grams of each word with its ends.
///
/// Hashes stand for the features everywhere: a trained model holds no text of its examples.
struct Features: Sendable {
  /// How a feature came about; it is hashed with it.
  enum Kind: UInt64 {
    case word = 1
    case neighbours, pair, characters
  }

  /// By kind, because rare features of one kind are worth keeping and those of another are not.
  private(set) var words: [UInt64] = []
  private(set) var neighbours: [UInt64] = []
  private(set) var pairs: [UInt64] = []
  private(set) var characters: [UInt64] = []

  /// How far apart the words of a pair may stand.
  static let pairReach = 11
  static let gramLengths = 2...5

  init(_ text: String) { self.init(Words(text)) }

  init(_ text: Words) {
    let hashes = text.words.map(Self.hash)
    words = hashes.map { Self.mix(Kind.word, $0, 0) }
    neighbours.reserveCapacity(hashes.count + 1)
    // The ends of the text are neighbours, too.
    var before: UInt64 = 1
    for hash in hashes + [2] {
      neighbours.append(Self.mix(Kind.neighbours, before, hash))
      before = hash
    }
    for first in hashes.indices {
      for second in (first + 2)..<max(first + 2, min(hashes.count, first + Self.pairReach + 1)) {
        let (a, b) = (hashes[first], hashes[second])
        pairs.append(Self.mix(Kind.pair, min(a, b), max(a, b)))
      }
    }
    for word in text.words where Self.hasGrams(word) { addGrams(of: word) }
  }

  private mutating func addGrams(of word: [UInt32]) {
    let padded = [0x20] + word + [0x20]
    for start in padded.indices {
      var hash = Self.offset
      for length in 1...min(Self.gramLengths.upperBound, padded.count - start) {
        hash = (hash ^ UInt64(padded[start + length - 1])) &* Self.prime
        if length >= Self.gramLengths.lowerBound {
          characters.append(Self.mix(Kind.characters, hash, UInt64(length)))
        }
      }
    }
  }

  /// Marks and emoji have no parts.
  private static func hasGrams(_ word: [UInt32]) -> Bool {
    word.count > 1 || word.first.map { Unicode.Scalar($0)?.properties.isAlphabetic ?? false } ?? false
  }

  // FNV-1a over scalars, and the finaliser of SplitMix64.
  private static let offset: UInt64 = 0xCBF2_9CE4_8422_2325
  private static let prime: UInt64 = 0x0000_0100_0000_01B3

  private static func hash(_ word: [UInt32]) -> UInt64 {
    word.reduce(offset) { ($0 ^ UInt64($1)) &* prime }
  }

  private static func mix(_ kind: Kind, _ first: UInt64, _ second: UInt64) -> UInt64 {
    var hash = (first &* 0x9E37_79B9_7F4A_7C15) ^ (second &+ kind.rawValue &* 0xD1B5_4A32_D192_ED03)
    hash = (hash ^ (hash >> 30)) &* 0xBF58_476D_1CE4_E5B9
    hash = (hash ^ (hash >> 27)) &* 0x94D0_49BB_1331_11EB
    return hash ^ (hash >> 31)
  }
}
