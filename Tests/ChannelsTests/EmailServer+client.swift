import Foundation
import Mail
import TestServers

extension EmailServer {
  /// Trusts the server's certificate alone.
  var client: MailClient { MailClient(certificateAuthorities: certificate.path) }
}
