import Contracts
import JSON

/// The file of a message (Bot API, "PhotoSize", "Document" and their like). A message has one at most: those
/// of an album are messages by themselves.
enum TelegramFile {
  static func attachment(of message: JSONValue) -> InboundAttachment? {
    for (key, kind) in kinds {
      guard let value = message[key] else { continue }
      let file = key == "photo" ? largest(value) : value
      if let file, let id = Bounded.identifier(file["file_id"]?.string) {
        return InboundAttachment(
          kind: kind, source: .file(id), mediaType: mediaType(file["mime_type"]?.string),
          name: Bounded.name(file["file_name"]?.string),
          bytes: file["file_size"]?.int.flatMap { $0 < 0 ? nil : Int(exactly: $0) })
      }
    }
    return nil
  }

  /// In this order: an animation comes as a document too.
  private static let kinds: [(String, AttachmentKind)] = [
    ("photo", .image), ("animation", .video), ("document", .document), ("audio", .audio), ("voice", .voice),
    ("video", .video), ("video_note", .video), ("sticker", .sticker),
  ]

  /// A photo comes in several sizes.
  private static func largest(_ sizes: JSONValue) -> JSONValue? {
    func area(_ size: JSONValue) -> Double { (size["width"]?.double ?? 0) * (size["height"]?.double ?? 0) }
    return sizes.array?.filter { Bounded.identifier($0["file_id"]?.string) != nil }.max {
      area($0) < area($1)
    }
  }

  private static func mediaType(_ text: String?) -> String? {
    guard let text = Bounded.identifier(text) else { return nil }
    let type = text.prefix { $0 != ";" }.filter { !$0.isWhitespace }.lowercased()
    return type.contains("/") ? type : nil
  }
}
