import Contracts
import JSON

/// The body of a call that sends one message (WhatsApp Cloud API, "Messages").
struct WhatsAppRequest: Encodable {
  let recipient: WhatsAppRecipient
  let object: WhatsAppObject
  /// The message that is quoted.
  let replyTo: String?
  /// Comes back in the statuses, so that a lost answer can be told by them.
  let mark: SendMark

  private struct Context: Encodable {
    let message_id: String
  }

  private enum Key: CodingKey {
    case messaging_product, recipient_type, to, recipient, context, type, biz_opaque_callback_data
    case text, image, video, audio, document, sticker, interactive, template, location, contacts
  }

  func encode(to encoder: any Encoder) throws {
    var members = encoder.container(keyedBy: Key.self)
    try members.encode("whatsapp", forKey: .messaging_product)
    try members.encode(recipient.type, forKey: .recipient_type)
    try members.encode(recipient.id, forKey: recipient.isUserID ? .recipient : .to)
    try members.encodeIfPresent(replyTo.map(Context.init), forKey: .context)
    let type: Key =
      switch object {
      case .text: .text
      case .file(let kind, _):
        switch kind {
        case .image: .image
        case .video: .video
        case .audio, .voice: .audio
        case .document: .document
        case .sticker: .sticker
        }
      case .interactive: .interactive
      case .template: .template
      case .location: .location
      case .contacts: .contacts
      }
    try members.encode(type.stringValue, forKey: .type)
    try members.encode(object, forKey: type)
    try members.encode(mark.text, forKey: .biz_opaque_callback_data)
  }

  func encoded() throws(JSONError) -> [UInt8] { try JSON.encode(self) }
}

/// What a message holds, under the name of its type.
enum WhatsAppObject: Encodable {
  case text(String)
  case file(AttachmentKind, Media)
  case interactive(WhatsAppInteractive)
  case template(WhatsAppTemplate)
  case location(WhatsAppPlace)
  case contacts([WhatsAppCard])

  /// "Media object".
  struct Media: Encodable {
    let id: String
    let caption: String?
    let filename: String?
    let voice: Bool?
  }

  private struct Text: Encodable {
    let preview_url: Bool
    let body: String
  }

  func encode(to encoder: any Encoder) throws {
    switch self {
    case .text(let body): try Text(preview_url: false, body: body).encode(to: encoder)
    case .file(_, let media): try media.encode(to: encoder)
    case .interactive(let interactive): try interactive.encode(to: encoder)
    case .template(let template): try template.encode(to: encoder)
    case .location(let place): try place.encode(to: encoder)
    case .contacts(let cards): try cards.encode(to: encoder)
    }
  }
}
