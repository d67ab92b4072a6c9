import Contracts
import HTTPClient
import JSON

extension WhatsAppChannel {
  /// Looks at the phone number ("Phone Numbers", Graph API reference "WhatsApp Business Phone Number").
  package func check(
    _ connection: ConnectionCreated.Private, at url: String?, using client: HTTPClient
  ) async -> [ConnectionFinding] {
    guard let account = connection.account, WhatsAppSender.isPathWord(account),
      let accessToken = connection.accessToken, !accessToken.isEmpty
    else { return [ConnectionFinding(.credentials, failed: "not-configured", code: nil)] }
    let check = GraphCheck(accessToken: accessToken, timeout: timeout, client: client)
    let fields = "display_phone_number,verified_name,code_verification_status"
    return [
      await check.finding(.account, at: "\(endpoint)/\(account)?fields=\(fields)") { answer in
        guard let number = answer["display_phone_number"]?.string else { return nil }
        let name = answer["verified_name"]?.string.map { " (\($0))" } ?? ""
        if let status = answer["code_verification_status"]?.string, status == "NOT_VERIFIED" {
          return ConnectionFinding(
            .account, problem: "not-verified", "the number \(number)\(name) was not verified yet")
        }
        return ConnectionFinding(.account, "sends as \(number)\(name)")
      }
    ]
  }
}
