import Channels
import Contracts
import FoundationEssentials
import JSON
import Testing

/// Bodies from elsewhere, each with what it must become.
@Suite struct WhatsAppCasesTests {
  let channel = WhatsAppChannel()

  static let expected: [String: [String]] = {
    var expected: [String: [String]] = [
      "call_connect__business_initiated": ["other calls"],
      "call_connect__user_initiated": ["other calls"],
      "call_permission_update__accept": ["unsupported"],
      "call_permission_update__reject": ["unsupported"],
      "call_status__call_status": ["other calls"],
      "call_terminate__call_terminate": ["other calls"],
      "callback_button__button": ["text title"],
      "callback_button__quick_reply": ["text title"],
      "callback_button__quick_reply_without_context": ["text title"],
      "callback_selection__callback": ["text title"],
      "callback_selection__description": ["text title"],
      "deleted_message__revoke": ["unsupported"],
      "edited_message__image": ["unsupported Updated image caption"],
      "flow_completion__completion": ["unsupported"],
      "flow_completion__without_flow_token": ["unsupported"],
      "message__animated_sticker": ["unsupported"],
      "message__audio": ["unsupported"],
      "message__chosen_location": ["unsupported"],
      "message__contacts": ["unsupported"],
      "message__current_location": ["unsupported"],
      "message__document": ["unsupported caption"],
      "message__forwarded": ["text forwarded text"],
      "message__forwarded_many_times": ["text text forwarded many times"],
      "message__image": ["unsupported"],
      "message__interactive_message_with_err": ["unsupported", "other errors"],
      "message__media_with_url": ["unsupported"],
      "message__order": ["unsupported"],
      "message__reaction": ["unsupported"],
      "message__referral": ["text BODY"],
      "message__reply": ["text replied text"],
      "message__static_sticker": ["unsupported"],
      "message__text": ["text Body Text"],
      "message__unreaction_empty": ["unsupported"],
      "message__unreaction_no_emoji": ["unsupported"],
      "message__unsupported": ["unsupported"],
      "message__unsupported_with_type": ["unsupported"],
      "message__video": ["unsupported caption"],
      "message__voice": ["unsupported"],
      "message_status__delivered": ["status delivered"],
      "message_status__failed": ["status failed 130472"],
      "message_status__group": ["other status.group"],
      "message_status__played": ["status read"],
      "message_status__read": ["status read"],
      "message_status__sent": ["status sent"],
      "message_status__with_tracker": ["status sent"],
      "outgoing_message__delete": ["other smb_message_echoes"],
      "outgoing_message__edit": ["other smb_message_echoes"],
      "outgoing_message__text": ["other smb_message_echoes"],
      "system__identity_change": ["other system.customer_identity_changed"],
      "system__phone_number_change": ["other system.user_changed_number"],
      "template_category_update__marketing": ["other template_category_update"],
      "template_components_update__element": ["other message_template_components_update"],
      "template_quality_update__yellow": ["other message_template_quality_update"],
      "template_status_update__approved": ["other message_template_status_update"],
      "template_status_update__rejected": ["other message_template_status_update"],
      "user_marketing_preferences__resume": ["other user_preferences"],
      "user_marketing_preferences__signup": ["other user_preferences"],
    ]
    for event in [
      "account_deleted", "account_disabled", "account_offboarded", "account_reconnected",
      "account_restriction",
      "account_violation", "ad_account_linked", "authentication_international_eligibility",
      "mm_api_for_wa_terms_of_service", "partner_added", "partner_app_installed", "partner_app_uninstalled",
      "partner_led_business_verification_status", "partner_removed", "partner_removed_wa_app_disconnection",
      "pricing_tiering_update", "primary_business_location_set",
    ] {
      expected["account_update__\(event)"] = ["other account_update"]
    }
    return expected
  }()

  @Test func everyBodyBecomesWhatItHolds() throws {
    let bodies = try Cases.whatsApp()
    for (name, body) in bodies {
      let items = try channel.parse(body, sender: nil)
      let expected = Self.expected[String(name.dropLast(5))]
      #expect(items.map(\.summary) == expected, "\(name)")
    }
    #expect(Set(bodies.keys) == Set(Self.expected.keys.map { $0 + ".json" }))
  }

  @Test func aTextHasItsSenderNameTimeAndAccount() throws {
    let body = try #require(try Cases.whatsApp()["message__text.json"])
    let items = try channel.parse(body, sender: nil)
    guard case .message(let message) = try #require(items.first) else { throw Unexpected(items) }
    #expect(message.providerID == "wamid.xyzxyz")
    #expect(message.origin.address == "972987654321")
    #expect(message.origin.name == "Test Name")
    #expect(message.origin.time?.timeIntervalSince1970 == 1_697_043_223)
    #expect(message.content.raw == nil)
    #expect(message.origin.account == "1122334455667")
  }

  @Test func whatIsNotUnderstoodKeepsItsJSON() throws {
    let body = try #require(try Cases.whatsApp()["message__reaction.json"])
    let items = try channel.parse(body, sender: nil)
    guard case .message(let message) = try #require(items.first) else { throw Unexpected(items) }
    let raw = try JSONValue(parsing: #require(message.content.raw).utf8)
    #expect(raw["reaction"]?["emoji"]?.string == "😮")
    #expect(raw["id"]?.string == message.providerID)
  }

  /// Meta puts many notifications into a body; their order is kept.
  @Test func aBodyMergedFromAllHoldsTheItemsOfAll() throws {
    let bodies = try Cases.whatsApp().sorted { $0.key < $1.key }
    var entries: [String] = []
    var changes: [String] = []
    for (_, body) in bodies {
      let entry = try JSONValue(parsing: body.utf8)["entry"]?.array ?? []
      entries += entry.map { String(decoding: $0.serialized(), as: UTF8.self) }
      changes += entry.flatMap { $0["changes"]?.array ?? [] }
        .map { String(decoding: $0.serialized(), as: UTF8.self) }
    }
    let expected = bodies.flatMap { Self.expected[String($0.key.dropLast(5))] ?? [] }

    let head = #"{"object":"whatsapp_business_account","entry":["#
    let byEntry = try channel.parse(head + entries.joined(separator: ",") + "]}", sender: nil)
    #expect(byEntry.map(\.summary) == expected)
    let oneEntry = head + #"{"id":"1","changes":["# + changes.joined(separator: ",") + "]}]}"
    #expect(try channel.parse(oneEntry, sender: nil).map(\.summary) == expected)
  }
}

struct Unexpected: Error {
  let items: [InboundItem]
  init(_ items: [InboundItem]) { self.items = items }
}
