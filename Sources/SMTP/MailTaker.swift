/// Who mail is handed over to.
package protocol MailTaker: Sendable {
  /// Whether mail for an address is taken: 250, 550 for one that is not known, 451 when that cannot be said now.
  func recipient(_ address: String) async -> SMTPAnswer

  /// Takes a message; 250 only once it is durable for every recipient, 451 when it is not. Then it may still have
  /// come to be there for some of them, and comes again.
  /// - Parameter message: as it stands, with lines that end in CR LF.
  func take(_ message: [UInt8], _ envelope: SMTPEnvelope) async -> SMTPAnswer
}
