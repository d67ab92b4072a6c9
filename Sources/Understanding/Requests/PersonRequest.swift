/// Whether a message asks for a person: in words of English, German, French, Spanish, Italian, Portuguese and Dutch, and by
/// phrases of some others.
///
/// A request is a word for getting into touch beside a word for a person (`speak to an agent`), a wish for one (`I need a
/// human`), or a message that is nothing but the word. What is quoted, refused (`I don't want to talk to a human`) or told of
/// the past (`I spoke with an agent`) is none; `can I not talk to a human?` is one.
package enum PersonRequest {
  package static func stands(in text: String) -> Bool {
    let clauses = Clauses(text).clauses
    guard !clauses.isEmpty else { return false }
    if PersonWords.all.contains(where: { $0.isBare(clauses) || $0.asks(clauses) }) { return true }
    let whole = " " + clauses.map { $0.words.joined(separator: " ") }.joined(separator: " ") + " "
    return otherPhrases.contains { whole.contains(" \($0) ") }
      || phrasesWithoutBlanks.contains { whole.contains($0) }
  }

  private static let otherPhrases = [
    "z człowiekiem", "z konsultantem", "з людиною", "з оператором", "с человеком", "с оператором",
    "bir insanla", "müşteri temsilcisi", "med en människa", "med et menneske", "ihmisen kanssa",
  ]
  private static let phrasesWithoutBlanks = ["人工客服", "转人工", "轉人工", "担当者と話", "オペレーターと話", "オペレーターに繋"]
}

extension PersonWords {
  /// How many words may stand between a person and the verb at the end of a clause.
  private static let reach = 7
  /// How many words of a message that only names whom it wants.
  private static let bareWords = 6

  /// The message is nothing but the word for a person, with articles and politeness around it.
  fileprivate func isBare(_ clauses: [Clauses.Clause]) -> Bool {
    let words = clauses.flatMap(\.words).filter { !polite.contains($0) }
    guard words.count <= Self.bareWords else { return false }
    let rest = words.filter { !fillers.contains($0) }
    if rest.count == 1, people.contains(rest[0]) { return true }
    guard rest.count == 2 else { return false }
    let wanted = people.union(anyone)
    return [(rest[0], rest[1]), (rest[1], rest[0])].contains { real.contains($0.0) && wanted.contains($0.1) }
  }

  fileprivate func asks(_ clauses: [Clauses.Clause]) -> Bool {
    // After "not with a bot but": who is wanted instead needs no verb of its own.
    var wasRefused = false
    for clause in clauses.flatMap({ parts(of: $0.words) }) {
      let place = place(in: clause)
      if wasRefused, clause.first.map(contrasts.contains) == true, names(clause.dropFirst()) { return true }
      if let place {
        if !isRefused(place, in: clause) { return true }
      }
      wasRefused = clause.contains { negations.contains($0) } && clause.contains(where: contacts.contains)
    }
    return false
  }

  /// A clause cut before each word that begins another thought.
  private func parts(of words: [String]) -> [[String]] {
    words.indices.reduce(into: [[]]) { parts, index in
      let word = words[index]
      let isNew = breaks.contains(word) || contrasts.contains(word)
      if isNew || parts.last.map({ startsAnew(at: index, in: words, after: $0) }) == true,
        parts.last?.isEmpty == false
      {
        parts.append([])
      }
      parts[parts.count - 1].append(word)
    }
  }

  /// Whether behind a negation somebody begins to say what is wanted: "no I want an agent", "no entiendo quiero hablar".
  private func startsAnew(at index: Int, in words: [String], after part: [String]) -> Bool {
    guard index > 0, part.contains(where: negations.contains) else { return false }
    if let verb = words[index...].first(where: { !polite.contains($0) }), orders.contains(verb) {
      // "never please connect me" is one thought, "I never got an answer please connect me" is two.
      if prohibitions.contains(part.filter { !polite.contains($0) }.joined(separator: " ")) { return false }
      if polite.contains(words[index]) { return true }
    }
    guard starts.contains(words[index]) else { return false }
    let before = words[index - 1]
    // "I don't think that I need an agent" is all one thought.
    if carriers.contains(before) || carriers.contains(words[max(0, index - 2)..<index].joined(separator: " "))
    {
      return false
    }
    // "niemals möchte ich": the verb stands before who wants.
    if verbsLast, wishes.subtracting(polite).contains(before) { return false }
    let isVerb =
      [wishes, abilities, contacts].contains { $0.contains(words[index]) } || words[index] == "let"
    return !(isVerb && (negations.contains(before) || verbCarriers.contains(before)))
  }

  /// Nothing but a word for a person.
  private func names(_ words: ArraySlice<String>) -> Bool {
    let wanted = people.union(anyone)
    let rest = words.filter { wanted.contains($0) || !(fillers.union(polite).union(real)).contains($0) }
    return rest.count == 1 && wanted.contains(rest[0])
  }

  /// Where the request begins and ends; nil where there is none.
  private func place(in words: [String]) -> Range<Int>? {
    for (index, word) in words.enumerated() {
      if contacts.contains(word), let end = person(in: words, after: index, people.union(anyone).union(teams))
      {
        return index..<end + 1
      }
      if wishes.contains(word) {
        if let end = person(in: words, after: index, people) { return index..<end + 1 }
        if let end = person(in: words, after: index, anyone),
          words[index..<end].contains(where: real.contains)
        {
          return index..<end + 1
        }
      }
      // "mit einem Mitarbeiter über meine Rechnung sprechen"
      if with.contains(word), let end = person(in: words, after: index, people.union(anyone).union(teams)),
        let verb = words[(end + 1)...].prefix(Self.reach).firstIndex(where: contacts.contains)
      {
        return index..<verb + 1
      }
      // "einen Menschen sprechen", "een medewerker spreken"
      if verbsLast, people.contains(word), index + 1 < words.count, directs.contains(words[index + 1]) {
        return index..<index + 2
      }
    }
    return nil
  }

  /// The first word for a person behind `index`, with nothing between but what may belong to it.
  private func person(in words: [String], after index: Int, _ wanted: Set<String>) -> Int? {
    for place in words.indices.dropFirst(index + 1) {
      if wanted.contains(words[place]) {
        // "a travel agent"
        return others.contains(words[place - 1]) ? nil : place
      }
      guard fillers.contains(words[place]) || real.contains(words[place]) || teams.contains(words[place])
      else {
        return nil
      }
    }
    return nil
  }

  /// Whether what stands behind a request is a clause of its own: "ich komme nicht weiter", where "will ich nicht" and
  /// "darüber nicht sprechen" belong to the request.
  private func beginsAnew(_ behind: ArraySlice<String>) -> Bool {
    let own = behind.drop(while: contacts.contains)
    guard let first = own.first, let last = own.last, subjects.contains(first) else { return false }
    // "das will ich nicht"
    let isAboutIt = !starts.contains(first) && own.dropFirst().first.map(wishes.contains) == true
    return !isAboutIt && !contacts.contains(last)
  }

  private func isRefused(_ place: Range<Int>, in words: [String]) -> Bool {
    let isDeniedBehind = verbsLast && !beginsAnew(words[place.upperBound...])
    let looked = isDeniedBehind ? words.indices : words.startIndex..<place.upperBound
    return looked.contains { index in
      guard negations.contains(words[index]) else { return false }
      // "Can I not talk to a human?" asks.
      let around = words[max(0, index - 4)..<min(words.count, index + 3)]
      return !around.contains(where: abilities.contains)
    }
  }
}
