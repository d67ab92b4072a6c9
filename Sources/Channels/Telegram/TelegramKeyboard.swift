import Contracts
import JSON

/// Choices as buttons under a message, one in each row (Bot API, "InlineKeyboardMarkup"); as a numbered list
/// in the text where a button cannot hold them.
struct TelegramKeyboard {
  /// What comes back from a button, in bytes.
  static let maximumDataBytes = 64
  static let maximumButtons = 100

  /// JSON; nil without buttons.
  let markup: String?
  /// Markdown: what the buttons do not say; empty when they say all.
  let list: String

  init(_ choices: [OutboundChoice]) {
    let fit =
      choices.count <= Self.maximumButtons
      && choices.allSatisfy {
        !$0.title.isEmpty && (1...Self.maximumDataBytes).contains($0.payload.utf8.count)
      }
    let buttons = choices.map { [Button(text: $0.title, callback_data: $0.payload)] }
    let markup = fit && !choices.isEmpty ? try? JSON.encode(["inline_keyboard": buttons]) : nil
    self.markup = markup.map { String(decoding: $0, as: UTF8.self) }
    let isSaid = markup != nil && choices.allSatisfy { $0.description?.isEmpty ?? true }
    list =
      isSaid
      ? ""
      : choices.enumerated().map { index, choice in
        let words = [choice.title, choice.description ?? ""].filter { !$0.isEmpty }.map(Self.escaped)
        return "\(index + 1). " + words.joined(separator: " – ")
      }.joined(separator: "\n")
  }

  private struct Button: Encodable {
    let text: String
    let callback_data: String
  }

  /// A title is no Markdown.
  private static func escaped(_ title: String) -> String {
    var escaped = ""
    for character in title {
      if character.isASCII, character.isPunctuation || character.isSymbol { escaped += "\\" }
      escaped += character.isNewline ? " " : String(character)
    }
    return escaped
  }
}
