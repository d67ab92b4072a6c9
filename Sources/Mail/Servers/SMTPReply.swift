/// The last line of a server's reply (RFC 5321, section 4.2) and to what it was one.
package struct SMTPReply: Sendable, Equatable {
  package enum Command: Sendable, Equatable {
    /// Greeting, EHLO, STARTTLS.
    case session
    case authentication
    case sender
    case recipient
    /// DATA, or the end of the message.
    case message
  }

  package let command: Command
  package let code: Int
  /// Subject and detail of the enhanced code (RFC 3463): `7.8` of `5.7.8`.
  package let detail: String?

  package var isTransient: Bool { (400..<500).contains(code) }

  package init(command: Command, code: Int, detail: String?) {
    self.command = command
    self.code = code
    self.detail = detail
  }

  /// nil for what is no last line of a reply.
  init?(line: String, to command: Command) {
    let digits = line.prefix(3)
    guard digits.utf8.count == 3, digits.allSatisfy({ $0.isASCII && $0.isNumber }), let code = Int(digits),
      (200..<600).contains(code)
    else { return nil }
    let rest = line.dropFirst(3)
    guard rest.isEmpty || rest.first == " " || rest.first?.isNewline == true else { return nil }
    let word = rest.dropFirst().prefix { $0.isNumber || $0 == "." }.split(
      separator: ".", omittingEmptySubsequences: false)
    let isEnhanced = word.count == 3 && word.allSatisfy { Int($0) != nil } && word[0] == "\(code / 100)"
    self.init(command: command, code: code, detail: isEnhanced ? "\(word[1]).\(word[2])" : nil)
  }
}

extension SMTPReply.Command {
  /// The command that a line of ours begins, else what went before.
  func following(_ line: String) -> Self {
    switch line.prefix(4).uppercased() {
    case "EHLO", "HELO", "STAR": .session
    case "AUTH": .authentication
    case "MAIL": .sender
    case "RCPT": .recipient
    case "DATA": .message
    default: self
    }
  }
}
