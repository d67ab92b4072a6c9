/// Who mail is handed over to.
package protocol MailTaker: Sendable {
  /// Whether a client is one that may hand mail over: 235, 535 if not, 454 when that cannot be said now. Passwords are
  /// compared in constant time. Asked before anything else is believed.
  func signIn(_ credentials: SMTPCredentials) async -> SMTPAnswer

  /// Whether mail for an address is taken from who signed in so: 250, 550 for one that is not known or is another's, 451
  /// when that cannot be said now.
  func recipient(_ address: String, from credentials: SMTPCredentials) async -> SMTPAnswer

  /// Takes a message; 250 only once it is durable for every recipient, 451 when it is not. Then it may still have
  /// come to be there for some of them, and comes again.
  /// - Parameter message: as it stands, with lines that end in CR LF.
  func take(_ message: [UInt8], _ envelope: SMTPEnvelope) async -> SMTPAnswer
}
