/// What somebody feels of a text who knows one language, or of emoji alone.
struct SentimentReading {
  /// Of each word that feels like something, in their order.
  private(set) var valences: [Float] = []
  /// How many of them stand before the last "but".
  private(set) var turn: Int?
  /// Of the words that are known.
  private(set) var letters = 0

  /// The reading in the language that a text is in.
  ///
  /// A guess about few words, or one that is not reliable, is tried against the other languages: a word may mean another thing
  /// in each ("die", "Kind"), so one counts that knows nearly all of what is written, and more of it than the guess's own.
  static func of(_ words: SentimentWords, in language: LanguageGuess) -> SentimentReading {
    var readings: [SentimentReading] = []
    for (codes, tongue) in Tongue.known where codes.contains(language.language) {
      readings.append(SentimentReading(words, in: tongue))
    }
    if words.areFew || !language.isReliable {
      for (codes, tongue) in Tongue.known where !codes.contains(language.language) {
        let reading = SentimentReading(words, in: tongue)
        if reading.letters * 4 >= words.letters * 3 { readings.append(reading) }
      }
    }
    return readings.max { $0.letters < $1.letters } ?? SentimentReading(words, in: nil)
  }

  private init(_ words: SentimentWords, in tongue: Tongue?) {
    let text = tongue.map { TongueText(words: words, tongue: $0) }
    var index = 0
    while index < words.words.count {
      if let emoji = words.words[index].emoji {
        valences.append(emoji)
      } else if let text {
        if text.tongue.turns.contains(text.spelled[index]) { turn = valences.count }
        let known = text.known(at: index)
        if let valence = known.valence { valences.append(valence) }
        for word in text.spelled[index..<index + known.count] { letters += word.count }
        index += max(known.count, 1) - 1
      }
      index += 1
    }
  }
}

/// A text to somebody who knows a language.
private struct TongueText {
  let words: [SentimentWords.Word]
  let spelled: [String]
  let tongue: Tongue

  /// How many words before, or behind, a word negate it.
  private static let reach = 3
  /// How the lack of what one expects feels.
  private static let lack: Float = -1.4

  init(words: SentimentWords, tongue: Tongue) {
    self.words = words.words
    spelled = tongue.readsAccents ? words.written : words.plain
    self.tongue = tongue
  }

  /// How what begins at a word feels, and of how many words it is; 0 where it is not known.
  func known(at index: Int) -> (valence: Float?, count: Int) {
    let word = spelled[index]
    guard let found = entry(at: index), found.count > 1 || !tongue.negations.contains(word) else {
      let isKnown = [tongue.negations, tongue.intensifiers, tongue.turns].contains { $0.contains(word) }
      return (nil, isKnown ? 1 : 0)
    }
    // "super nul", "verdammt gut"
    if found.count == 1, tongue.intensifiers.contains(word), words.indices.contains(index + 1),
      words[index + 1].clause == words[index].clause, let next = entry(at: index + 1),
      next.valence * found.valence <= 0
    {
      return (nil, 1)
    }
    let isNegated = isNegated(index..<index + found.count)
    guard found.valence != 0 else {
      return (isNegated && found.count == 1 ? emphasised(Self.lack, at: index) : nil, found.count)
    }
    return (emphasised(found.valence, at: index) * (isNegated ? -0.74 : 1), found.count)
  }

  private func emphasised(_ valence: Float, at index: Int) -> Float {
    let isIntensified = index > 0 && tongue.intensifiers.contains(spelled[index - 1])
    let emphasis: Float = (words[index].isShouted ? 0.733 : 0) + (isIntensified ? 0.6 : 0)
    return valence + (valence < 0 ? -emphasis : emphasis)
  }

  private func entry(at index: Int) -> (valence: Float, count: Int)? {
    if let found = tongue.valences.first(of: spelled[index...]) { return found }
    guard tongue.elides, let elided = words[index].elided else { return nil }
    return tongue.valences.first(of: [elided.tail])
  }

  private func isNegated(_ place: Range<Int>) -> Bool {
    // "nunca más" is one word that feels like something.
    if place.count > 1, place.contains(where: { tongue.negations.contains(spelled[$0]) }) { return false }
    for index in near((0..<place.lowerBound).reversed(), to: place.lowerBound) {
      if tongue.negations.contains(spelled[index]) { return true }
      if tongue.elides, let elided = words[index].elided, tongue.negations.contains(elided.head) {
        return true
      }
      // In "nobody solves my problem" it belongs to what is expected.
      if entry(at: index)?.valence == 0 { break }
    }
    guard !tongue.lateNegations.isEmpty else { return false }
    return near(place.upperBound..<words.count, to: place.lowerBound).contains { index in
      // In "the problem is not solved" it belongs to what follows.
      tongue.lateNegations.contains(spelled[index])
        && !near((index + 1)..<words.count, to: index).contains { entry(at: $0) != nil }
    }
  }

  /// The nearest words of the same clause, up to a "but".
  private func near(_ places: some Sequence<Int>, to index: Int) -> [Int] {
    places.prefix(Self.reach).prefix {
      words[$0].clause == words[index].clause && !tongue.turns.contains(spelled[$0])
    }
  }
}
