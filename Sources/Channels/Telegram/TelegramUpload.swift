import Contracts

/// Which call takes a file (Bot API, "sendPhoto" and its like). What Telegram would not show as its kind is
/// sent as a document, which takes everything; of a picture's width and height Telegram itself says so.
enum TelegramUpload {
  static func request(_ attachment: OutboundAttachment) -> TelegramRequest {
    let field = field(attachment)
    return TelegramRequest(
      "send" + field.prefix(1).uppercased() + field.dropFirst(),
      file: TelegramRequest.File(
        field: field, name: attachment.name ?? field, mediaType: mediaType(attachment.mediaType),
        bytes: attachment.bytes))
  }

  private static func field(_ attachment: OutboundAttachment) -> String {
    let type = attachment.mediaType
    let isAudio = ["audio/mpeg", "audio/mp3", "audio/mp4", "audio/x-m4a", "audio/m4a"].contains(type)
    switch attachment.kind {
    case .image where attachment.bytes.count <= TelegramDraft.maximumPhotoBytes && type != "image/svg+xml":
      return "photo"
    case .voice where isAudio || type == "audio/ogg" || type == "audio/opus": return "voice"
    case .audio where isAudio, .voice where isAudio: return "audio"
    case .video where type == "video/mp4": return "video"
    case .sticker where type == "image/webp": return "sticker"
    default: return "document"
    }
  }

  private static func mediaType(_ type: String) -> String {
    let isType = type.utf8.allSatisfy { (0x21...0x7E).contains($0) } && type.contains("/")
    return isType ? type : "application/octet-stream"
  }
}

extension TelegramRequest {
  /// The same as a document; nil for what is no picture.
  var asDocument: TelegramRequest? {
    guard method == "sendPhoto", let file else { return nil }
    return TelegramRequest(
      "sendDocument", fields,
      file: File(field: "document", name: file.name, mediaType: file.mediaType, bytes: file.bytes))
  }
}
