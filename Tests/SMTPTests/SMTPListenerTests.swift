import Foundation
import Logging
import NIOCore
import SMTP
import Synchronization
import TestKit
import Testing

/// Clients of somebody else's against the listener, over real sockets.
@Suite(.timeLimit(.minutes(2))) struct SMTPListenerTests {
  @Test func smtplibHandsMailOverByteForByte() async throws {
    let taker = Taker()
    try await serving(taker) { try run("send", at: $0) }
    let taken = taker.taken
    #expect(taken.count == 2)
    let text = String(decoding: taken[0].message, as: UTF8.self)
    #expect(text.hasSuffix("\r\n\r\nGrüße\r\n.\r\n..two dots\r\n.one dot\r\nend\r\n"))
    #expect(taken[0].envelope.recipients == ["service@example.org"])
    #expect(taken[0].envelope.sender == "ann@example.com")
    #expect(taken[0].envelope.client == "127.0.0.1")
    #expect(taken[1].envelope.sender == "")
  }

  @Test func curlHandsMailOver() async throws {
    let taker = Taker()
    let mail = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).eml")
    try Data("From: a@example.com\r\nSubject: curl\r\n\r\n.dot\r\n".utf8).write(to: mail)
    defer { try? FileManager.default.removeItem(at: mail) }
    try await serving(taker) { port in
      try command([
        "curl", "-sS", "--max-time", "20", "smtp://127.0.0.1:\(port)", "--mail-from", "a@example.com",
        "--user", "service@example.org:secret", "--mail-rcpt", "service@example.org", "--upload-file",
        mail.path,
      ])
    }
    #expect(
      taker.taken.map(\.message) == [Array("From: a@example.com\r\nSubject: curl\r\n\r\n.dot\r\n".utf8)])
  }

  @Test func aMessageIsTakenAfterSTARTTLSAloneWhereThatIsAsked() async throws {
    let taker = Taker()
    try await withCertificate { certificate, tls in
      try await serving(taker, tls: tls) { try run("starttls", certificate, at: $0) }
    }
    #expect(taker.taken.count == 1)
    #expect(taker.taken[0].envelope.isEncrypted)
    #expect(taker.taken[0].message.count > 1_300_000)
  }

  @Test(arguments: ["old_tls", "injected_behind_starttls", "garbage_for_tls"])
  func whatIsWrongWithEncryptionEndsTheConnection(scenario: String) async throws {
    let taker = Taker()
    try await withCertificate { _, tls in
      try await serving(taker, tls: tls) { try run(scenario, at: $0) }
    }
    #expect(taker.taken.isEmpty)
  }

  @Test(arguments: [
    "out_of_order", "not_signed_in", "parameters", "long_line", "bare_line_feed", "browser", "errors",
    "broken_off",
  ])
  func whatIsNoMailIsRefusedAndNothingTaken(scenario: String) async throws {
    let taker = Taker()
    try await serving(taker) { try run(scenario, at: $0) }
    #expect(taker.taken.isEmpty)
  }

  @Test func pipelinedMessagesAreTakenInTheirOrder() async throws {
    let taker = Taker()
    try await serving(taker) { try run("pipelined", at: $0) }
    #expect(taker.taken.count == 3)
    #expect(Set(taker.taken.map(\.message)).count == 1)
  }

  @Test func nothingIsSmuggledBehindAFalseEnd() async throws {
    let taker = Taker()
    try await serving(taker) { try run("smuggling", at: $0) }
    // Those without a bare line feed are one message each, with what was to be smuggled within.
    #expect(taker.taken.count == 3)
    for taken in taker.taken {
      #expect(taken.envelope.sender == "a@example.com")
      #expect(String(decoding: taken.message, as: UTF8.self).contains("forged@example.com"))
    }
  }

  @Test func aMessageThatIsTooLargeIsRefusedAndAnEndlessOneCutOff() async throws {
    let taker = Taker()
    var limits = SMTPLimits()
    limits.messageBytes = 100_000
    try await serving(taker, limits: limits) { port in
      try run("too_large", at: port)
      try run("endless", at: port)
    }
    #expect(taker.taken.isEmpty)
  }

  @Test func whatMessagesHoldTogetherIsBounded() async throws {
    let taker = Taker()
    var limits = SMTPLimits()
    limits.bytesTogether = 100
    try await serving(taker, limits: limits) { port in
      #expect(throws: (any Error).self) { try run("send", at: port) }
    }
    #expect(taker.taken.isEmpty)
  }

  @Test func silentSlowAndManyClientsAreSentAway() async throws {
    let taker = Taker()
    var limits = SMTPLimits()
    limits.silence = .milliseconds(300)
    try await serving(taker, limits: limits) { try run("silence", at: $0) }
    limits.silence = .seconds(3)
    try await serving(taker, limits: limits) { try run("falls_silent", at: $0) }
    limits.silence = .seconds(60)
    limits.lifetime = .milliseconds(500)
    try await serving(taker, limits: limits) { try run("trickle", at: $0) }
    limits.lifetime = .seconds(60)
    limits.connections = 3
    try await serving(taker, limits: limits) { try run("crowd", at: $0) }
  }

  @Test func whatCannotBeKeptIsToComeAgain() async throws {
    let taker = Taker()
    try await serving(taker) { try run("away", at: $0) }
  }

  // MARK: Parts

  private func serving(
    _ taker: Taker, limits: SMTPLimits = SMTPLimits(), tls: TLSContext? = nil, _ body: (Int) throws -> Void
  ) async throws {
    let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
    let listener = SMTPListener(
      host: "127.0.0.1", port: 0, name: "engine.example", taker: taker, limits: limits, tls: tls,
      needsTLS: tls != nil, logger: Logger(label: "test"), onServing: { continuation.yield($0) })
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await listener.run() }
      for await port in ports {
        try body(port)
        break
      }
      group.cancelAll()
      try await group.waitForAll()
    }
  }

  private func run(_ scenario: String, _ argument: String = "", at port: Int) throws {
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "client.py")
    let python = ProcessInfo.processInfo.environment["AIGENTABLE_TEST_PYTHON"] ?? "python3"
    try command([python, script.path, "\(port)", scenario, argument])
  }

  private func command(_ words: [String]) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = words
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let said = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw TestSetupError("\(words[0]) failed: \(said)") }
  }

  private func withCertificate(_ body: (String, TLSContext) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let certificate = folder.appending(path: "cert.pem").path
    let key = folder.appending(path: "key.pem").path
    try command([
      "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
      "-addext",
      "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate,
    ])
    try await body(certificate, try TLSContext(certificate: certificate, key: key))
  }
}

/// Keeps what it takes; `service@example.org` alone is known, and mail about `away` cannot be kept.
private final class Taker: MailTaker {
  private let kept = Mutex<[(message: [UInt8], envelope: SMTPEnvelope)]>([])

  var taken: [(message: [UInt8], envelope: SMTPEnvelope)] { kept.withLock { $0 } }

  func signIn(_ credentials: SMTPCredentials) async -> SMTPAnswer {
    credentials == Self.credentials
      ? SMTPAnswer(235, "7.0", "ok") : SMTPAnswer(535, "7.8", "nobody")
  }

  private static let credentials = SMTPCredentials(user: "service@example.org", password: "secret")

  func recipient(_ address: String, from credentials: SMTPCredentials) async -> SMTPAnswer {
    guard credentials == Self.credentials else { return SMTPAnswer(550, "7.1", "another's") }
    return switch address {
    case "service@example.org": SMTPAnswer(250, "1.5", "ok")
    case "later@example.org": SMTPAnswer(451, "3.0", "later")
    default: SMTPAnswer(550, "1.1", "nobody")
    }
  }

  func take(_ message: [UInt8], _ envelope: SMTPEnvelope) async -> SMTPAnswer {
    if String(decoding: message, as: UTF8.self).contains("Subject: away") {
      return SMTPAnswer(451, "3.0", "later")
    }
    kept.withLock { $0.append((message, envelope)) }
    return SMTPAnswer(250, "0.0", "kept")
  }
}
