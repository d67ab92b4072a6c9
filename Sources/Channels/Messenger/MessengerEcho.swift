import JSON

/// Who wrote what a page or account sent (Messenger Platform, "message_echoes").
enum MessengerEcho {
  /// Meta's own inboxes, of pages and of Instagram.
  private static let inboxes = ["263902037430900", "1217981644879628"]
  private static let prefix = "aigentable/"

  /// What is sent along with a message, and comes back with its echo.
  static func metadata(of mark: SendMark) -> String { prefix + mark.text }

  /// What this engine sent along.
  static func mark(of message: JSONValue) -> SendMark? {
    guard let metadata = message["metadata"]?.string, metadata.hasPrefix(prefix) else { return nil }
    return SendMark(String(metadata.dropFirst(prefix.count)))
  }

  /// Whether it names one of Meta's own inboxes, so that a person wrote it there.
  static func isOfInbox(_ message: JSONValue) -> Bool {
    message["app_id"]?.messengerID.map(isInbox) ?? false
  }

  static func isInbox(_ app: String) -> Bool { inboxes.contains(app) }

  /// `own` for this engine, `app` for another program; nil for a person in one of Meta's inboxes or apps, whose
  /// echoes name the inbox or nobody.
  static func writer(of message: JSONValue) -> String? {
    if message["metadata"]?.string?.hasPrefix(prefix) == true { return "own" }
    guard let app = message["app_id"]?.messengerID, !isInbox(app) else { return nil }
    return "app"
  }
}
