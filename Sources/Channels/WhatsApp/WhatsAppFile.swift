import Contracts
import FoundationEssentials
import JSON

/// A media object of a message. Its `url` lasts for five minutes, so only its id is kept, which lasts for a week.
enum WhatsAppFile {
  static func attachment(_ value: JSONValue, type: String) -> InboundAttachment? {
    guard let id = Bounded.identifier(value["id"]?.string), let kind = kind(type, value) else { return nil }
    return InboundAttachment(
      kind: kind,
      source: .file(id),
      mediaType: Bounded.mediaType(value["mime_type"]?.string),
      name: Bounded.name(value["filename"]?.string),
      sha256: digest(value["sha256"]?.string)
    )
  }

  private static func kind(_ type: String, _ value: JSONValue) -> AttachmentKind? {
    type == "audio" && value["voice"]?.bool == true ? .voice : AttachmentKind(rawValue: type)
  }

  /// A SHA-256, which webhooks give in Base64 and the media endpoint in hexadecimal; nil for what is none.
  static func digest(_ text: String?) -> String? {
    guard let text else { return nil }
    if text.utf8.count == 64, text.hexadecimalBytes != nil { return text.lowercased() }
    guard text.utf8.count <= 64, let bytes = Data(base64Encoded: text), bytes.count == 32 else {
      return nil
    }
    return hexadecimal(bytes)
  }
}
