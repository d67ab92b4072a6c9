import JSON

/// What a message holds, checked as the Cloud API documents it for its type.
struct GraphObject {
  let type: String
  /// What of it is shown as text: a body, a caption, a template's name.
  let text: String
  /// The object itself; nil for texts, which `text` holds.
  let json: JSONValue?
  /// The uploaded file that it needs.
  let media: String?

  init(_ root: JSONValue) throws(StandInError) {
    // The Cloud API takes a message without a type for a text.
    let type = root["type"]?.string ?? (root["type"] == nil ? "text" : "")
    self.type = type
    let value = root[type]
    json = type == "text" ? nil : value
    var media: String?
    switch type {
    case "text": text = try Self.text(value?["body"], "text.body", GraphMessageRequest.maximumTextUnits)
    case "image", "video", "document", "audio", "sticker":
      media = try Self.media(value, type)
      let takesCaption = type != "audio" && type != "sticker"
      if !takesCaption, value?["caption"] != nil { throw .badValue("\(type) takes no caption") }
      text = value?["caption"] == nil ? "" : try Self.text(value?["caption"], "\(type).caption", 1_024)
    case "interactive": text = try GraphInteractive.text(value)
    case "template": text = try GraphTemplate.text(value)
    case "location": text = try GraphCards.location(value)
    case "contacts": text = try GraphCards.contacts(value)
    case "reaction":
      guard value?["message_id"]?.string?.isEmpty == false else { throw .missing("reaction.message_id") }
      guard let emoji = value?["emoji"]?.string else { throw .missing("reaction.emoji") }
      text = emoji
    default: throw .unsupportedType(type)
    }
    self.media = media
  }

  static func text(_ value: JSONValue?, _ name: String, _ maximum: Int) throws(StandInError) -> String {
    guard let value else { throw .missing(name) }
    guard let text = value.string, !text.isEmpty else { throw .badValue("\(name) is no text") }
    guard text.utf16.count <= maximum else {
      throw .invalid("\(name) has more than \(maximum) characters")
    }
    return text
  }

  /// The id of an uploaded file; nil for a link.
  private static func media(_ value: JSONValue?, _ type: String) throws(StandInError) -> String? {
    switch (value?["id"]?.string, value?["link"]?.string) {
    case (let id?, nil): return id
    case (nil, let link?) where link.hasPrefix("https://") || link.hasPrefix("http://"): return nil
    case (nil, nil): throw .missing("\(type).id")
    default: throw .badValue("\(type) needs either an id or a link")
    }
  }
}
