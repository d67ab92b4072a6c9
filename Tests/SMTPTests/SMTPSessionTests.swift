import Foundation
import TestKit
import Testing

@testable import SMTP

@Suite struct SMTPSessionTests {
  private func session(offersTLS: Bool = false) -> SMTPSession {
    SMTPSession(
      name: "engine", client: "192.0.2.1", limits: SMTPLimits(), offersTLS: offersTLS, needsTLS: offersTLS)
  }

  private func code(_ step: SMTPSession.Step) -> Int? {
    if case .answer(let answer) = step { return answer.code }
    return nil
  }

  private let ann = SMTPCredentials(user: "ann", password: "secret")

  /// Signs in as `ann`.
  private func signIn(_ session: inout SMTPSession) {
    #expect(session.receive(Array("AUTH PLAIN \(Self.plain)".utf8)) == .signIn(ann))
    #expect(code(session.note(SMTPAnswer(235, "7.0", "ok"), signingIn: ann)) == 235)
  }

  private static let plain = Data("\0ann\0secret".utf8).base64EncodedString()

  @Test func nothingIsTakenFromWhoDidNotSignIn() {
    var session = session()
    #expect(code(session.receive(Array("AUTH PLAIN \(Self.plain)".utf8))) == 503)
    #expect(code(session.receive(Array("HELO client".utf8))) == 250)
    for line in ["RCPT TO:<a@x>", "DATA"] { #expect(code(session.receive(Array(line.utf8))) == 503) }
    #expect(code(session.receive(Array("MAIL FROM:<a@x>".utf8))) == 530)
    #expect(session.receive(Array("auth plain \(Self.plain)".utf8)) == .signIn(ann))
    #expect(code(session.note(SMTPAnswer(535, "7.8", "no"), signingIn: ann)) == 535)
    #expect(code(session.receive(Array("MAIL FROM:<a@x>".utf8))) == 530)
    #expect(code(session.receive(Array("AUTH PLAIN".utf8))) == 334)
    #expect(session.receive(Array(Self.plain.utf8)) == .signIn(ann))
    #expect(code(session.note(SMTPAnswer(235, "7.0", "ok"), signingIn: ann)) == 235)
    #expect(code(session.receive(Array("AUTH PLAIN \(Self.plain)".utf8))) == 503)
    #expect(code(session.receive(Array("MAIL FROM:<a@x> AUTH=<>".utf8))) == 250)
  }

  @Test(arguments: [
    ("AUTH LOGIN", 504), ("AUTH CRAM-MD5", 504), ("AUTH", 501), ("AUTH PLAIN x y", 501),
    ("AUTH PLAIN !", 501),
    ("AUTH PLAIN =", 501), ("AUTH PLAIN \(Data("ann\0secret".utf8).base64EncodedString())", 501),
    ("AUTH PLAIN \(Data("bob\0ann\0secret".utf8).base64EncodedString())", 501),
    ("AUTH PLAIN \(Data("\0ann\0".utf8).base64EncodedString())", 501),
    ("AUTH PLAIN \(Data("\0\0secret".utf8).base64EncodedString())", 501),
    ("AUTH PLAIN \(Data([0, 0xFF, 0, 0x61]).base64EncodedString())", 501),
    ("AUTH PLAIN \(Data("\0ann\0secret\0".utf8).base64EncodedString())", 501),
  ])
  func whatIsNoUserAndPasswordSignsNobodyIn(line: String, expected: Int) {
    var session = session()
    #expect(code(session.receive(Array("HELO client".utf8))) == 250)
    #expect(code(session.receive(Array(line.utf8))) == expected)
    #expect(code(session.receive(Array("MAIL FROM:<a@x>".utf8))) == 530)
  }

  @Test func whoThinksBetterOfSigningInMayGoOn() {
    var session = session()
    #expect(code(session.receive(Array("HELO client".utf8))) == 250)
    #expect(code(session.receive(Array("AUTH PLAIN".utf8))) == 334)
    #expect(code(session.receive(Array("*".utf8))) == 501)
    #expect(code(session.receive(Array("NOOP".utf8))) == 250)
  }

  @Test func aMessageIsReadOnceItsEnvelopeIsWhole() {
    var session = session()
    #expect(code(session.receive(Array("HELO client".utf8))) == 250)
    signIn(&session)
    #expect(code(session.receive(Array("mail from: <ann@example.com> BODY=8BITMIME".utf8))) == 250)
    for address in ["a@x", "b@x", "a@x"] {
      #expect(session.receive(Array("RCPT TO:<\(address)>".utf8)) == .ask(recipient: address, from: ann))
      #expect(code(session.note(.okay, of: address)) == 250)
    }
    #expect(session.receive(Array("RCPT TO:<c@x>".utf8)) == .ask(recipient: "c@x", from: ann))
    #expect(code(session.note(SMTPAnswer(550, "1.1", "no"), of: "c@x")) == 550)
    let envelope = SMTPEnvelope(
      client: "192.0.2.1", greeting: "client", credentials: ann, isEncrypted: false,
      sender: "ann@example.com", recipients: ["a@x", "b@x"])
    #expect(session.receive(Array("DATA".utf8)) == .read(envelope))
    // The next one begins anew.
    #expect(code(session.receive(Array("DATA".utf8))) == 503)
  }

  @Test func whatWasSaidBeforeSTARTTLSCountsNoMore() {
    var session = session(offersTLS: true)
    guard case .greet(let lines) = session.receive(Array("EHLO client".utf8)) else {
      Issue.record("no greeting")
      return
    }
    #expect(lines.contains("STARTTLS") && !lines.contains("AUTH PLAIN"))
    #expect(code(session.receive(Array("MAIL FROM:<a@x>".utf8))) == 530)
    #expect(code(session.receive(Array("AUTH PLAIN \(Self.plain)".utf8))) == 530)
    #expect(session.receive(Array("STARTTLS".utf8)) == .startTLS)
    session.becomeEncrypted()
    #expect(code(session.receive(Array("MAIL FROM:<a@x>".utf8))) == 503)
    #expect(code(session.receive(Array("STARTTLS".utf8))) == 503)
    #expect(
      session.receive(Array("EHLO client".utf8)) == .greet(Array(lines.dropLast()) + ["AUTH PLAIN"]))
    #expect(code(session.receive(Array("MAIL FROM:<a@x>".utf8))) == 530)
    signIn(&session)
    #expect(code(session.receive(Array("MAIL FROM:<a@x>".utf8))) == 250)
  }

  @Test(
    arguments: [
      ("MAIL FROM:<>", .mail(from: "", parameters: [:])),
      ("MAIL FROM:<a@x> SIZE=10 smtputf8", .mail(from: "a@x", parameters: ["SIZE": "10", "SMTPUTF8": ""])),
      ("MAIL FROM:<@h1,@h2:a@x>", .mail(from: "a@x", parameters: [:])),
      (#"RCPT TO:<"a\"> b"@x>"#, .malformed), ("RCPT TO:<\"a>b\"@x>", .malformed),
      ("RCPT TO:<grüße@x>", .recipient("grüße@x", parameters: [:])),
      ("RCPT TO:<a@x>b", .malformed), ("RCPT TO:a@x", .malformed), ("RCPT TO:<a@x", .malformed),
      ("RCPT", .malformed),
      ("MAIL TO:<a@x>", .malformed), ("DATA x", .malformed), ("EHLO", .malformed), ("", .unknown),
      (" NOOP", .unknown),
      ("noop x", .noop), ("GET / HTTP/1.1", .unknown),
    ] as [(String, SMTPCommand)])
  func linesAreTakenApart(line: String, command: SMTPCommand) {
    #expect(SMTPCommand(Array(line.utf8)) == command)
  }

  /// Whatever comes in whatever order: no crash, no message without sender and recipients, and an end to errors.
  @Test func noiseNeverBecomesAMessage() {
    let seed = LogRandom.seed(for: "smtp session")
    var random = LogRandom(seed: seed)
    let words = [
      "EHLO", "HELO", " ", "a", "MAIL", " FROM:", "<", ">", "@", "\"", "\\", "RCPT", " TO:", "DATA", "RSET",
      "STARTTLS",
      "NOOP", "QUIT", "SIZE=", "99999999999999999999", "BODY=", ":", "\u{FF}", "ü", "\0", "VRFY",
      "MAIL FROM:<a@x>", "RCPT TO:<a@x>", "EHLO a", "AUTH PLAIN", "AUTH PLAIN \(Self.plain)", Self.plain, "*",
    ]
    for _ in 0..<500 {
      var session = session(offersTLS: Bool.random(using: &random))
      var isSignedIn = false
      lines: for _ in 0..<40 {
        var line: [UInt8] = []
        for _ in 0..<Int.random(in: 0...5, using: &random) {
          line += Array((words.randomElement(using: &random) ?? "").utf8)
          if Int.random(in: 0..<20, using: &random) == 0 {
            line.append(UInt8.random(in: 0...255, using: &random))
          }
        }
        switch session.receive(line) {
        case .close: break lines
        case .signIn(let credentials):
          #expect(credentials == ann)
          isSignedIn = Bool.random(using: &random)
          _ = session.note(
            isSignedIn ? SMTPAnswer(235, "7.0", "ok") : SMTPAnswer(535, "7.8", "no"), signingIn: credentials)
        case .ask(let recipient, _):
          #expect(isSignedIn)
          #expect(!recipient.isEmpty && recipient.utf8.count <= 320)
          _ = session.note(.okay, of: recipient)
        case .read(let envelope): #expect(!envelope.recipients.isEmpty && !envelope.greeting.isEmpty)
        case .startTLS:
          session.becomeEncrypted()
          isSignedIn = false
        case .greet, .answer: break
        }
      }
    }
  }
}
