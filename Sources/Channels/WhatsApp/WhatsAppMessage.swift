import Contracts
import FoundationEssentials
import JSON

/// One element of `messages` (WhatsApp Cloud API, "Messages webhook reference").
///
/// Text, and the titles of the buttons and list rows that a contact chose, are `text`. All else that a
/// contact did is `unsupported`, with its JSON and its caption: media, locations, contacts, orders,
/// reactions, forms, calls allowed, edited and deleted messages, and types yet unknown. So is whatever comes
/// from a group, under the person who wrote it: an answer would go to that person alone, not to where it was
/// asked.
enum WhatsAppMessage {
  static func item(_ message: JSONValue, contacts: WhatsAppContacts, account: String?) -> InboundItem {
    guard message.kind == .object else { return .other(kind: "malformed") }
    let type = message["type"]?.string ?? ""
    if type == "system" { return .other(kind: "system." + Bounded.word(message["system"]?["type"]?.string)) }
    guard let id = Bounded.identifier(message["id"]?.string) else {
      return .other(kind: "message.without_id")
    }
    let number = Bounded.identifier(message["from"]?.string)
    let userID = Bounded.identifier(message["from_user_id"]?.string)
    guard let address = number ?? userID ?? contacts.only else {
      return .other(kind: "message.without_sender")
    }

    let isFromGroup = message["group_id"].map { !$0.isNull } ?? false
    let text = isFromGroup ? nil : text(of: message, type: type)
    return .message(
      InboundMessage(
        providerID: id,
        origin: InboundOrigin(
          account: account,
          address: address,
          name: contacts.name(of: number, userID, address),
          time: message["timestamp"]?.epochSeconds
        ),
        content: InboundContent(
          text == nil ? .unsupported : .text,
          text: text ?? caption(of: message, type: type),
          raw: text == nil ? String(decoding: message.serialized(), as: UTF8.self) : nil
        )
      )
    )
  }

  private static func text(of message: JSONValue, type: String) -> String? {
    switch type {
    case "text": return Bounded.text(message["text"]?["body"]?.string)
    case "button": return Bounded.text(message["button"]?["text"]?.string)
    case "interactive":
      guard let reply = message["interactive"], let type = reply["type"]?.string,
        type == "button_reply" || type == "list_reply"
      else { return nil }
      return Bounded.text(reply[type]?["title"]?.string)
    default: return nil
    }
  }

  /// What was written beside something that is not understood; of an edit, what it says now.
  private static func caption(of message: JSONValue, type: String) -> String? {
    switch type {
    case "image", "video", "document": return Bounded.text(message[type]?["caption"]?.string)
    case "order": return Bounded.text(message["order"]?["text"]?.string)
    case "edit":
      guard let edited = message["edit"]?["message"], let type = edited["type"]?.string, type != "edit" else {
        return nil
      }
      return text(of: edited, type: type) ?? caption(of: edited, type: type)
    default: return text(of: message, type: type)
    }
  }
}

extension JSONValue {
  /// A time in seconds since 1970, as text or number; nil when it is after the year 9999.
  var epochSeconds: Date? {
    guard let seconds = string.flatMap({ Int64($0) }) ?? int, (0...253_402_300_799).contains(seconds) else {
      return nil
    }
    return Date(timeIntervalSince1970: Double(seconds))
  }
}
