import Contracts
import HTTPClient
import JSON

extension WhatsAppChannel {
  /// Looks at the phone number and at where Meta calls for it ("Phone Numbers", Graph API reference "WhatsApp Business
  /// Phone Number"; "Webhook overrides").
  package func check(
    _ connection: ConnectionCreated.Private, at url: String?, using client: HTTPClient
  ) async -> [ConnectionFinding] {
    guard let account = connection.account, WhatsAppSender.isPathWord(account),
      let accessToken = connection.accessToken, !accessToken.isEmpty
    else { return [ConnectionFinding(.credentials, failed: "not-configured", code: nil)] }
    let check = GraphCheck(accessToken: accessToken, timeout: timeout, client: client)
    let fields = "display_phone_number,verified_name,code_verification_status"
    let number = await check.finding(.account, at: "\(endpoint)/\(account)?fields=\(fields)") { answer in
      guard let number = answer["display_phone_number"]?.string else { return nil }
      let name = answer["verified_name"]?.string.map { " (\($0))" } ?? ""
      if let status = answer["code_verification_status"]?.string, status == "NOT_VERIFIED" {
        return ConnectionFinding(
          .account, problem: "not-verified", "the number \(number)\(name) was not verified yet")
      }
      return ConnectionFinding(.account, "sends as \(number)\(name)")
    }
    guard number.problem == nil || number.problem == "not-verified" else { return [number] }
    let webhook = await check.finding(
      .webhook, at: "\(endpoint)/\(account)?fields=webhook_configuration"
    ) { answer in
      answer["id"] == nil ? nil : Self.webhook(answer["webhook_configuration"], url)
    }
    return [number, webhook]
  }

  /// Meta calls the address that is set for the number, else for its business account, else for the app.
  private static func webhook(_ configuration: JSONValue?, _ url: String?) -> ConnectionFinding {
    let place = ["phone_number", "whatsapp_business_account", "application"].lazy
      .compactMap { configuration?[$0]?.string }.first { !$0.isEmpty }
    guard let place else {
      return ConnectionFinding(
        .webhook, problem: "not-set",
        "Meta calls nowhere for this number: set the app's callback URL and subscribe it to the field messages"
      )
    }
    guard place == url else {
      return ConnectionFinding(
        .webhook, problem: "elsewhere",
        "Meta calls another address for this number: set the callback URL to the connection's, for the app or the number"
      )
    }
    return ConnectionFinding(.webhook, "Meta calls this connection")
  }
}
