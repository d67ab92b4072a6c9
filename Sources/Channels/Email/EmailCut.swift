import Mail

/// A mail that is too large for us, of which we have the beginning: its first field says so, since the mail is recorded as
/// it is read.
enum EmailCut {
  private static let field = "X-Aigentable-Cut"

  static func noted(_ message: MailboxStep.Message) -> [UInt8] {
    guard let whole = message.whole else { return message.bytes }
    return Array("\(field): \(message.bytes.count) of \(whole) bytes\r\n".utf8) + message.bytes
  }

  /// For people; nil for a whole mail. A field of this name further below is its sender's: servers write theirs above.
  static func note(of message: MIMEMessage) -> String? {
    guard let first = message.headers.first, first.name == field.lowercased() else { return nil }
    return Bounded.text(first.value).map { "cut: \($0.prefix(100))" }
  }
}
