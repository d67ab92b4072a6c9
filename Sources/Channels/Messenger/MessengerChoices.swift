import Contracts

/// How what a contact may choose from is shown.
enum MessengerChoices {
  case none
  /// Buttons under a text, which stay ("Button template": 3 at most).
  case buttons([MessengerRequest.Button])
  /// Cards of their own, each with what it is about ("Generic template": 10 at most).
  case cards([MessengerRequest.Element])
  /// Buttons that go with the next message ("Quick replies": 13 at most).
  case quickReplies([MessengerRequest.QuickReply])
  /// Lines of the text, for what no button holds.
  case list(String)

  /// In UTF-16 units, as all lengths here.
  private static let titleLength = 20
  private static let payloadLength = 1_000
  private static let cardLength = 80
  /// Of the text above buttons.
  static let buttonTextLength = 640

  /// - Parameter text: the end of what is said before; buttons need one, and not too long.
  init(_ choices: [OutboundChoice], after text: String?) {
    if choices.isEmpty {
      self = .none
      return
    }
    let fit = choices.allSatisfy {
      (1...Self.titleLength).contains($0.title.utf16.count)
        && (1...Self.payloadLength).contains($0.payload.utf16.count)
    }
    let isDescribed = choices.contains { !($0.description ?? "").isEmpty }
    if fit, isDescribed, choices.count <= 10,
      choices.allSatisfy({ ($0.description ?? "").utf16.count <= Self.cardLength })
    {
      self = .cards(
        choices.map {
          MessengerRequest.Element(title: $0.title, subtitle: $0.description, buttons: [Self.button($0)])
        })
    } else if fit, !isDescribed, let text, choices.count <= 3, text.utf16.count <= Self.buttonTextLength {
      self = .buttons(choices.map(Self.button))
    } else if fit, !isDescribed, text != nil, choices.count <= 13 {
      self = .quickReplies(choices.map { MessengerRequest.QuickReply(title: $0.title, payload: $0.payload) })
    } else {
      self = .list(Self.lines(choices))
    }
  }

  private static func button(_ choice: OutboundChoice) -> MessengerRequest.Button {
    MessengerRequest.Button(title: choice.title, payload: choice.payload)
  }

  private static func lines(_ choices: [OutboundChoice]) -> String {
    choices.enumerated().map { number, choice in
      "\(number + 1). "
        + [choice.title, choice.description ?? ""].filter { !$0.isEmpty }.joined(separator: ": ")
    }.joined(separator: "\n")
  }
}
