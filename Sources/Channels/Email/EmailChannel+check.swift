import Contracts
import HTTPClient
import Mail

extension EmailChannel {
  /// Signs in at both servers, and looks at the mailbox.
  package func check(
    _ connection: ConnectionCreated.Private, at url: String?, using client: HTTPClient
  ) async -> [ConnectionFinding] {
    var findings: [ConnectionFinding] = []
    if let incoming = connection.incoming {
      findings.append(
        await finding(.incoming, incoming, isMailbox: true, "the mailbox can be read") {
          (server) async throws(MailError) in _ = try await mail.poll(after: nil, from: server)
        })
    }
    if let outgoing = connection.outgoing {
      findings.append(
        await finding(.outgoing, outgoing, isMailbox: false, "mail can be handed in") {
          (server) async throws(MailError) in try await mail.signIn(at: server)
        })
    }
    return findings
  }

  private func finding(
    _ part: ConnectionFinding.Part, _ server: ConnectionCreated.MailServer, isMailbox: Bool,
    _ detail: String, _ look: (MailServer) async throws(MailError) -> Void
  ) async -> ConnectionFinding {
    guard let server = MailServer(url: server.url, user: server.user, password: server.password),
      server.isMailbox == isMailbox
    else {
      return ConnectionFinding(
        part, problem: "not-configured",
        "the url must begin with \(isMailbox ? "imaps:// or imap://" : "smtps:// or smtp://") and name a host"
      )
    }
    do throws(MailError) {
      try await look(server)
      return ConnectionFinding(part, detail)
    } catch {
      return ConnectionFinding(part, failed: error.code.rawValue, code: error.reply?.code)
    }
  }
}
