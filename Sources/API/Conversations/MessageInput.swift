import Contracts

/// A message that a person orders.
struct MessageInput: Decodable, Sendable {
  struct Choice: Decodable, Sendable {
    let title: String
    let payload: String?
    let description: String?
  }

  struct File: Decodable, Sendable {
    let id: AttachmentID
  }

  let text: String?
  let subject: String?
  /// Files that lie in the blob store already.
  let attachments: [File]?
  let choices: [Choice]?
  let template: MessageTemplate?

  static let maximumChoices = 25
  static let maximumFiles = 10

  /// What is said; may be empty beside files or a template.
  func checkedText(hasFiles: Bool) throws(Problem) -> String {
    let text = text ?? ""
    if text.isEmpty, hasFiles || template != nil { return "" }
    try CommandBounds.check(text, "$.text", atMost: CommandBounds.message)
    return text
  }

  /// What comes back of a choice that names nothing is its title.
  func checkedChoices() throws(Problem) -> [MessageChoice]? {
    guard let choices, !choices.isEmpty else { return nil }
    guard choices.count <= Self.maximumChoices else {
      throw Problem(.invalidContent, "$.choices has more than \(Self.maximumChoices) elements")
    }
    var checked: [MessageChoice] = []
    for (number, choice) in choices.enumerated() {
      let place = "$.choices[\(number)]"
      try CommandBounds.check(choice.title, "\(place).title", atMost: 200)
      try CommandBounds.check(choice.payload ?? choice.title, "\(place).payload", atMost: 1_000)
      if let description = choice.description {
        try CommandBounds.check(description, "\(place).description", atMost: 500)
      }
      checked.append(
        MessageChoice(
          title: choice.title, payload: choice.payload ?? choice.title, description: choice.description))
    }
    return checked
  }
}

extension MessageTemplate {
  /// Refuses what no provider takes, and what no event should hold.
  func check(_ place: String) throws(Problem) {
    try CommandBounds.check(name, "\(place).name", atMost: 512)
    try CommandBounds.check(language, "\(place).language", atMost: 32)
    if let header {
      guard (header.text == nil) != (header.media == nil) else {
        throw Problem(.invalidContent, "\(place).header has either text or media")
      }
      if let text = header.text { try CommandBounds.check(text, "\(place).header.text", atMost: 1_024) }
      if let media = header.media {
        guard [.image, .video, .document].contains(media.kind) else {
          throw Problem(.invalidContent, "\(place).header.media.kind must be image, video or document")
        }
        try CommandBounds.check(media.url, "\(place).header.media.url", atMost: 2_000)
        guard media.url.hasPrefix("https://") else {
          throw Problem(.invalidContent, "\(place).header.media.url must begin with https://")
        }
      }
    }
    guard (variables?.count ?? 0) <= 50, (buttons?.count ?? 0) <= 10 else {
      throw Problem(.invalidContent, "\(place) has more than 50 variables or 10 buttons")
    }
    for (number, variable) in (variables ?? []).enumerated() {
      try CommandBounds.check(variable.text, "\(place).variables[\(number)].text", atMost: 1_024)
    }
    for (number, button) in (buttons ?? []).enumerated() {
      try CommandBounds.check(button.value, "\(place).buttons[\(number)].value", atMost: 2_000)
      guard (0..<10).contains(button.index) else {
        throw Problem(.invalidContent, "\(place).buttons[\(number)].index must be 0 to 9")
      }
    }
  }
}
