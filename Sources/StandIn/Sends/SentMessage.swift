import FoundationEssentials
import JSON

/// One message that was taken.
struct SentMessage: Encodable, Sendable {
  /// Counts from 1, without gaps, over the server's life.
  let number: Int
  /// As its platform makes them, with what makes it unique, also among servers.
  let id: String
  let platform: String
  let account: String
  let recipient: String
  /// What of it is shown as text.
  let text: String
  let type: String
  /// What it holds, as it was sent; nil for texts.
  let object: JSONValue?
  let quoted: String?
  let callbackData: String?
  let time: Date

  private enum CodingKeys: String, CodingKey {
    case number, id, platform, text, type, object, quoted
    case account = "phone_number_id"
    case recipient = "to"
    case callbackData = "biz_opaque_callback_data"
    case time = "at"
  }
}

extension SentMessage {
  /// About how long its JSON is.
  var size: Int { text.utf8.count + (object?.serialized().count ?? 0) }
}
