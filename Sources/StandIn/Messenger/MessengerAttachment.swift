import JSON

/// What is sent besides text: files by their ids or addresses, and templates (Messenger Platform, "Send API",
/// "Templates"; Instagram Platform, "Send messages").
enum MessengerAttachment {
  private static let maximumTitle = 20
  private static let longest = (buttonText: 640, cardTitle: 80, cardSubtitle: 80, payload: 1_000)

  static func check(_ attachment: JSONValue) throws(StandInError) {
    let types = ["image", "video", "audio", "file", "template"]
    guard let type = attachment["type"]?.string, types.contains(type), let payload = attachment["payload"]
    else { throw .invalid("attachment has no known type, or no payload") }
    if type == "template" { return try check(template: payload) }
    switch (payload["attachment_id"]?.string, payload["url"]?.string) {
    case (_?, nil): break
    case (nil, let url?) where url.hasPrefix("https://"): break
    case (nil, nil): throw .missing("payload.attachment_id or payload.url")
    default: throw .invalid("payload needs either an attachment_id or a url of https")
    }
  }

  private static func check(template payload: JSONValue) throws(StandInError) {
    switch payload["template_type"]?.string {
    case "button":
      guard let text = payload["text"]?.string, (1...longest.buttonText).contains(text.utf16.count) else {
        throw .invalid("text has not 1 to \(longest.buttonText) characters")
      }
      try check(buttons: payload["buttons"], atLeast: 1)
    case "generic":
      guard let cards = payload["elements"]?.array, (1...10).contains(cards.count) else {
        throw .invalid("elements are not 1 to 10")
      }
      for card in cards {
        guard let title = card["title"]?.string, (1...longest.cardTitle).contains(title.utf16.count),
          (card["subtitle"]?.string ?? "").utf16.count <= longest.cardSubtitle
        else { throw .invalid("an element has no title, or a title or subtitle that is too long") }
        try check(buttons: card["buttons"], atLeast: 0)
      }
    case nil: throw .missing("payload.template_type")
    default: throw .invalid("template_type is none of button and generic")
    }
  }

  private static func check(buttons: JSONValue?, atLeast minimum: Int) throws(StandInError) {
    let buttons = buttons?.array ?? []
    guard (minimum...3).contains(buttons.count) else { throw .invalid("buttons are not \(minimum) to 3") }
    for button in buttons {
      guard let title = button["title"]?.string, (1...maximumTitle).contains(title.utf16.count) else {
        throw .invalid("a button's title has not 1 to \(maximumTitle) characters")
      }
      switch button["type"]?.string {
      case "postback":
        guard let data = button["payload"]?.string, (1...longest.payload).contains(data.utf16.count) else {
          throw .invalid("a button's payload has not 1 to \(longest.payload) characters")
        }
      case "web_url":
        guard button["url"]?.string?.hasPrefix("http") == true else { throw .missing("buttons.url") }
      default: throw .invalid("a button's type is none of postback and web_url")
      }
    }
  }

  /// "Attachment Upload API"; "Upload Media for Instagram Messaging", by the word for the kind of file.
  static func check(_ type: String, mediaType: String, bytes: Int, isInstagram: Bool) throws(StandInError) {
    let formats: [String: Set<String>] = [
      "image": ["image/png", "image/jpeg", "image/gif"],
      "audio": [
        "audio/aac", "audio/mp4", "audio/m4a", "audio/x-m4a", "audio/wav", "audio/x-wav", "audio/wave",
      ],
      "video": [
        "video/mp4", "video/ogg", "video/x-msvideo", "video/avi", "video/quicktime", "video/webm",
      ],
      "file": ["application/pdf"],
    ]
    let isOfKind = type == "file" || mediaType.hasPrefix(type + "/")
    guard isInstagram ? formats[type]?.contains(mediaType) == true : isOfKind else {
      throw .invalid("message.attachment.type \(type) takes no \(mediaType.prefix(64))")
    }
    guard bytes <= (type == "image" ? 8 << 20 : 25 << 20) else {
      throw .invalid("filedata is too large")
    }
  }
}
