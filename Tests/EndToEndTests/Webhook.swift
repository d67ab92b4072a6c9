import Foundation
import TestKit

/// Bodies as Meta posts them.
enum Webhook {
  /// A body of `AIGENTABLE_CASES`.
  static func file(_ name: String) throws -> [UInt8] {
    guard let cases = ProcessInfo.processInfo.environment["AIGENTABLE_CASES"] else {
      throw TestSetupError("AIGENTABLE_CASES does not name the folder with the webhook bodies")
    }
    return Array(try Data(contentsOf: URL(fileURLWithPath: "\(cases)/webhooks/whatsapp-pywa/\(name)")))
  }

  /// A contact's text.
  /// - Parameter id: the same for the same message.
  static func text(_ text: String, from contact: String, id: String) -> [UInt8] {
    Array(
      """
      {"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":{
      "messaging_product":"whatsapp","metadata":{"display_phone_number":"1","phone_number_id":"100000000000001"},
      "contacts":[{"profile":{"name":"Contact \(contact)"},"wa_id":"\(contact)"}],
      "messages":[{"from":"\(contact)","id":"wamid.\(id)","timestamp":"\(Int(Date().timeIntervalSince1970))",
      "type":"text","text":{"body":"\(text)"}}]}}]}]}
      """.utf8)
  }
}
