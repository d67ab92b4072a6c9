import FoundationEssentials

/// One text that was taken.
struct SentMessage: Encodable, Sendable, Equatable {
  /// Counts from 1, without gaps, over the server's life.
  let number: Int
  /// `wamid.` and what makes it unique, also among servers.
  let id: String
  let account: String
  let recipient: String
  let text: String
  let callbackData: String?
  let time: Date

  private enum CodingKeys: String, CodingKey {
    case number, id, text
    case account = "phone_number_id"
    case recipient = "to"
    case callbackData = "biz_opaque_callback_data"
    case time = "at"
  }
}
