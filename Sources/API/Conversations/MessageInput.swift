import Contracts

/// A message that a person orders.
struct MessageInput: Decodable, Sendable {
  struct Choice: Decodable, Sendable {
    let title: String
    let payload: String?
    let description: String?
  }

  struct File: Decodable, Sendable {
    /// Of a file that lies in the blob store already.
    let id: AttachmentID?
    /// Or what a file of the form is called.
    let file: String?
    /// What it is sent as; what its media type says unless it is given.
    let kind: AttachmentKind?
  }

  struct Card: Decodable, Sendable {
    let name: String
    let phones: [String]?
    let emails: [String]?
  }

  let text: String?
  let subject: String?
  /// Files that lie in the blob store already, and what is to be known of those of the form.
  let attachments: [File]?
  let choices: [Choice]?
  let location: Location?
  let contacts: [Card]?
  let template: MessageTemplate?
  /// The message of the conversation that it answers or quotes.
  let replyTo: MessageID?

  enum CodingKeys: String, CodingKey {
    case text, subject, attachments, choices, location, contacts, template
    case replyTo = "reply_to"
  }

  static let maximumChoices = 25
  static let maximumFiles = 10
  static let maximumCards = 10
  /// Of telephone numbers, or of addresses, on one card.
  static let maximumEntries = 10

  /// What is said; may be empty beside anything else.
  func checkedText(hasFiles: Bool) throws(Problem) -> String {
    let text = text ?? ""
    if text.isEmpty, hasFiles || template != nil || location != nil || contacts?.isEmpty == false {
      return ""
    }
    try CommandBounds.check(text, "$.text", atMost: CommandBounds.message)
    return text
  }

  /// What lies in the blob store already.
  func checkedStored() throws(Problem) -> [(id: AttachmentID, kind: AttachmentKind?)] {
    var stored: [(id: AttachmentID, kind: AttachmentKind?)] = []
    for (number, file) in (attachments ?? []).enumerated() {
      guard (file.id == nil) != (file.file == nil) else {
        throw Problem(.invalidContent, "$.attachments[\(number)] has one of id and file")
      }
      if let id = file.id { stored.append((id, file.kind)) }
    }
    return stored
  }

  /// What files of the form are sent as, by what they are called.
  func checkedKinds(of files: [FormBody.File]) throws(Problem) -> [String: AttachmentKind] {
    var kinds: [String: AttachmentKind] = [:]
    for (number, file) in (attachments ?? []).enumerated() {
      guard let name = file.file else { continue }
      guard files.contains(where: { $0.name == name }) else {
        throw Problem(.invalidContent, "$.attachments[\(number)].file: the form has no file of this name")
      }
      kinds[name] = file.kind
    }
    return kinds
  }

  /// Cards with at least one way to reach whose they are.
  func checkedContacts() throws(Problem) -> [ContactCard]? {
    guard let contacts, !contacts.isEmpty else { return nil }
    guard contacts.count <= Self.maximumCards else {
      throw Problem(.invalidContent, "$.contacts has more than \(Self.maximumCards) elements")
    }
    var checked: [ContactCard] = []
    for (number, card) in contacts.enumerated() {
      let place = "$.contacts[\(number)]"
      let (phones, emails) = (card.phones ?? [], card.emails ?? [])
      try CommandBounds.check(card.name, "\(place).name", atMost: CommandBounds.name)
      guard !phones.isEmpty || !emails.isEmpty else {
        throw Problem(.invalidContent, "\(place) has neither phones nor emails")
      }
      guard max(phones.count, emails.count) <= Self.maximumEntries else {
        throw Problem(.invalidContent, "\(place) has more than \(Self.maximumEntries) phones or emails")
      }
      for phone in phones { try CommandBounds.check(phone, "\(place).phones", atMost: 50) }
      for email in emails { try CommandBounds.check(email, "\(place).emails", atMost: 254) }
      guard !([card.name] + phones + emails).contains(where: { $0.contains(where: \.isNewline) }) else {
        throw Problem(.invalidContent, "\(place) holds a line break")
      }
      checked.append(ContactCard(name: card.name, phones: phones, emails: emails))
    }
    return checked
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

extension Location {
  /// Refuses what is nowhere on Earth.
  func check(_ place: String) throws(Problem) {
    guard (-90...90).contains(latitude), (-180...180).contains(longitude) else {
      throw Problem(.invalidContent, "\(place) is not within 90 degrees of latitude and 180 of longitude")
    }
    for (value, member) in [(name, "name"), (address, "address")] {
      guard let value else { continue }
      try CommandBounds.check(value, "\(place).\(member)", atMost: member == "name" ? 200 : 500)
      guard !value.contains(where: \.isNewline) else {
        throw Problem(.invalidContent, "\(place).\(member) holds a line break")
      }
    }
  }
}

extension MessageTemplate {
  /// Refuses what no provider takes, and what no event should hold.
  func check(_ place: String) throws(Problem) {
    try CommandBounds.check(name, "\(place).name", atMost: 512)
    try CommandBounds.check(language, "\(place).language", atMost: 32)
    try header?.check("\(place).header")
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
      try button.checkData("\(place).buttons[\(number)]")
    }
  }
}

extension MessageTemplate.Header {
  fileprivate func check(_ place: String) throws(Problem) {
    guard [text != nil, media != nil, file != nil, location != nil].count(where: { $0 }) == 1 else {
      throw Problem(.invalidContent, "\(place) has one of text, media, file and location")
    }
    if let text { try CommandBounds.check(text, "\(place).text", atMost: 1_024) }
    if let name { try CommandBounds.check(name, "\(place).name", atMost: 200) }
    try location?.check("\(place).location")
    if let kind = media?.kind ?? file?.kind, ![.image, .video, .document].contains(kind) {
      throw Problem(
        .invalidContent, "\(place).\(media == nil ? "file" : "media").kind must be image, video or document")
    }
    if let file { try CommandBounds.check(file.id, "\(place).file.id", atMost: 200) }
    if let media {
      try CommandBounds.check(media.url, "\(place).media.url", atMost: 2_000)
      guard media.url.hasPrefix("https://") else {
        throw Problem(.invalidContent, "\(place).media.url must begin with https://")
      }
    }
  }
}

extension MessageTemplate.Button {
  fileprivate func checkData(_ place: String) throws(Problem) {
    guard let data else { return }
    guard kind == .flow else { throw Problem(.invalidContent, "\(place).data is for flow alone") }
    guard data.count <= 50 else { throw Problem(.invalidContent, "\(place).data has more than 50 elements") }
    for (number, variable) in data.enumerated() {
      guard let name = variable.name else {
        throw Problem(.invalidContent, "\(place).data[\(number)].name is missing")
      }
      try CommandBounds.check(name, "\(place).data[\(number)].name", atMost: 200)
      try CommandBounds.check(variable.text, "\(place).data[\(number)].text", atMost: 1_024)
    }
  }
}
