import CCurl

/// What became of a message that was handed to a server of SMTP.
package enum MailSubmission: Sendable, Equatable {
  case accepted
  /// Certainly not taken.
  case notAccepted(MailError)
  /// The connection broke, or the time was over, after the end of the message may have gone out.
  case uncertain(MailError)
}

extension MailClient {
  /// Hands a message to a server (RFC 6409): TLS, authentication, one recipient, at most once.
  /// - Parameters:
  ///   - message: with lines that end in CRLF.
  ///   - sender: of the envelope, where the message comes back to that cannot be delivered.
  package func submit(
    _ message: [UInt8], from sender: MailAddress, to recipient: MailAddress, by server: MailServer,
    timeout: Duration = .seconds(60)
  ) async -> MailSubmission {
    guard server.transport == .submission, sender.isDeliverable, recipient.isDeliverable else {
      return .notAccepted(MailError(code: .invalidRequest, message: "no server of smtp, or not an address"))
    }
    do throws(MailError) {
      return try await withTransfer(to: server) { transfer in
        // The path is what we call ourselves in EHLO; without one, libcurl tells the name of this machine.
        transfer.set(CURLOPT_URL, "\(server.url)/\(sender.domain)")
        transfer.set(CURLOPT_MAIL_FROM, "<\(sender.address)>")
        let recipients = curl_slist_append(nil, "<\(recipient.address)>")
        defer { curl_slist_free_all(recipients) }
        transfer.set(CURLOPT_MAIL_RCPT, list: recipients)
        transfer.setUpload(message)
        return .success(
          Self.outcome(of: transfer.perform(.init(timeout: timeout)), after: transfer.mayHaveBeenTaken))
      }
    } catch {
      // Before anything went out: libcurl gave no handle.
      return .notAccepted(error)
    }
  }

  /// Connects, encrypts and signs in at a server of SMTP, and hands over nothing.
  package func signIn(at server: MailServer, timeout: Duration = .seconds(30)) async throws(MailError) {
    try await withTransfer(to: server) { transfer in
      transfer.set(CURLOPT_URL, server.url)
      transfer.set(CURLOPT_CUSTOMREQUEST, "NOOP")
      return transfer.perform(.init(bodyBytes: 64 << 10, timeout: timeout))
    }
  }

  private static func outcome(of result: Result<Void, MailError>, after mayHaveBeenTaken: Bool)
    -> MailSubmission
  {
    switch result {
    case .success: return .accepted
    case .failure(let error):
      if let reply = error.reply, reply.code >= 400 {
        let code: MailError.Code = reply.command == .authentication ? .unauthorised : .refused
        return .notAccepted(MailError(code: code, message: error.message, reply: reply))
      }
      return mayHaveBeenTaken ? .uncertain(error) : .notAccepted(error)
    }
  }
}
