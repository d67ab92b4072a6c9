import Contracts
import Crypto
import FoundationEssentials
import Mail

/// What one mail means.
enum EmailItems {
  static func items(of message: MIMEMessage, body: [UInt8]) -> [InboundItem] {
    if let report = EmailReport.items(of: message) { return report }
    if let kind = EmailAutomation.kind(of: message) { return [.other(kind: kind)] }
    // Forms on web pages and ticket systems name the person in Reply-To.
    guard
      let author = (message.replyTo + message.from).first(where: { Bounded.identifier($0.address) != nil })
    else { return [.other(kind: "malformed")] }
    let address = author.address.lowercased()
    let id = identifier(of: message, body: body)
    let name = author.name ?? message.from.first { $0.address.lowercased() == address }?.name
    let origin = InboundOrigin(
      address: address, name: Bounded.name(name), thread: EmailThread(of: message, id: id).name(for: address),
      time: message.date)
    return [
      .message(
        InboundMessage(
          providerID: id, origin: origin, content: EmailContent.content(of: message, from: author)))
    ]
  }

  /// The message's own id; of one without, the digest of its bytes.
  private static func identifier(of message: MIMEMessage, body: [UInt8]) -> String {
    if let id = Bounded.identifier(message.messageID) { return id }
    return "sha256:"
      + SHA256.hash(data: body).map { $0 < 16 ? "0" + String($0, radix: 16) : String($0, radix: 16) }.joined()
  }
}
