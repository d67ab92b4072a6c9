import Contracts
import JSON

/// The body of a call to `message_attachments`, which keeps a file for a message that names it (Messenger Platform,
/// "Attachment Upload API"): a form of several parts (RFC 7578).
struct MessengerUpload {
  /// Of audio, video and documents; images may be smaller still.
  static let maximumBytes = 25 << 20

  let contentType: String
  let body: [UInt8]

  /// The platform's word for a kind.
  static func type(_ kind: AttachmentKind) -> String {
    switch kind {
    case .image, .sticker: "image"
    case .audio, .voice: "audio"
    case .video: "video"
    case .document: "file"
    }
  }

  /// - Parameter boundary: may not be foreseen by whoever made the file.
  init(_ file: OutboundAttachment, platform: MessengerPlatform, boundary: String) {
    var body: [UInt8] = []
    func add(_ text: String) { body += Array(text.utf8) }
    func begin(_ name: String, _ more: String = "") {
      add("--\(boundary)\r\nContent-Disposition: form-data; name=\"\(name)\"\(more)\r\n\r\n")
    }
    if let word = platform.word {
      begin("platform")
      add(word + "\r\n")
    }
    begin("message")
    add(#"{"attachment":{"type":"\#(Self.type(file.kind))","payload":{"is_reusable":false}}}"# + "\r\n")
    let name = Self.quoted(file.name ?? Self.type(file.kind))
    begin("filedata", "; filename=\"\(name)\"\r\nContent-Type: \(Self.mediaType(file.mediaType))")
    body += file.bytes
    add("\r\n--\(boundary)--\r\n")
    self.body = body
    contentType = "multipart/form-data; boundary=\(boundary)"
  }

  /// A name in quotes, as browsers write it (HTML, "multipart/form-data encoding algorithm").
  private static func quoted(_ name: String) -> String {
    name.unicodeScalars.map { scalar in
      switch scalar {
      case "\"": "%22"
      case "\r": "%0D"
      case "\n": "%0A"
      default: String(scalar)
      }
    }.joined()
  }

  private static func mediaType(_ type: String) -> String {
    let isSound = type.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: ";") }
    return isSound && type.contains("/") ? type : "application/octet-stream"
  }
}
