import Contracts

/// An address card in the form that address books read (RFC 2426).
enum VCard {
  static func text(_ card: ContactCard) -> String {
    let name = escaped(card.name)
    return
      (["BEGIN:VCARD", "VERSION:3.0", "N:;\(name);;;", "FN:\(name)"]
      + card.phones.map { "TEL:\(escaped($0))" }
      + card.emails.map { "EMAIL:\(escaped($0))" } + ["END:VCARD"]).map { $0 + "\r\n" }.joined()
  }

  /// Section 4, `text-value`: no value can end its line.
  private static func escaped(_ text: String) -> String {
    text.unicodeScalars.reduce(into: "") { escaped, scalar in
      switch scalar {
      case "\\", ",", ";": escaped += "\\\(scalar)"
      case "\n": escaped += "\\n"
      case "\0"..."\u{1F}", "\u{7F}": break
      default: escaped.unicodeScalars.append(scalar)
      }
    }
  }
}
