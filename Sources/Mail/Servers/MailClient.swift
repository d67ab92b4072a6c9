/// Hands mail to servers and fetches it from them, over libcurl.
///
/// Each call has a connection and a thread of its own for as long as it lasts, so callers bound how many
/// there are. Cancelling the calling task breaks the connection at once. Nothing is tried again.
package struct MailClient: Sendable {
  let certificateAuthorities: String?

  /// - Parameter certificateAuthorities: a PEM file to trust instead of the system's, for a private
  ///   authority.
  package init(certificateAuthorities: String? = nil) {
    self.certificateAuthorities = certificateAuthorities
  }

  /// Runs `body` with a connection of its own, on a thread of its own.
  func withTransfer<R: Sendable>(
    to server: MailServer, _ body: @escaping @Sendable (MailTransfer) -> Result<R, MailError>
  ) async throws(MailError) -> R {
    let wake = try MailWake()
    return try await withTaskCancellationHandler {
      await withCheckedContinuation { (continuation: CheckedContinuation<Result<R, MailError>, Never>) in
        MailThread.start {
          let result: Result<R, MailError>
          do throws(MailError) {
            result = body(
              try MailTransfer(server, wake: wake, certificateAuthorities: certificateAuthorities))
          } catch {
            result = .failure(error)
          }
          continuation.resume(returning: result)
        }
      }
    } onCancel: {
      wake.cancel()
    }.get()
  }
}
