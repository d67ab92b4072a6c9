import Contracts
import JSON

/// What came along with a message (Messenger Platform, "messages", `attachments`).
struct MessengerAttachments {
  private(set) var files: [InboundAttachment] = []
  private(set) var location: Location?
  /// Titles and addresses of what was passed on: links, posts and films.
  private(set) var lines: [String] = []
  /// What else is called.
  private(set) var titles: [String] = []
  /// Whether there is more than the above says.
  private(set) var hasMore = false
  /// What is shown for a short time only: `story_mention` or `ephemeral`.
  private(set) var passing: String?

  init(_ value: JSONValue?) {
    guard let value, !value.isNull else { return }
    guard let attachments = value.array else {
      hasMore = true
      return
    }
    // For a time a sticker comes as an image too, for those who know no stickers.
    let hasStickers = attachments.contains { $0["type"]?.string == "sticker" }
    for attachment in attachments {
      if hasStickers, attachment["type"]?.string == "image", attachment["payload"]?["sticker_id"] != nil {
        continue
      }
      read(attachment)
    }
  }

  private mutating func read(_ attachment: JSONValue) {
    let payload = attachment["payload"]
    switch attachment["type"]?.string {
    case "image": file(payload, payload?["sticker_id"] == nil ? .image : .sticker)
    case "sticker": file(payload, .sticker)
    case "audio": file(payload, .audio)
    case "video": file(payload, .video)
    case "file": file(payload, .document)
    case "location": place(attachment)
    case "fallback", "share", "post", "ig_post", "reel", "ig_reel": pass(attachment)
    case "story_mention": note(passing: "story_mention")
    case "ephemeral": note(passing: "ephemeral")
    default:
      hasMore = true
      titles += [Bounded.text(attachment["title"]?.string)].compactMap { $0 }
    }
  }

  private mutating func file(_ payload: JSONValue?, _ kind: AttachmentKind) {
    guard let url = Bounded.address(payload?["url"]?.string) else { return hasMore = true }
    files.append(InboundAttachment(kind: kind, source: .url(url)))
  }

  private mutating func place(_ attachment: JSONValue) {
    let coordinates = attachment["payload"]?["coordinates"]
    guard location == nil, let latitude = coordinates?["lat"]?.double, abs(latitude) <= 90,
      let longitude = coordinates?["long"]?.double, abs(longitude) <= 180
    else { return hasMore = true }
    location = Location(
      latitude: latitude, longitude: longitude, name: Bounded.name(attachment["title"]?.string))
  }

  private mutating func pass(_ attachment: JSONValue) {
    hasMore = true
    let payload = attachment["payload"]
    let title = attachment["title"] ?? payload?["title"]
    // Links have it beside the payload, under either name.
    let url = payload?["url"] ?? attachment["url"] ?? attachment["URL"]
    lines += [Bounded.text(title?.string), Bounded.text(url?.string)].compactMap { $0 }
  }

  private mutating func note(passing kind: String) {
    hasMore = true
    passing = kind
  }
}

extension Bounded {
  /// An address of `http` or `https`, of at most 8,192 bytes: those of Meta's files are long.
  static func address(_ text: String?) -> String? {
    guard let text, text.utf8.count <= 8_192, text.hasPrefix("https://") || text.hasPrefix("http://"),
      !text.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F })
    else { return nil }
    return text
  }
}
