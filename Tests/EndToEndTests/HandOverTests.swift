import Foundation
import HTTPClient
import JSON
import TestKit
import TestServers
import Testing

/// Mail that a mail server hands over by SMTP, through the whole engine.
@Suite(.timeLimit(.minutes(5))) struct HandOverTests {
  @Test func everyMailThatWasTakenIsThereOnceHoweverOftenTheEngineIsKilledAndTheLogIsAway() async throws {
    let smtp = try EmailServer.smtp()
    let port = try SocketServer.unusedPort()
    try await PostgresServer.with { server in
      try await Installation.with(
        database: server.url,
        ["AIGENTABLE_MAIL_CA_FILE": smtp.certificate.path, "AIGENTABLE_SMTP_LISTEN": "127.0.0.1:\(port)"]
      ) { installation in
        var engine = try await installation.serve()
        _ = try await installation.connect(
          """
          {"channel":"email","name":"Mail","account":"Shop <Service@example.org>","verify_token":"handover",
          "outgoing":{"url":"smtp://127.0.0.1:\(try smtp.port)","user":"user","password":"secret"}}
          """)
        let client = try HandOver(port: port, count: 40)
        for taken in [8, 16, 24] {
          try await eventually("\(taken) were taken", within: .seconds(60)) {
            client.taken >= taken ? true : nil
          }
          if taken == 24 {
            try await server.stop(mode: "immediate")
            try await eventually("a mail is refused while the log is away") {
              client.printed.contains("(451, b'4.3.0") ? true : nil
            }
            try await server.start()
          } else {
            await engine.crash()
            engine = try await installation.serve()
          }
        }
        #expect(await client.ended() == 0, "\(client.printed)")
        let conversations = try await eventually("all mails are answered", within: .seconds(120)) {
          let all = try await installation.conversations()
          return all.count == 40 && all.allSatisfy { $0.messages.count == 2 && $0.messages[1].isSettled }
            ? all : nil
        }
        #expect(Set(conversations.map { $0.contact.address }) == Set((1...40).map { "ann\($0)@example.com" }))
        #expect(await engine.stop() == 0, "\(engine.printed)")
      }
    }
  }
}

/// A mail server with a queue.
private final class HandOver: Sendable {
  private let program: Program
  private let output: URL

  init(port: Int, count: Int) throws {
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "hand_over.py")
    output = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).log")
    program = try Program(
      URL(fileURLWithPath: "/usr/bin/env"), ["python3", script.path, "\(port)", "1", "\(count)"],
      environment: [:],
      output: output)
  }

  deinit { try? FileManager.default.removeItem(at: output) }

  var printed: String { program.printed }
  var taken: Int { printed.split(separator: "\n").count { $0.hasPrefix("taken") } }
  func ended() async -> Int32 { await program.ended() }
}
