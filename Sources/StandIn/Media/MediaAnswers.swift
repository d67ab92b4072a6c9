import Crypto

/// The answer to an upload.
struct MediaID: Encodable {
  let id: String
}

/// Where a file is and what it is ("Retrieve media URL").
struct MediaAnswer: Encodable {
  private let messaging_product = "whatsapp"
  private let url: String
  private let mime_type: String
  private let sha256: String
  private let file_size: Int
  private let id: String

  /// - Parameter host: of the request: the file is fetched from the same.
  init(_ file: StoredMedia.File, host: String) {
    url = "http://\(host)/media/\(file.id)/bytes"
    mime_type = file.mediaType
    sha256 = SHA256.hash(data: file.bytes).reduce(into: "") { text, byte in
      if byte < 16 { text += "0" }
      text += String(byte, radix: 16)
    }
    file_size = file.bytes.count
    id = file.id
  }
}
