/// Words of a language with how they feel.
struct Valences: Sendable {
  private var words: [String: Float] = [:]
  /// Of words whose ending is left open, without the asterisk.
  private var stems: [String: Float] = [:]
  private var shortestStem = Int.max

  /// - Parameter lines: each with a valence and the words of it.
  init(lines: String) {
    for line in lines.split(separator: "\n") {
      let parts = line.split(separator: " ")
      guard let valence = parts.first.flatMap({ Float($0) }) else { continue }
      for part in parts.dropFirst() {
        if part.hasSuffix("*") {
          let stem = String(part.dropLast())
          stems[stem] = valence
          shortestStem = min(shortestStem, stem.count)
        } else {
          words[String(part)] = valence
        }
      }
    }
  }

  subscript(word: String) -> Float? {
    if let valence = words[word] { return valence }
    guard !stems.isEmpty else { return nil }
    var prefix = Substring(word)
    while prefix.count >= shortestStem {
      if let valence = stems[String(prefix)] { return valence }
      prefix.removeLast()
    }
    return nil
  }

  static let english = Valences(
    lines: EnglishWords.lines + """

      -3.0 unacceptable scammers rip-off ripoff wtf disgraceful
      -2.2 useless incompetent lawyer unprofessional unusable
      -1.4 broken defective waiting overcharged delayed unanswered
      """)
  static let german = Valences(lines: GermanWords.lines)
  static let emoji = Valences(lines: Emoji.lines)

  static let englishNegations: Set<String> = [
    "not", "no", "never", "none", "nothing", "without", "dont", "doesnt", "didnt", "isnt", "wasnt", "arent",
    "cant",
    "cannot", "couldnt", "wont", "wouldnt", "shouldnt", "havent", "hasnt", "hadnt", "aint", "neither", "nor",
  ]
  static let englishIntensifiers: Set<String> = [
    "very", "so", "really", "extremely", "absolutely", "totally", "completely", "incredibly", "utterly",
    "truly",
    "such", "highly", "fucking", "damn", "most",
  ]
  static let englishTurns: Set<String> = ["but", "however", "although"]
}
