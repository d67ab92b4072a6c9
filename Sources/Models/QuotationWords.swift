/// How a language says from which source it quotes.
struct QuotationWords: Sendable {
  private let before: String
  private let between: String
  private let after: String

  private init(_ before: String, _ between: String, _ after: String) {
    self.before = before
    self.between = between
    self.after = after
  }

  /// - Parameter language: BCP 47; nil is English. What is not among those below is quoted without a word.
  init(in language: String?) {
    let code = String((language ?? "en").prefix { $0 != "-" }).lowercased()
    self = Self.known[code] ?? Self("“", "”: “", "”")
  }

  func quote(_ text: String, from title: String) -> String { before + title + between + text + after }

  private static let known: [String: QuotationWords] = [
    "en": Self("From \"", "\": \"", "\""), "de": Self("Aus „", "“: „", "“"),
    "fr": Self("Extrait de « ", " » : « ", " »"), "es": Self("De «", "»: «", "»"),
    "it": Self("Da «", "»: «", "»"), "pt": Self("De “", "”: “", "”"), "nl": Self("Uit “", "”: “", "”"),
    "pl": Self("Z „", "”: „", "”"), "cs": Self("Z „", "“: „", "“"), "sv": Self("Ur ”", "”: ”", "”"),
    "da": Self("Fra »", "«: »", "«"), "nb": Self("Fra «", "»: «", "»"), "no": Self("Fra «", "»: «", "»"),
    "uk": Self("З «", "»: «", "»"), "ru": Self("Из «", "»: «", "»"), "ja": Self("「", "」より：「", "」"),
    "zh": Self("摘自《", "》：“", "”"),
  ]
}
