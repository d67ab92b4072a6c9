import Channels

/// What Messenger and Instagram show before and beside a conversation, as a caller gives it. What is absent stays as
/// it is; what is null or an empty list is removed.
struct ProfileInput: Decodable, Sendable {
  struct Greeting: Decodable, Sendable {
    let locale: String?
    let text: String
  }

  struct Line: Decodable, Sendable {
    let title: String
    let payload: String?
    let url: String?
  }

  struct IceBreaker: Decodable, Sendable {
    let question: String
    let payload: String
  }

  let greetings: [Greeting]?
  let start: String?
  let menu: [Line]?
  let iceBreakers: [IceBreaker]?
  let removed: [MessengerProfile.Property]

  enum CodingKeys: String, CodingKey {
    case greetings, start, menu
    case iceBreakers = "ice_breakers"
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    var removed: [MessengerProfile.Property] = []
    func list<Item: Decodable>(
      _ key: CodingKeys, _ property: MessengerProfile.Property
    ) throws -> [Item]? {
      let items = try container.decodeIfPresent([Item].self, forKey: key)
      guard items?.isEmpty ?? true else { return items }
      if container.contains(key) { removed.append(property) }
      return nil
    }
    greetings = try list(.greetings, .greetings)
    start = try container.decodeIfPresent(String.self, forKey: .start)
    if start == nil, container.contains(.start) { removed.append(.start) }
    menu = try list(.menu, .menu)
    iceBreakers = try list(.iceBreakers, .iceBreakers)
    self.removed = removed
  }

  func profile() throws(Problem) -> MessengerProfile {
    guard greetings != nil || start != nil || menu != nil || iceBreakers != nil || !removed.isEmpty else {
      throw Problem(
        .invalidContent, "there is nothing to set or remove: greetings, start, menu or ice_breakers")
    }
    guard (menu?.count ?? 0) <= 20, (iceBreakers?.count ?? 0) <= 4, (greetings?.count ?? 0) <= 100 else {
      throw Problem(
        .invalidContent, "there are more than 20 lines of a menu, 4 ice breakers or 100 greetings")
    }
    if let start { try CommandBounds.check(start, "$.start", atMost: 1_000) }
    for (number, greeting) in (greetings ?? []).enumerated() {
      try CommandBounds.check(greeting.text, "$.greetings[\(number)].text", atMost: 160)
    }
    for (number, breaker) in (iceBreakers ?? []).enumerated() {
      try CommandBounds.check(breaker.question, "$.ice_breakers[\(number)].question", atMost: 80)
      try CommandBounds.check(breaker.payload, "$.ice_breakers[\(number)].payload", atMost: 1_000)
    }
    var lines: [MessengerProfile.Line] = []
    for (number, line) in (menu ?? []).enumerated() { lines.append(try Self.line(line, number)) }
    return MessengerProfile(
      greetings: greetings?.map { MessengerProfile.Greeting(locale: $0.locale ?? "default", text: $0.text) },
      start: start,
      menu: menu == nil ? nil : lines,
      iceBreakers: iceBreakers?.map {
        MessengerProfile.IceBreaker(question: $0.question, payload: $0.payload)
      },
      removed: removed)
  }

  private static func line(_ line: Line, _ number: Int) throws(Problem) -> MessengerProfile.Line {
    try CommandBounds.check(line.title, "$.menu[\(number)].title", atMost: 30)
    switch (line.payload, line.url) {
    case (let payload?, nil):
      try CommandBounds.check(payload, "$.menu[\(number)].payload", atMost: 1_000)
      return MessengerProfile.Line(title: line.title, payload: payload)
    case (nil, let url?):
      guard url.hasPrefix("https://"), url.utf8.count <= 2_000 else {
        throw Problem(.invalidContent, "$.menu[\(number)].url must begin with https://")
      }
      return MessengerProfile.Line(title: line.title, url: url)
    default: throw Problem(.invalidContent, "$.menu[\(number)] has either a payload or a url")
    }
  }
}
