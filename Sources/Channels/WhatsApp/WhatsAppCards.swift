import Contracts

/// A place ("Location messages"). What it is called stands above its address, which is not shown without.
struct WhatsAppPlace: Encodable, Equatable {
  private let latitude: Double
  private let longitude: Double
  private let name: String?
  private let address: String?

  init(_ location: Location) {
    latitude = location.latitude
    longitude = location.longitude
    name = location.name ?? location.address
    address = location.name == nil ? nil : location.address
  }
}

/// An address card ("Contacts messages"): of the name, what is shown and one more member are asked for.
struct WhatsAppCard: Encodable, Equatable {
  private struct Name: Encodable, Equatable {
    let formatted_name: String
    let first_name: String
  }

  private struct Phone: Encodable, Equatable {
    let phone: String
  }

  private struct Email: Encodable, Equatable {
    let email: String
  }

  private let name: Name
  private let phones: [Phone]?
  private let emails: [Email]?

  init(_ card: ContactCard) {
    name = Name(formatted_name: card.name, first_name: card.name)
    phones = card.phones.isEmpty ? nil : card.phones.map(Phone.init)
    emails = card.emails.isEmpty ? nil : card.emails.map(Email.init)
  }
}
