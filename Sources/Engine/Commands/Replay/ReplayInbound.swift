import ArgumentParser
import Contracts
import Foundation
import Replay

struct ReplayInbound: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inbound",
    abstract: "Process webhooks and mails again, after a parser learned to read them.",
    discussion: """
      What is known already is passed over. A message that was parked is read; one that was kept as not understood, or \
      is now read otherwise, becomes an edit. The running engine does the work; agents stay silent about all of it \
      unless --answer is given. Who replayed what is in the log.
      """)

  @Option(help: "What came from then on: 2026-03-01T10:00:00Z or 2026-03-01.") var from: String
  @Option(help: "What came before then.") var to: String?
  @Option(help: "Only what came on this connection.") var connection: String?
  @Flag(help: "Only what is parked, or was kept as not understood.") var unparsed = false
  @Flag(help: "Let the agents answer what comes of it.") var answer = false
  @Option(help: "Who asks for it; the name of this machine's user by default.") var by: String?

  func run() async throws {
    let connection = try connection.map { text in
      guard let id = ConnectionID(text) else {
        throw ValidationError("'\(text)' is not the id of a connection")
      }
      return id
    }
    let request = InboundReplay.Request(
      connection: connection, from: try CommandTime.parse(from, "--from"),
      to: try to.map { try CommandTime.parse($0, "--to") }, isUnparsed: unparsed, isAnswered: answer,
      by: by ?? NSUserName())
    try await Foundations.with(connections: 4) { foundations in
      let report = try await InboundReplay(
        log: foundations.log, pool: foundations.pool, keyring: foundations.keyring
      ).run(request, at: Date()) { count in
        FileHandle.standardError.write(Data("\r\(count) events".utf8))
      }
      if report.events > 0 { FileHandle.standardError.write(Data("\n".utf8)) }
      print(
        "\(report.events) events are processed again, \(report.parked) of them were parked; "
          + "\(report.messages) known messages may be read otherwise")
      for request in report.requests { print("asked for by event \(request)") }
    }
  }
}
