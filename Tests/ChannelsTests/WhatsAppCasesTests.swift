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
      "deleted_message__revoke": ["deletion of <ORIGINAL_WHATSAPP_MESSAGE_ID>"],
      "edited_message__image": [
        "edit of wamid.HBgLMTQxMjU1NTA4MjkVAgASGBQzQUNCNjk5RDUwNUZGMUZEM0VBRAA=: "
          + "attachment image Updated image caption"
      ],
      "flow_completion__completion": ["unsupported"],
      "flow_completion__without_flow_token": ["unsupported"],
      "message__animated_sticker": ["attachment sticker"],
      "message__audio": ["attachment audio"],
      "message__chosen_location": ["location"],
      "message__contacts": ["contacts"],
      "message__current_location": ["location"],
      "message__document": ["attachment document caption"],
      "message__forwarded": ["text forwarded text"],
      "message__forwarded_many_times": ["text text forwarded many times"],
      "message__image": ["attachment image"],
      "message__interactive_message_with_err": ["unsupported", "other errors"],
      "message__media_with_url": ["attachment image"],
      "message__order": ["order"],
      "message__reaction": ["reaction to wamid.yzxyzx=: 😮"],
      "message__referral": ["text BODY"],
      "message__reply": ["text replied text"],
      "message__static_sticker": ["attachment sticker"],
      "message__text": ["text Body Text"],
      "message__unreaction_empty": ["reaction to wamid.yzxyzx=: "],
      "message__unreaction_no_emoji": ["reaction to wamid.yzxyzx=: "],
      "message__unsupported": ["unsupported"],
      "message__unsupported_with_type": ["unsupported"],
      "message__video": ["attachment video caption"],
      "message__voice": ["attachment voice"],
      "message_status__delivered": ["status delivered"],
      "message_status__failed": ["status failed 130472"],
      "message_status__group": ["other status.group"],
      "message_status__played": ["status read"],
      "message_status__read": ["status read"],
      "message_status__sent": ["status sent"],
      "message_status__with_tracker": ["status sent"],
      "outgoing_message__delete": ["deletion of wamid.zzzzzz"],
      "outgoing_message__edit": ["edit of wamid.zzzzzz: text Text was edited"],
      "outgoing_message__text": ["echo text Test message"],
      "system__identity_change": ["other system.customer_identity_changed"],
      "system__phone_number_change": ["move to 972912345678"],
      "template_category_update__marketing": ["notice template.category.marketing"],
      "template_components_update__element": ["notice template.components"],
      "template_quality_update__yellow": ["notice template.quality.yellow"],
      "template_status_update__approved": ["notice template.approved"],
      "template_status_update__rejected": ["notice template.rejected"],
      "user_marketing_preferences__resume": ["consent marketing opted-in"],
      "user_marketing_preferences__signup": ["consent marketing opted-in"],
    ]
    for (name, event) in accountEvents {
      expected["account_update__\(name)"] = ["notice account.\(event)"]
    }
    return expected
  }()

  private static let accountEvents = [
    "account_deleted": "account_deleted",
    "account_disabled": "disabled_update",
    "account_offboarded": "account_offboarded",
    "account_reconnected": "account_reconnected",
    "account_restriction": "account_restriction",
    "account_violation": "account_violation",
    "ad_account_linked": "ad_account_linked",
    "authentication_international_eligibility": "auth_intl_price_eligibility_update",
    "mm_api_for_wa_terms_of_service": "mm_lite_terms_signed",
    "partner_added": "partner_added",
    "partner_app_installed": "partner_app_installed",
    "partner_app_uninstalled": "partner_app_uninstalled",
    "partner_led_business_verification_status": "partner_client_certification_status_update",
    "partner_removed": "partner_removed",
    "partner_removed_wa_app_disconnection": "partner_removed",
    "pricing_tiering_update": "volume_based_pricing_tier_update",
    "primary_business_location_set": "business_primary_location_country_update",
  ]

  @Test func everyBodyBecomesWhatItHolds() throws {
    let bodies = try Cases.whatsApp()
    for (name, body) in bodies {
      let items = try channel.parse(body, sender: nil)
      let expected = Self.expected[String(name.dropLast(5))]
      #expect(items.map(\.summary) == expected, "\(name)")
    }
    #expect(Set(bodies.keys) == Set(Self.expected.keys.map { $0 + ".json" }))
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
