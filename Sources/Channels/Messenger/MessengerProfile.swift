import JSON

/// What a page or account shows before and beside a conversation (Messenger Platform, "Messenger Profile API";
/// Instagram Messaging, "Ice Breakers", "Persistent Menu"). What is nil and not removed stays as it is.
///
/// A choice comes back as a message with its title as the text and its payload. Meta's limits: greetings of 160
/// characters, 20 lines of a menu of 30 characters each, 4 ice breakers of 80, payloads of 1,000; a menu on Messenger
/// needs `start`. Instagram has no greetings and no `start`.
package struct MessengerProfile: Sendable, Encodable {
  package struct Greeting: Sendable, Encodable {
    /// `default`, or as in `de_DE`.
    let locale: String
    let text: String
    package init(locale: String = "default", text: String) {
      self.locale = locale
      self.text = text
    }
  }

  /// A line of the menu: a choice, or a page to open.
  package struct Line: Sendable, Encodable {
    let type: String
    let title: String
    let payload: String?
    let url: String?
    package init(title: String, payload: String) {
      (self.type, self.title, self.payload, self.url) = ("postback", title, payload, nil)
    }
    package init(title: String, url: String) {
      (self.type, self.title, self.payload, self.url) = ("web_url", title, nil, url)
    }
  }

  package struct IceBreaker: Sendable, Encodable {
    let question: String
    let payload: String
    package init(question: String, payload: String) {
      self.question = question
      self.payload = payload
    }
  }

  private struct Start: Encodable {
    let payload: String
  }

  private struct Choices<Choice: Encodable>: Encodable {
    let locale = "default"
    let call_to_actions: [Choice]
    private enum CodingKeys: CodingKey { case locale, call_to_actions }
  }

  /// What can be removed, by Meta's names.
  package enum Property: String, Sendable, Encodable {
    case greetings = "greeting"
    case start = "get_started"
    case menu = "persistent_menu"
    case iceBreakers = "ice_breakers"
  }

  private enum CodingKeys: String, CodingKey {
    case platform, greeting
    case start = "get_started"
    case menu = "persistent_menu"
    case iceBreakers = "ice_breakers"
  }

  let greetings: [Greeting]?
  let start: String?
  let menu: [Line]?
  let iceBreakers: [IceBreaker]?
  package let removed: [Property]
  /// Set by the channel.
  var platform: String?

  /// - Parameter start: the payload of the button that begins a conversation.
  package init(
    greetings: [Greeting]? = nil, start: String? = nil, menu: [Line]? = nil, iceBreakers: [IceBreaker]? = nil,
    removed: [Property] = []
  ) {
    self.greetings = greetings
    self.start = start
    self.menu = menu
    self.iceBreakers = iceBreakers
    self.removed = removed
  }

  /// Whether anything is to be set, and not only removed.
  var sets: Bool { greetings != nil || start != nil || menu != nil || iceBreakers != nil }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encodeIfPresent(platform, forKey: .platform)
    try container.encodeIfPresent(greetings, forKey: .greeting)
    try container.encodeIfPresent(start.map { Start(payload: $0) }, forKey: .start)
    try container.encodeIfPresent(menu.map { [Choices(call_to_actions: $0)] }, forKey: .menu)
    try container.encodeIfPresent(iceBreakers.map { [Choices(call_to_actions: $0)] }, forKey: .iceBreakers)
  }
}
