import Contracts

/// The calls that a place and address cards become (Bot API, "sendLocation", "sendVenue", "sendContact").
struct TelegramCards {
  /// "0-2048 bytes".
  private static let maximumCardBytes = 2_048

  private(set) var requests: [TelegramRequest] = []
  /// What has no call of its own; nil when there is none.
  private(set) var lines: String?

  init(_ message: OutboundMessage) {
    if let location = message.location { requests.append(Self.request(location)) }
    var plain: [ContactCard] = []
    for card in message.contacts {
      if let request = Self.request(card) { requests.append(request) } else { plain.append(card) }
    }
    lines = PlainCards.text(nil, plain)
  }

  /// A venue needs both a title and an address.
  private static func request(_ location: Location) -> TelegramRequest {
    let place = [
      "latitude": PlainCards.degrees(location.latitude), "longitude": PlainCards.degrees(location.longitude),
    ]
    guard location.name != nil || location.address != nil else {
      return TelegramRequest("sendLocation", place)
    }
    let details = [
      "title": PlainCards.title(location),
      "address": location.name == nil
        ? PlainCards.coordinates(location) : location.address ?? PlainCards.coordinates(location),
    ]
    return TelegramRequest("sendVenue", place.merging(details) { first, _ in first })
  }

  /// nil for a card without a telephone number, which Telegram cannot show, and for one with too much on it.
  private static func request(_ card: ContactCard) -> TelegramRequest? {
    guard let phone = card.phones.first else { return nil }
    let isWhole = card.phones.count == 1 && card.emails.isEmpty
    let vcard = isWhole ? nil : VCard.text(card)
    guard (vcard?.utf8.count ?? 0) <= maximumCardBytes else { return nil }
    return TelegramRequest("sendContact", ["phone_number": phone, "first_name": card.name, "vcard": vcard])
  }
}
