import Contracts
import JSON

/// What a message says, whoever wrote it and whether for the first time or in an edit.
///
/// Forms, answers to requests for calls, polls and types yet unknown are `unsupported`: they keep their JSON.
enum WhatsAppContent {
  static func content(of message: JSONValue) -> InboundContent {
    var content = known(message) ?? InboundContent(.unsupported, text: writtenIn(message))
    content.replyTo = Bounded.identifier(message["context"]?["id"]?.string)
    content.referral = referral(in: message)
    let isWhole = [.text, .attachment, .location].contains(content.kind) && content.referral == nil
    if !isWhole { content.raw = String(decoding: message.serialized(), as: UTF8.self) }
    return content
  }

  private static func known(_ message: JSONValue) -> InboundContent? {
    guard let type = message["type"]?.string, let value = message[type] else { return nil }
    switch type {
    case "text": return text(value["body"])
    // A quick-reply button of a template.
    case "button": return text(value["text"], payload: value["payload"])
    case "interactive":
      guard let type = value["type"]?.string, type == "button_reply" || type == "list_reply" else {
        return nil
      }
      return text(value[type]?["title"], payload: value[type]?["id"])
    case "image", "video", "audio", "document", "sticker":
      return WhatsAppFile.attachment(value, type: type).map {
        InboundContent(.attachment, text: Bounded.text(value["caption"]?.string), attachments: [$0])
      }
    case "location": return location(value).map { InboundContent(.location, location: $0) }
    case "contacts":
      let cards = (value.array ?? []).compactMap(card)
      return cards.isEmpty ? nil : InboundContent(.contacts, contacts: cards)
    case "order": return InboundContent(.order, text: Bounded.text(value["text"]?.string))
    default: return nil
    }
  }

  private static func text(_ text: JSONValue?, payload: JSONValue? = nil) -> InboundContent? {
    Bounded.text(text?.string).map { InboundContent(.text, text: $0, payload: Bounded.text(payload?.string)) }
  }

  private static func location(_ value: JSONValue) -> Location? {
    guard let latitude = value["latitude"]?.double, let longitude = value["longitude"]?.double,
      (-90...90).contains(latitude), (-180...180).contains(longitude)
    else { return nil }
    return Location(
      latitude: latitude,
      longitude: longitude,
      name: Bounded.text(value["name"]?.string),
      address: Bounded.text(value["address"]?.string)
    )
  }

  /// A card without a name goes by its first number or address.
  private static func card(_ value: JSONValue) -> ContactCard? {
    func texts(_ list: String, _ member: String) -> [String] {
      (value[list]?.array ?? []).compactMap { Bounded.text($0[member]?.string) }
    }
    let phones = texts("phones", "phone")
    let emails = texts("emails", "email")
    guard let name = Bounded.name(value["name"]?["formatted_name"]?.string) ?? (phones + emails).first else {
      return nil
    }
    return ContactCard(name: name, phones: phones, emails: emails)
  }

  /// An advertisement or post with a link to the chat; or a product of the catalogue that is asked about.
  private static func referral(in message: JSONValue) -> Referral? {
    if let referral = message["referral"], let source = Bounded.text(referral["source_type"]?.string) {
      return Referral(
        source: source,
        id: Bounded.text(referral["source_id"]?.string),
        url: Bounded.text(referral["source_url"]?.string),
        headline: Bounded.text(referral["headline"]?.string)
      )
    }
    guard let product = message["context"]?["referred_product"],
      let id = Bounded.text(product["product_retailer_id"]?.string)
    else { return nil }
    return Referral(source: "product", id: id)
  }

  /// What of a thing that is not understood was written by a person.
  private static func writtenIn(_ message: JSONValue) -> String? {
    guard let type = message["type"]?.string, let value = message[type] else { return nil }
    return Bounded.text(value["caption"]?.string)
  }
}
