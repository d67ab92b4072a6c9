import JSON

/// Buttons and lists ("Interactive reply buttons messages", "Interactive list messages").
enum GraphInteractive {
  /// The body of a well-formed one.
  static func text(_ value: JSONValue?) throws(StandInError) -> String {
    switch value?["type"]?.string {
    case "button":
      let buttons = value?["action"]?["buttons"]?.array ?? []
      guard (1...3).contains(buttons.count) else { throw .badValue("interactive has not 1 to 3 buttons") }
      guard buttons.allSatisfy({ $0["type"]?.string == "reply" }) else {
        throw .badValue("interactive holds a button that is no reply")
      }
      try check(buttons.compactMap { $0["reply"] }, count: buttons.count, title: 20, id: 256)
      return try GraphObject.text(value?["body"]?["text"], "interactive.body.text", 1_024)
    case "list":
      _ = try GraphObject.text(value?["action"]?["button"], "interactive.action.button", 20)
      let sections = value?["action"]?["sections"]?.array ?? []
      let rows = sections.flatMap { $0["rows"]?.array ?? [] }
      guard (1...10).contains(rows.count) else { throw .badValue("interactive has not 1 to 10 rows") }
      guard sections.count == 1 || sections.allSatisfy({ $0["title"]?.string?.isEmpty == false }) else {
        throw .missing("interactive.action.sections.title")
      }
      try check(rows, count: rows.count, title: 24, id: 200)
      guard rows.allSatisfy({ ($0["description"]?.string ?? "").utf16.count <= 72 }) else {
        throw .invalid("a description has more than 72 characters")
      }
      return try GraphObject.text(value?["body"]?["text"], "interactive.body.text", 4_096)
    default: throw .badValue("interactive.type is neither button nor list")
    }
  }

  private static func check(
    _ choices: [JSONValue],
    count: Int,
    title: Int,
    id: Int
  ) throws(StandInError) {
    guard choices.count == count else { throw .missing("interactive.action.buttons.reply") }
    var ids: Set<String> = []
    for choice in choices {
      _ = try GraphObject.text(choice["title"], "title", title)
      guard ids.insert(try GraphObject.text(choice["id"], "id", id)).inserted else {
        throw .badValue("two choices have the same id")
      }
    }
  }
}
