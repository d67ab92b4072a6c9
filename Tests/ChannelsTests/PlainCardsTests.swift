import Contracts
import Foundation
import Testing

@testable import Channels

@Suite struct PlainCardsTests {
  private let shop = Location(
    latitude: 52.520008, longitude: -13.4, name: "Shop", address: "Alexanderplatz 1")

  @Test func aPlaceIsItsNameItsAddressAndALinkToAMap() {
    let link = "https://www.openstreetmap.org/?mlat=52.520008&mlon=-13.4#map=16/52.520008/-13.4"
    #expect(PlainCards.text(shop) == "📍 Shop\nAlexanderplatz 1\n\(link)")
    let address = Location(latitude: 52.520008, longitude: -13.4, address: "Alexanderplatz 1")
    #expect(PlainCards.text(address) == "📍 Alexanderplatz 1\n\(link)")
    let bare = Location(latitude: 0, longitude: -0.000_000_1)
    #expect(
      PlainCards.text(bare) == "📍 0, 0\nhttps://www.openstreetmap.org/?mlat=0&mlon=0#map=16/0/0")
  }

  @Test func aCardIsItsNameAndEveryWayToReachIt() {
    let card = ContactCard(name: "Ada", phones: ["+49 151", "+49 152"], emails: ["ada@example.com"])
    #expect(PlainCards.text(card) == "👤 Ada\n+49 151\n+49 152\nada@example.com")
    #expect(PlainCards.text(nil, [card, card])?.components(separatedBy: "\n\n").count == 2)
    #expect(PlainCards.text(nil, []) == nil)
  }

  @Test func noValueOfAnAddressBooksCardEndsItsLine() {
    let card = ContactCard(name: "A;d,a\\\r\nTEL:1", phones: ["+49 151"], emails: ["a@example.com"])
    #expect(
      VCard.text(card)
        == "BEGIN:VCARD\r\nVERSION:3.0\r\nN:;A\\;d\\,a\\\\\\nTEL:1;;;\r\nFN:A\\;d\\,a\\\\\\nTEL:1\r\n"
        + "TEL:+49 151\r\nEMAIL:a@example.com\r\nEND:VCARD\r\n")
  }
}
