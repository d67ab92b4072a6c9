import Contracts
import Crypto
import FoundationEssentials
import Mail

/// What one mail means.
enum EmailItems {
  static func items(of message: MIMEMessage, body: [UInt8]) -> [InboundItem] {
    if let report = EmailReport.items(of: message) { return noting(report, of: message, body: body) }
    if let kind = EmailAutomation.kind(of: message) {
      return noting([.other(kind: kind)], of: message, body: body)
    }
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

  /// With a notice of each kind that is counted: what is never answered is still found as what it is.
  private static func noting(_ items: [InboundItem], of message: MIMEMessage, body: [UInt8]) -> [InboundItem]
  {
    var kinds: [String] = []
    for case .other(let kind) in items where !kinds.contains(kind) { kinds.append(kind) }
    guard !kinds.isEmpty else { return items }
    let id = identifier(of: message, body: body)
    let signs = EmailAutomation.signs(of: message)
    let original = EmailReport.original(of: message)
    return items
      + kinds.map { kind in
        .notice(
          InboundNotice(
            kind: kind, account: nil, time: message.date, raw: signs, providerID: id, replyTo: original))
      }
  }

  /// The message's own id; of one without, the digest of its bytes.
  private static func identifier(of message: MIMEMessage, body: [UInt8]) -> String {
    if let id = Bounded.identifier(message.messageID) { return id }
    return "sha256:" + hexadecimal(SHA256.hash(data: body))
  }
}
