import JSON

/// The body of a call to `messenger_profile` (Messenger Platform, "Messenger Profile API"; Instagram Messaging, "Ice
/// Breakers", "Persistent Menu").
enum ProfileCall {
  private static let known: Set<String> = [
    "platform", "greeting", "get_started", "persistent_menu", "ice_breakers",
  ]
  private static let longest = (greeting: 160, menuTitle: 30, question: 80, payload: 1_000)

  static func check(_ profile: JSONValue, isInstagram: Bool) throws(StandInError) {
    guard let members = profile.object, members.contains(where: { $0.key != "platform" }) else {
      throw .invalid("the profile holds nothing to be set")
    }
    if let other = members.first(where: { !known.contains($0.key) }) {
      throw .invalid("\(other.key.prefix(64)) is no property of a profile")
    }
    guard (profile["platform"]?.string == "instagram") == isInstagram else {
      throw .invalid("platform is not that of the account")
    }
    if isInstagram, profile["greeting"] != nil || profile["get_started"] != nil {
      throw .invalid("Instagram has no greeting and no get_started")
    }
    for greeting in try list(profile["greeting"], "greeting") {
      try text(greeting["locale"], "greeting.locale", 10)
      try text(greeting["text"], "greeting.text", longest.greeting)
    }
    if let start = profile["get_started"] {
      try text(start["payload"], "get_started.payload", longest.payload)
    }
    for menu in try list(profile["persistent_menu"], "persistent_menu") {
      let lines = try choices(of: menu, "persistent_menu", atMost: 20)
      for line in lines {
        try text(line["title"], "call_to_actions.title", longest.menuTitle)
        let isPage = line["type"]?.string == "web_url"
        guard isPage || line["type"]?.string == "postback" else {
          throw .invalid("call_to_actions.type is none of postback and web_url")
        }
        try text(line[isPage ? "url" : "payload"], "call_to_actions", longest.payload)
      }
    }
    for breakers in try list(profile["ice_breakers"], "ice_breakers") {
      for question in try choices(of: breakers, "ice_breakers", atMost: 4) {
        try text(question["question"], "ice_breakers.question", longest.question)
        try text(question["payload"], "ice_breakers.payload", longest.payload)
      }
    }
  }

  /// The body of a call that removes: `fields`, names of properties. The platform stands in the query.
  static func checkRemoval(
    _ removal: JSONValue, platform: String?, isInstagram: Bool
  ) throws(StandInError) {
    guard removal.object?.count == 1, let fields = removal["fields"]?.array, !fields.isEmpty else {
      throw .invalid("the body holds no fields alone, with a name at least")
    }
    guard (platform == "instagram") == isInstagram else {
      throw .invalid("platform is not that of the account")
    }
    let properties = known.subtracting(isInstagram ? ["platform", "greeting", "get_started"] : ["platform"])
    for field in fields {
      guard let name = field.string, properties.contains(name) else {
        throw .invalid("fields: one is no property of this account's profile")
      }
    }
  }

  private static func list(_ value: JSONValue?, _ name: String) throws(StandInError) -> [JSONValue] {
    guard let value else { return [] }
    guard let list = value.array, !list.isEmpty else { throw .invalid("\(name) is no list") }
    return list
  }

  private static func choices(
    of value: JSONValue, _ name: String, atMost maximum: Int
  ) throws(StandInError) -> [JSONValue] {
    try text(value["locale"], "\(name).locale", 10)
    guard let choices = value["call_to_actions"]?.array, (1...maximum).contains(choices.count) else {
      throw .invalid("\(name).call_to_actions are not 1 to \(maximum)")
    }
    return choices
  }

  private static func text(_ value: JSONValue?, _ name: String, _ maximum: Int) throws(StandInError) {
    guard let text = value?.string, (1...maximum).contains(text.utf16.count) else {
      throw .invalid("\(name) has not 1 to \(maximum) characters")
    }
  }
}
