import Contracts

/// A text with choices: up to three buttons, or a list of up to ten rows ("Interactive reply buttons messages",
/// "Interactive list messages").
enum WhatsAppInteractive: Encodable, Equatable {
  case buttons(body: String, [OutboundChoice])
  case list(body: String, [OutboundChoice])

  /// What opens a list. The language of the contact is not known, so it is no word.
  private static let opener = "☰"

  /// nil when the platform cannot show these choices: there are too many, or a title or payload is too long, empty
  /// or there twice.
  init?(body: String, _ choices: [OutboundChoice]) {
    guard !choices.isEmpty, Set(choices.map(\.title)).count == choices.count,
      Set(choices.map(\.payload)).count == choices.count,
      choices.allSatisfy({ !$0.title.allSatisfy(\.isWhitespace) && !$0.title.contains(where: \.isNewline) })
    else { return nil }
    func fits(title: Int, payload: Int) -> Bool {
      choices.allSatisfy { $0.title.utf16.count <= title && (1...payload).contains($0.payload.utf16.count) }
    }
    let isDescribed = choices.contains { $0.description?.isEmpty == false }
    if choices.count <= 3, !isDescribed, body.utf16.count <= 1_024, fits(title: 20, payload: 256) {
      self = .buttons(body: body, choices)
    } else if choices.count <= 10, body.utf16.count <= 4_096, fits(title: 24, payload: 200),
      choices.allSatisfy({ ($0.description ?? "").utf16.count <= 72 })
    {
      self = .list(body: body, choices)
    } else {
      return nil
    }
  }

  /// The choices as lines of the text, for when they cannot be shown otherwise.
  static func numbered(_ choices: [OutboundChoice]) -> String {
    choices.enumerated().map { number, choice in
      let description = choice.description.flatMap { $0.isEmpty ? nil : ": \($0)" } ?? ""
      return "\(number + 1). \(choice.title)\(description)"
    }.joined(separator: "\n")
  }

  private struct Body: Encodable {
    let text: String
  }

  private struct Buttons: Encodable {
    struct Button: Encodable {
      let type = "reply"
      let reply: Reply
    }

    struct Reply: Encodable {
      let id: String
      let title: String
    }

    let buttons: [Button]
  }

  private struct List: Encodable {
    struct Section: Encodable {
      let rows: [Row]
    }

    struct Row: Encodable {
      let id: String
      let title: String
      let description: String?
    }

    let button: String
    let sections: [Section]
  }

  private enum Key: CodingKey {
    case type, body, action
  }

  func encode(to encoder: any Encoder) throws {
    var members = encoder.container(keyedBy: Key.self)
    switch self {
    case .buttons(let body, let choices):
      try members.encode("button", forKey: .type)
      try members.encode(Body(text: body), forKey: .body)
      let buttons = choices.map { Buttons.Button(reply: Buttons.Reply(id: $0.payload, title: $0.title)) }
      try members.encode(Buttons(buttons: buttons), forKey: .action)
    case .list(let body, let choices):
      try members.encode("list", forKey: .type)
      try members.encode(Body(text: body), forKey: .body)
      let rows = choices.map {
        List.Row(
          id: $0.payload,
          title: $0.title,
          description: $0.description.flatMap { $0.isEmpty ? nil : $0 }
        )
      }
      try members.encode(List(button: Self.opener, sections: [List.Section(rows: rows)]), forKey: .action)
    }
  }
}
