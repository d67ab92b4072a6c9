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
      return delivery(statuses, of: message)
    }
    if let notice = parts.first(where: { $0.mediaType == "message/disposition-notification" }) {
      return disposition(notice, of: message)
    }
    return [.other(kind: "report")]
  }

  // MARK: Delivery (RFC 3464)

  /// What is neither failed nor delivered. Another word may be anybody's, and kinds of notices are kept in the clear.
  private static let actions: Set<Substring> = ["delayed", "relayed", "expanded"]

  /// One status for each recipient that it names; what is neither failed nor delivered is counted.
  private static func delivery(_ parts: [MIMEPart], of message: MIMEMessage) -> [InboundItem] {
    let returned = returned(in: message)
    let original = original(of: message, returned: returned)
    // Whom we wrote to is in what came back, however often it was passed on since.
    let writtenTo =
      returned?.to.count == 1 ? Bounded.identifier(returned?.to.first?.address.lowercased()) : nil
    let recipients = parts.flatMap { blocks($0.bytes) }
      .filter { $0["final-recipient"] != nil || $0["original-recipient"] != nil }
    guard !recipients.isEmpty else { return [.other(kind: "bounce")] }
    return recipients.prefix(100).map { recipient in
      let action = (recipient["action"] ?? "").lowercased().prefix { $0.isLetter }
      let status: DeliveryStatus? = action == "failed" ? .failed : action == "delivered" ? .delivered : nil
      guard let status else { return .other(kind: "bounce.\(actions.contains(action) ? action : "unknown")") }
      guard let id = original, let address = writtenTo ?? address(of: recipient) else {
        return .other(kind: "bounce")
      }
      return .status(
        InboundStatus(
          providerID: id, origin: origin(of: id, to: address, message), status: status,
          code: status == .failed ? code(of: recipient) : nil)
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

  /// What such a code says; `bounced` where it is one that servers give for several reasons, as 550.
  static func reason(_ code: Int) -> String {
    switch code {
    // RFC 3463, sections 3.2 and 3.3, and RFC 7505: no such mailbox, or a domain that takes no mail.
    case 511, 512, 513, 516, 5110, 521, 551, 553, 556: "invalid-recipient"
    // The mailbox is full.
    case 522: "blocked"
    case 523, 534: "too-large"
    default: "bounced"
    }
  }

  // MARK: Disposition (RFC 8098)

  private static func disposition(_ part: MIMEPart, of message: MIMEMessage) -> [InboundItem] {
    guard let fields = blocks(part.bytes).first, let id = identifier(fields["original-message-id"]),
      (fields["disposition"] ?? "").lowercased().split(separator: ";").last?.contains("displayed") == true,
      let address = address(of: fields)
    else { return [.other(kind: "report")] }
    return [
      .status(
        InboundStatus(
          providerID: id, origin: origin(of: id, to: address, message), status: .read, code: nil))
    ]
  }

  // MARK: What both have

  /// The conversation is that of the thread which the message went out in: ids that we made name it.
  private static func origin(of id: String, to address: String, _ report: MIMEMessage) -> InboundOrigin {
    InboundOrigin(
      address: address, name: nil, thread: EmailThread(ofOurs: id)?.name(for: address), time: report.date)
  }

  /// The id of the message that a mail tells of: of what came back, else of what it answers.
  static func original(of message: MIMEMessage) -> String? {
    original(of: message, returned: returned(in: message))
  }

  private static func original(of message: MIMEMessage, returned: MIMEMessage?) -> String? {
    Bounded.identifier(returned?.messageID)
      ?? Bounded.identifier(message.inReplyTo.first ?? message.references.last)
  }

  /// The message that came back with a report, or its header.
  private static func returned(in report: MIMEMessage) -> MIMEMessage? {
    guard let body = report.body, body.mediaType == "multipart/report" else { return nil }
    return body.leaves.last {
      ["message/rfc822", "message/global", "text/rfc822-headers", "message/global-headers"].contains(
        $0.mediaType)
    }.flatMap { try? MIMEMessage(parsing: $0.bytes) }
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
