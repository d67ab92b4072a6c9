import Contracts
import Foundation

/// Places and address cards as lines of a text, for platforms that have no form of their own for them.
package enum PlainCards {
  /// Nil when there is nothing to say.
  package static func text(_ location: Location?, _ contacts: [ContactCard]) -> String? {
    let paragraphs = (location.map { [text($0)] } ?? []) + contacts.map(text)
    return paragraphs.isEmpty ? nil : paragraphs.joined(separator: "\n\n")
  }

  static func text(_ location: Location) -> String {
    (["📍 " + title(location)]
      + [location.name == nil ? nil : location.address, link(location)].compactMap(\.self))
      .filter { !$0.isEmpty }.joined(separator: "\n")
  }

  static func text(_ card: ContactCard) -> String {
    (["👤 " + card.name] + card.phones + card.emails).joined(separator: "\n")
  }

  /// What the place is called, or where it is.
  static func title(_ location: Location) -> String {
    location.name ?? location.address ?? coordinates(location)
  }

  static func coordinates(_ location: Location) -> String {
    "\(degrees(location.latitude)), \(degrees(location.longitude))"
  }

  /// A map with a mark at the place, which needs no account and no key (OpenStreetMap wiki, "Browsing": `mlat`, `mlon`).
  static func link(_ location: Location) -> String {
    let (latitude, longitude) = (degrees(location.latitude), degrees(location.longitude))
    return
      "https://www.openstreetmap.org/?mlat=\(latitude)&mlon=\(longitude)#map=16/\(latitude)/\(longitude)"
  }

  /// In decimals without an exponent: six are a tenth of a metre.
  static func degrees(_ value: Double) -> String {
    var text = String(format: "%.6f", value)
    while text.hasSuffix("0") { text.removeLast() }
    if text.hasSuffix(".") { text.removeLast() }
    return text == "-0" ? "0" : text
  }
}

extension OutboundMessage {
  /// Its place and cards as lines; nil when it has none.
  var plainCards: String? { PlainCards.text(location, contacts) }
}
