import Contracts
import Mail

/// Reports of mail servers and programs on messages of ours (`multipart/report`, RFC 6522).
enum EmailReport {
  /// nil for what is no report.
  static func items(of message: MIMEMessage) -> [InboundItem]? {
    guard let body = message.body, body.mediaType == "multipart/report" else { return nil }
    let parts = body.leaves
    let statuses = parts.filter {
      ["message/delivery-status", "message/global-delivery-status"].contains($0.mediaType)
    }
    if !statuses.isEmpty {
      return delivery(statuses, original: original(in: parts, of: message), of: message)
    }
    if let notice = parts.first(where: { $0.mediaType == "message/disposition-notification" }) {
      return disposition(notice, of: message)
    }
    return [.other(kind: "report")]
  }

  // MARK: Delivery (RFC 3464)

  /// One status for each recipient that it names; what is neither failed nor delivered is counted.
  private static func delivery(
    _ parts: [MIMEPart], original: String?, of message: MIMEMessage
  ) -> [InboundItem] {
    let recipients = parts.flatMap { blocks($0.bytes) }
      .filter { $0["final-recipient"] != nil || $0["original-recipient"] != nil }
    guard !recipients.isEmpty else { return [.other(kind: "bounce")] }
    return recipients.prefix(100).map { recipient in
      let action = (recipient["action"] ?? "").lowercased().prefix { $0.isLetter }
      let status: DeliveryStatus? = action == "failed" ? .failed : action == "delivered" ? .delivered : nil
      guard let status else { return .other(kind: "bounce.\(Bounded.word(String(action)))") }
      guard let id = original, let address = address(of: recipient) else { return .other(kind: "bounce") }
      let origin = InboundOrigin(address: address, name: nil, time: message.date)
      return .status(
        InboundStatus(
          providerID: id, origin: origin, status: status, code: status == .failed ? code(of: recipient) : nil)
      )
    }
  }

  /// `rfc822; someone@example.com`: whom we wrote to, rather than where that was passed on to.
  private static func address(of recipient: MIMEMessage) -> String? {
    let field = recipient["original-recipient"] ?? recipient["final-recipient"]
    let address = field?.split(separator: ";", maxSplits: 1).last?.filter {
      !$0.isWhitespace && !"<>".contains($0)
    }
    return Bounded.identifier(address?.lowercased())
  }

  /// SMTP's code of the diagnosis, else three digits of the status: `5.1.1` is 511.
  private static func code(of recipient: MIMEMessage) -> Int? {
    let words = (recipient["diagnostic-code"] ?? "").split { !($0.isASCII && ($0.isNumber || $0 == ".")) }
    if let code = words.lazy.compactMap({ Int($0) }).first(where: { (400..<600).contains($0) }) {
      return code
    }
    let digits = (recipient["status"] ?? "").prefix { $0.isNumber || $0 == "." }.split(separator: ".")
    return digits.count == 3 ? Int(digits.joined()) : nil
  }

  // MARK: Disposition (RFC 8098)

  private static func disposition(_ part: MIMEPart, of message: MIMEMessage) -> [InboundItem] {
    guard let fields = blocks(part.bytes).first, let id = identifier(fields["original-message-id"]),
      (fields["disposition"] ?? "").lowercased().split(separator: ";").last?.contains("displayed") == true,
      let address = address(of: fields)
    else { return [.other(kind: "report")] }
    let origin = InboundOrigin(address: address, name: nil, time: message.date)
    return [.status(InboundStatus(providerID: id, origin: origin, status: .read, code: nil))]
  }

  // MARK: What both have

  /// The id of the message that came back, or of its header, else the one that the report answers.
  private static func original(in parts: [MIMEPart], of message: MIMEMessage) -> String? {
    let returned = parts.last {
      ["message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers"].contains(
        $0.mediaType)
    }
    let id = returned.flatMap { try? MIMEMessage(parsing: $0.bytes) }?.messageID
    return Bounded.identifier(id) ?? Bounded.identifier(message.inReplyTo.first ?? message.references.last)
  }

  private static func identifier(_ field: String?) -> String? {
    Bounded.identifier(field.map { $0.filter { !"<> \t".contains($0) } })
  }

  /// Groups of fields, each as the header of a message.
  private static func blocks(_ bytes: [UInt8]) -> [MIMEMessage] {
    let text = String(decoding: bytes.prefix(64 << 10), as: UTF8.self)
    var blocks: [String] = [""]
    for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
      if line.allSatisfy(\.isWhitespace) {
        if blocks[blocks.count - 1] != "" { blocks.append("") }
      } else {
        blocks[blocks.count - 1] += line + "\n"
      }
    }
    return blocks.compactMap { try? MIMEMessage(parsing: Array("\($0)\n".utf8)) }
  }
}
