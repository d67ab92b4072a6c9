import Contracts

/// A file that Instagram gets from an address of ours, since tokens of an account's own upload none ("Instagram API
/// with Instagram Login", "Send Messages").
enum InstagramFile {
  /// "Media Type, Supported Format, Supported Size Maximum", by the platform's word for the kind.
  private static let formats: [String: (types: Set<String>, maximumBytes: Int)] = [
    "image": (["image/png", "image/jpeg", "image/gif"], 8 << 20),
    "audio": (
      ["audio/aac", "audio/mp4", "audio/m4a", "audio/x-m4a", "audio/wav", "audio/x-wav", "audio/wave"],
      25 << 20
    ),
    "video": (
      ["video/mp4", "video/ogg", "video/x-msvideo", "video/avi", "video/quicktime", "video/webm"], 25 << 20
    ),
    "file": (["application/pdf"], 25 << 20),
  ]

  /// Why it would be refused; nil when it would not. `no-public-address`: there is nowhere to get it from.
  static func refusal(of file: OutboundAttachment) -> String? {
    guard let format = formats[MessengerUpload.type(file.kind)], format.types.contains(file.mediaType) else {
      return "unsupported"
    }
    if file.bytes.count > format.maximumBytes { return "too-large" }
    return file.url == nil ? "no-public-address" : nil
  }

  static func message(_ file: OutboundAttachment) -> MessengerRequest.Message {
    MessengerRequest.Message(
      attachment: MessengerRequest.Attachment(
        type: MessengerUpload.type(file.kind), payload: .init(url: file.url)))
  }
}
