/// What a server says to a command: a code (RFC 5321, section 4.2), an enhanced one (RFC 3463), and words for people.
package struct SMTPAnswer: Sendable, Equatable {
  package let code: Int
  /// Without the code's class: `1.1` of `5.1.1`. nil where RFC 2034 has none.
  package let detail: String?
  /// Printable ASCII.
  package let text: String

  package init(_ code: Int, _ detail: String?, _ text: String) {
    self.code = code
    self.detail = detail
    self.text = text
  }

  package var isPositive: Bool { code < 400 }

  /// With its end.
  var line: String {
    let enhanced = detail.map { "\(code / 100).\($0) " } ?? ""
    return "\(code) \(enhanced)\(text)\r\n"
  }
}

extension SMTPAnswer {
  static let okay = SMTPAnswer(250, "0.0", "ok")
  static let goOn = SMTPAnswer(354, nil, "end with a line that is a dot")
  static let readyForTLS = SMTPAnswer(220, "0.0", "begin")
  static let goodbye = SMTPAnswer(221, "0.0", "goodbye")
  static let unknownCommand = SMTPAnswer(500, "5.2", "this command is not known here")
  static let malformedLine = SMTPAnswer(500, "5.2", "a line ends with CR LF and holds neither elsewhere")
  static let lineTooLong = SMTPAnswer(500, "5.2", "the line is too long")
  static let syntax = SMTPAnswer(501, "5.4", "this is not the command's form")
  static let unknownParameter = SMTPAnswer(555, "5.4", "a parameter is not known here")
  static let outOfOrder = SMTPAnswer(503, "5.1", "another command goes before this one")
  static let tlsFirst = SMTPAnswer(530, "7.0", "STARTTLS goes before this one")
  static let signInFirst = SMTPAnswer(530, "7.0", "AUTH goes before this one")
  static let unknownMechanism = SMTPAnswer(504, "5.4", "AUTH PLAIN alone is known here")
  static let noCredentials = SMTPAnswer(501, "5.2", "this is no user and password, or none any more")
  /// Its client is to say who it is.
  static let goOnWithCredentials = SMTPAnswer(334, nil, "")
  static let tooManyErrors = SMTPAnswer(421, "7.0", "too many errors")
  static let tooManyConnections = SMTPAnswer(421, "3.2", "too many connections; try again later")
  static let tooManyRecipients = SMTPAnswer(452, "5.3", "too many recipients")
  static let tooLarge = SMTPAnswer(552, "3.4", "the message is too large")
  static let noRoom = SMTPAnswer(452, "3.1", "too many messages are being taken; try again later")
  static let bareLineFeed = SMTPAnswer(554, "6.0", "a line of the message ends without CR")
  /// Whether the host is there is none of the caller's business.
  static let cannotVerify = SMTPAnswer(252, "1.5", "send mail and see")
}
