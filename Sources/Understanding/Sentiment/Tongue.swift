/// A language whose words are known, and what the rules need of it.
struct Tongue: Sendable {
  let valences: Valences
  /// They turn round what follows them.
  let negations: Set<String>
  /// Those that also come behind what they turn round: "das gefällt mir nicht".
  let lateNegations: Set<String>
  let intensifiers: Set<String>
  /// What stands behind a "but" is meant.
  let turns: Set<String>
  /// Words lose a vowel before others: "l'attente".
  let elides: Bool
  /// An accent makes another word: "schon" and "schön". Elsewhere many do not type them, and they are not looked at.
  let readsAccents: Bool

  /// - Parameter lines: as `Valences` has them. What feels like nothing and bad where it is missing has the valence 0 ("marche",
  ///   "ne marche pas"); a phrase of 0 feels like nothing whatever is in it (greetings).
  init(
    lines: String, negations: String, lateNegations: String = "", intensifiers: String, turns: String,
    elides: Bool = false, readsAccents: Bool = false
  ) {
    func spell(_ text: String) -> String { readsAccents ? text : SentimentWords.plain(text) }
    func words(_ text: String) -> Set<String> {
      Set(spell(text).split(whereSeparator: \.isWhitespace).map(String.init))
    }
    valences = Valences(lines: lines, spell: spell)
    self.negations = words(negations)
    self.lateNegations = words(lateNegations)
    self.intensifiers = words(intensifiers)
    self.turns = words(turns)
    self.elides = elides
    self.readsAccents = readsAccents
  }

  /// Each with the codes that CLD2 gives its texts: its own, and those of languages that it takes it for.
  static let known: [(codes: Set<String>, tongue: Tongue)] = [
    (["en"], .english), (["de", "lb"], .german), (["fr"], .french), (["es", "gl", "ca"], .spanish),
    (["it"], .italian), (["pt", "gl"], .portuguese), (["nl", "af"], .dutch),
  ]
}
