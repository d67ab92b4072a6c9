import Understanding

/// In which language a document is read: a text-search configuration of Postgres, which says where its words end.
package enum DocumentLanguage {
  /// What an upload has that does not say: it is told from the text, once that is there.
  package static let told = "auto"
  /// Where the text is too little to tell.
  static let unclear = "english"
  /// Of a language that Postgres has no configuration for: words as they stand.
  static let plain = "simple"

  /// Pieces of a document that are looked at, spread over it, and characters of each: what `LanguageGuess` reads.
  private static let pieces = 8
  private static let charactersOfPiece = 250

  /// - Parameter texts: of the whole document, in its order.
  static func of(_ texts: [String]) -> String {
    let step = max(1, texts.count / pieces)
    let sample = stride(from: 0, to: texts.count, by: step).prefix(pieces)
      .map { texts[$0].prefix(charactersOfPiece) }.joined(separator: "\n")
    let guess = LanguageGuess(of: sample)
    guard guess.isReliable else { return unclear }
    return configurations[String(guess.language.prefix { $0 != "-" })] ?? plain
  }

  /// Those that Postgres comes with (`pg_ts_config`), by ISO 639-1.
  private static let configurations = [
    "ar": "arabic", "hy": "armenian", "eu": "basque", "ca": "catalan", "da": "danish", "nl": "dutch",
    "en": "english", "fi": "finnish", "fr": "french", "de": "german", "el": "greek", "hi": "hindi",
    "hu": "hungarian", "id": "indonesian", "ga": "irish", "it": "italian", "lt": "lithuanian", "ne": "nepali",
    "no": "norwegian", "nb": "norwegian", "nn": "norwegian", "pt": "portuguese", "ro": "romanian",
    "ru": "russian", "sr": "serbian", "es": "spanish", "sv": "swedish", "ta": "tamil", "tr": "turkish",
    "yi": "yiddish",
  ]
}
