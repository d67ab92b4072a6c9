import Contracts
import FoundationEssentials

/// The time after a contact's last message in which Meta's platforms take free text.
enum MetaWindow {
  /// Of every answer on WhatsApp, Messenger and Instagram.
  static let standard = Duration.seconds(24 * 60 * 60)
  /// Of what a person wrote, on Messenger and Instagram (tag `HUMAN_AGENT`).
  static let person = Duration.seconds(7 * 24 * 60 * 60)

  /// True when nobody knows when the contact last wrote: then the provider judges.
  static func isOpen(_ window: Duration, for context: SendContext) -> Bool {
    guard let lastInbound = context.lastInbound else { return true }
    return context.now.timeIntervalSince(lastInbound) < Double(window.components.seconds)
  }
}
