import Contracts

/// A file in a form that WhatsApp takes ("Media", "Supported media types").
///
/// What is too large or of another format for its kind goes as a document, if that can be.
struct WhatsAppUpload: Equatable {
  let kind: AttachmentKind
  let mediaType: String
  let name: String?
  let bytes: [UInt8]

  var takesCaption: Bool { [.image, .video, .document].contains(kind) }

  init(_ attachment: OutboundAttachment) throws(WhatsAppRefusal) {
    // Of texts, only plain ones are taken; all of them can be read as such.
    let mediaType = attachment.mediaType.hasPrefix("text/") ? "text/plain" : attachment.mediaType
    let isKnown =
      Self.documents.contains(mediaType) || Self.formats.values.contains { $0.0.contains(mediaType) }
    guard isKnown else { throw WhatsAppRefusal("unsupported") }
    // What is no voice message or sticker of WhatsApp's may still be an audio file or an image.
    let kinds: [AttachmentKind] =
      switch attachment.kind {
      case .voice: [.voice, .audio, .document]
      case .sticker: [.sticker, .image, .document]
      case let kind: [kind, .document]
      }
    guard let kind = kinds.first(where: { Self.fits($0, mediaType, attachment.bytes.count) }) else {
      throw WhatsAppRefusal("too-large")
    }
    self.kind = kind
    self.mediaType = mediaType
    self.name = attachment.name.flatMap { $0.isEmpty ? nil : $0 }
    self.bytes = attachment.bytes
  }

  private static func fits(_ kind: AttachmentKind, _ mediaType: String, _ count: Int) -> Bool {
    guard let (types, maximum) = formats[kind] else { return count <= 100 << 20 }
    return types.contains(mediaType) && count <= maximum
  }

  /// The formats of each kind and the most bytes; any format may be a document.
  private static let formats: [AttachmentKind: (Set<String>, Int)] = [
    .image: (["image/jpeg", "image/png"], 5 << 20),
    .video: (["video/mp4", "video/3gpp"], 16 << 20),
    .audio: (["audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"], 16 << 20),
    .voice: (["audio/ogg"], 16 << 20),
    .sticker: (["image/webp"], 500 << 10),
  ]

  private static let documents: Set<String> = [
    "text/plain", "application/pdf", "application/msword", "application/vnd.ms-excel",
    "application/vnd.ms-powerpoint",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
  ]

  /// The body of the call (RFC 7578).
  /// - Parameter boundary: that does not occur in the file.
  func form(boundary: String) -> [UInt8] {
    var form: [UInt8] = []
    form.reserveCapacity(bytes.count + 1_024)
    for (name, value) in [("messaging_product", "whatsapp"), ("type", mediaType)] {
      form += Array(
        "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n".utf8
      )
    }
    form += Array(
      ("--\(boundary)\r\nContent-Disposition: form-data; name=\"file\"; filename=\"\(Self.escaped(name ?? "file"))\""
        + "\r\nContent-Type: \(mediaType)\r\n\r\n").utf8
    )
    form += bytes
    form += Array("\r\n--\(boundary)--\r\n".utf8)
    return form
  }

  /// As browsers do it (HTML, "Multipart form data").
  private static func escaped(_ name: String) -> String {
    name.unicodeScalars.reduce(into: "") { text, scalar in
      switch scalar {
      case "\"": text += "%22"
      case "\r": text += "%0D"
      case "\n": text += "%0A"
      default: text.unicodeScalars.append(scalar)
      }
    }
  }
}
