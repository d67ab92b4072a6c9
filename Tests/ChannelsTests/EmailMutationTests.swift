import Channels
import Foundation
import Testing

/// Mail that means harm, or was broken on its way.
@Suite(.timeLimit(.minutes(3))) struct EmailMutationTests {
  private static let head = "From: a@b.example\r\nTo: c@d.example\r\nMessage-ID: <x@y>\r\nSubject: s\r\n"

  @Test func brokenMailBecomesSoundItemsOrIsRefused() throws {
    var random = Seeded.named("brokenMailBecomesSoundItemsOrIsRefused")
    let mails =
      try EmailCases.files("mikel-mail", [".eml"]) + EmailCases.files("enmime/mail", [".raw"])
      + EmailCases.files("talon-quotes", [".eml"])
    for _ in 0..<1_500 {
      var bytes = mails.randomElement(using: &random)?.bytes ?? []
      for _ in 0..<Int.random(in: 1...8, using: &random) { Self.damage(&bytes, &random) }
      let items = (try? EmailChannel().parse(bytes, sender: nil)) ?? []
      #expect(!items.contains { !$0.isSound })
    }
  }

  private static func damage(_ bytes: inout [UInt8], _ random: inout Seeded) {
    guard bytes.count > 4 else { return }
    let place = Int.random(in: 0..<bytes.count, using: &random)
    let end = min(bytes.count, place + Int.random(in: 1...200, using: &random))
    switch Int.random(in: 0..<5, using: &random) {
    case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
    case 1: bytes.removeSubrange(place..<end)
    case 2: bytes.insert(contentsOf: bytes[place..<end], at: Int.random(in: 0...bytes.count, using: &random))
    case 3: bytes.removeSubrange(place...)
    default: bytes.insert(contentsOf: [0, 0xFF, 0x0D, 0x0A, 0x0A], at: place)
    }
  }

  @Test(arguments: [
    ("Reply-To: " + String(repeating: "g:", count: 60_000) + "\r\n\r\nhi", "too-many-items"),
    (
      "Content-Type: message/rfc822\r\n\r\nTO : " + String(repeating: "g:,", count: 60_000) + "\r\n\r\nhi",
      "too-many-items"
    ),
    ("X-A: " + String(repeating: "a", count: 300_000) + "\r\n\r\nhi", "too-large"),
    (
      (0..<1_000).map { "Content-Type: multipart/mixed; boundary=b\($0)\r\n\r\n--b\($0)\r\n" }.joined(),
      "too-many-items"
    ),
    (
      "Content-Type: multipart/mixed; boundary=b\r\n\r\n" + String(repeating: "--b\r\n\r\nx\r\n", count: 600),
      "too-many-items"
    ),
    (String(repeating: "x", count: 26 << 20), "too-large"),
  ])
  func aBombIsRefused(mail: String, reason: String) {
    let error = #expect(throws: ChannelError.self) {
      try EmailChannel().parse(Array((Self.head + mail).utf8), sender: nil)
    }
    #expect(error?.code.rawValue == reason)
  }

  @Test(arguments: [
    String(repeating: "Content-Type: message/rfc822\r\n\r\n", count: 5_000) + head + "\r\nhi",
    "Reply-To: " + String(repeating: "(", count: 100_000) + "\r\n\r\nhi",
    "References: " + (0..<10_000).map { "<\($0)@a>" }.joined(separator: " ") + "\r\n\r\nhi",
    "Content-Type: text/html\r\n\r\n" + String(repeating: "<div><blockquote>", count: 100_000) + "hi",
    "Content-Type: text/html\r\n\r\n" + String(repeating: "<a href=x><p>", count: 100_000) + "hi",
    "\r\n" + String(repeating: "On 1 May Bob wrote:\r\n> x\r\n", count: 100_000),
    "\r\n" + String(repeating: "From: 1\r\n", count: 100_000),
    "\r\n" + String(repeating: "-- \r\n", count: 200_000),
    "\r\na\0b",
  ])
  func whatIsLargeOrDeepIsReadAsFarAsItGoes(mail: String) throws {
    let items = try EmailChannel().parse(Array((Self.head + mail).utf8), sender: nil)
    #expect(items.count == 1 && !items.contains { !$0.isSound })
  }
}
