import JSON

/// Templates with what goes into their places ("Template messages", "Components").
enum GraphTemplate {
  /// The name of a well-formed one.
  static func text(_ value: JSONValue?) throws(StandInError) -> String {
    let name = try GraphObject.text(value?["name"], "template.name", 512)
    guard value?["language"]?["code"]?.string?.isEmpty == false else {
      throw .missing("template.language.code")
    }
    for component in value?["components"]?.array ?? [] {
      let type = component["type"]?.string?.lowercased()
      let parameters = component["parameters"]?.array ?? []
      switch type {
      case "header":
        guard parameters.count == 1 else { throw .badValue("a header has not one parameter") }
        try check(parameters[0], among: ["text", "image", "video", "document", "location"])
      case "body": for parameter in parameters { try check(parameter, among: ["text"]) }
      case "button": try check(button: component, parameters)
      default: throw .badValue("template.components holds one of an unknown type")
      }
    }
    return name
  }

  /// What each type of a parameter must hold.
  private static func check(_ parameter: JSONValue, among types: [String]) throws(StandInError) {
    guard let type = parameter["type"]?.string else {
      throw .badValue("template.components holds a parameter without a type")
    }
    guard types.contains(type) else { throw .badValue("a parameter of type \(type) has no place here") }
    switch type {
    case "text", "payload", "coupon_code":
      guard parameter[type]?.string?.isEmpty == false else { throw .missing("parameters.\(type)") }
    case "location": _ = try GraphCards.location(parameter["location"])
    case "image", "video", "document":
      let file = parameter[type]
      guard (file?["id"]?.string == nil) != (file?["link"]?.string == nil) else {
        throw .badValue("parameters.\(type) needs either an id or a link")
      }
    default: break
    }
  }

  private static func check(button: JSONValue, _ parameters: [JSONValue]) throws(StandInError) {
    guard let kind = button["sub_type"]?.string?.lowercased(), button["index"] != nil else {
      throw .missing("template.components.sub_type")
    }
    guard let type = ["url": "text", "quick_reply": "payload", "copy_code": "coupon_code"][kind] else {
      guard ["flow", "catalog"].contains(kind) else {
        throw .badValue("a button of kind \(kind) is not known")
      }
      for parameter in parameters {
        try check(parameter, among: ["action"])
        let member = kind == "flow" ? "flow_token" : "thumbnail_product_retailer_id"
        guard parameter["action"]?[member]?.string?.isEmpty == false else {
          throw .missing("action.\(member)")
        }
      }
      return
    }
    guard parameters.count == 1 else { throw .badValue("a button of kind \(kind) has not one parameter") }
    try check(parameters[0], among: [type])
    if kind == "copy_code", (parameters[0]["coupon_code"]?.string ?? "").utf16.count > 15 {
      throw .invalid("a coupon code has more than 15 characters")
    }
  }
}
