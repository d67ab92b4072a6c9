import JSON

/// Places and address cards ("Location messages", "Contacts messages").
enum GraphCards {
  /// What a place is called.
  static func location(_ value: JSONValue?) throws(StandInError) -> String {
    guard let latitude = number(value?["latitude"]), let longitude = number(value?["longitude"]),
      abs(latitude) <= 90, abs(longitude) <= 180
    else { throw .badValue("location is no place") }
    if value?["address"] != nil, value?["name"] == nil {
      throw .badValue("location has an address and no name")
    }
    return value?["name"]?.string ?? "\(latitude), \(longitude)"
  }

  /// Whose the first card is.
  static func contacts(_ value: JSONValue?) throws(StandInError) -> String {
    guard let cards = value?.array, !cards.isEmpty else { throw .missing("contacts[0]") }
    guard cards.count <= 257 else { throw .badValue("contacts has more than 257 elements") }
    for card in cards {
      guard card["name"]?["formatted_name"]?.string?.isEmpty == false else {
        throw .missing("contacts.name.formatted_name")
      }
      let more = ["first_name", "last_name", "middle_name", "suffix", "prefix"]
      guard more.contains(where: { card["name"]?[$0]?.string?.isEmpty == false }) else {
        throw .missing("contacts.name.first_name")
      }
      for (list, member) in [("phones", "phone"), ("emails", "email")] {
        guard (card[list]?.array ?? []).allSatisfy({ $0[member]?.string?.isEmpty == false }) else {
          throw .missing("contacts.\(list).\(member)")
        }
      }
    }
    return cards[0]["name"]?["formatted_name"]?.string ?? ""
  }

  private static func number(_ value: JSONValue?) -> Double? {
    value?.double ?? value?.string.flatMap { Double($0) }
  }
}
