import Contracts
import JSON

/// Who wrote what a page or account sent (Messenger Platform, "message_echoes").
enum MessengerEcho {
  /// Meta's own inboxes, of pages and of Instagram.
  private static let inboxes = ["263902037430900", "1217981644879628"]
  private static let mark = "aigentable/"

  /// What is sent along with a message, and comes back with its echo.
  static func metadata(of message: MessageID) -> String { mark + message.description }

  /// `own` for this engine, `app` for another program; nil for a person in one of Meta's inboxes or apps, whose
  /// echoes name the inbox or nobody.
  static func writer(of message: JSONValue) -> String? {
    if message["metadata"]?.string?.hasPrefix(mark) == true { return "own" }
    guard let app = message["app_id"]?.messengerID, !inboxes.contains(app) else { return nil }
    return "app"
  }
}
