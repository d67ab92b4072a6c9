import FoundationEssentials
import JSON

/// What Meta tells about the account as a whole: its templates, numbers, limits and restrictions (WhatsApp Cloud
/// API, "Webhooks", "Fields"). It holds for all numbers of the business, so no account is named.
enum WhatsAppNotice {
  /// nil for a field that concerns something else.
  static func item(field: String, change: JSONValue, time: Date?) -> InboundItem? {
    guard let kind = kinds[field], let value = change["value"], value.kind == .object else { return nil }
    let word = kind.member.map { Bounded.word(value[$0]?.string?.lowercased()) }
    let words = [kind.word, word].compactMap { $0 }.joined(separator: ".")
    return .notice(
      InboundNotice(
        kind: String(words.prefix(64)),
        account: nil,
        time: time,
        raw: String(decoding: change.serialized(), as: UTF8.self)
      )
    )
  }

  /// By field: what it is about, and the member that says what happened.
  private static let kinds: [String: (word: String, member: String?)] = [
    "message_template_status_update": ("template", "event"),
    "message_template_quality_update": ("template.quality", "new_quality_score"),
    "message_template_components_update": ("template.components", nil),
    "template_category_update": ("template.category", "new_category"),
    "account_update": ("account", "event"),
    "account_alerts": ("account.alert", "alert_type"),
    "account_review_update": ("account.review", "decision"),
    "business_capability_update": ("account.capability", nil),
    "phone_number_name_update": ("number.name", "decision"),
    "phone_number_quality_update": ("number.quality", "event"),
    "security": ("number.security", "event"),
  ]
}
