import Understanding

/// Examples as a caller gives them.
struct IntentsInput: Decodable, Sendable {
  struct Example: Decodable, Sendable {
    let text: String
    /// Left out, or null: the text is out of scope.
    let intent: String?
  }

  let examples: [Example]
  /// These are all; false adds them.
  let replace: Bool?

  static let maximumExamples = 20_000
  static let maximumIntents = 500
  static let maximumText = 1_000
  static let maximumName = 100

  func check() throws(Problem) {
    for (number, example) in examples.enumerated() {
      try CommandBounds.check(example.text, "$.examples[\(number)].text", atMost: Self.maximumText)
      if let intent = example.intent {
        try CommandBounds.check(intent, "$.examples[\(number)].intent", atMost: Self.maximumName)
      }
    }
    if examples.isEmpty, replace != true { throw Problem(.invalidContent, "$.examples is empty") }
  }

  func applied(to before: [IntentExample]) throws(Problem) -> [IntentExample] {
    var after = replace == true ? [] : before
    var places = Dictionary(
      after.enumerated().map { ($0.element.text, $0.offset) }, uniquingKeysWith: { first, _ in first })
    for example in examples {
      let example = IntentExample(text: example.text, intent: example.intent)
      if let place = places[example.text] {
        after[place] = example
      } else {
        places[example.text] = after.count
        after.append(example)
      }
    }
    guard after.count <= Self.maximumExamples else {
      throw Problem(
        .invalidContent, "there would be \(after.count) examples, more than \(Self.maximumExamples)")
    }
    let intents = Set(after.compactMap(\.intent)).count
    guard intents <= Self.maximumIntents else {
      throw Problem(.invalidContent, "there would be \(intents) intents, more than \(Self.maximumIntents)")
    }
    return after
  }
}
