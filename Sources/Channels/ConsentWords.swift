import Contracts
import Foundation

/// The words with which a contact ends what we send, or begins it again, when a message is one of them and nothing
/// else. Words that people also use for other things (cancel, end, quit, yes) are none.
package enum ConsentWords {
  private static let out: Set<String> = [
    "stop", "stopall", "stop all", "unsubscribe", "opt out", "optout", "/stop",
    "stopp", "abmelden", "abbestellen",
    "arret", "arreter", "desabonner", "me desabonner",
    "baja", "darse de baja", "parar",
    "sair", "descadastrar",
    "disiscrivimi", "annulla iscrizione", "afmelden", "uitschrijven", "avregistrera", "afmeld", "wypisz",
    "отписаться", "стоп", "停止", "退订",
  ]
  private static let back: Set<String> = [
    "start", "unstop", "subscribe", "opt in", "optin", "/start",
    "anmelden", "abonner", "alta", "inscrever", "iscrivimi", "aanmelden", "подписаться", "старт", "开始", "订阅",
  ]
  /// No word is longer; what is longer is not looked at.
  private static let longest = 64

  /// nil for anything but one of the words.
  package static func state(of text: String?) -> ConsentState? {
    guard let text, text.utf8.count <= longest else { return nil }
    let word = fold(text)
    return out.contains(word) ? .optedOut : back.contains(word) ? .optedIn : nil
  }

  /// Without case, accents, marks around it and more than one space.
  private static func fold(_ text: String) -> String {
    var folded = ""
    for scalar in text.decomposedStringWithCanonicalMapping.lowercased().unicodeScalars {
      if scalar.properties.generalCategory == .nonspacingMark { continue }
      folded.unicodeScalars.append(scalar)
    }
    let words = folded.precomposedStringWithCanonicalMapping.split(whereSeparator: \.isWhitespace)
    return words.joined(separator: " ")
      .trimming { ".!?\"'*_,;:()«»„“”".contains($0) }
  }
}

extension String {
  fileprivate func trimming(_ isDropped: (Character) -> Bool) -> String {
    var text = self[...]
    while let first = text.first, isDropped(first) { text.removeFirst() }
    while let last = text.last, isDropped(last) { text.removeLast() }
    return String(text)
  }
}
