import JSON

/// What a tool takes: a JSON Schema (2020-12) of an object, in the keywords that models are given.
///
/// Keywords that it does not know are refused when it is made, so that none is thought to be checked which is not.
/// `pattern` is one of them: a pattern chosen by one side and matched against the other's text can run for ever.
/// `format` is an annotation, as the specification has it.
package struct ArgumentSchema: Sendable {
  package struct Unsupported: Error, CustomStringConvertible {
    package let description: String
  }

  private let schema: JSONValue

  /// - Parameter text: at most 32 KiB.
  package init(text: String) throws(Unsupported) {
    guard text.utf8.count <= 32 << 10 else { throw Unsupported(description: "the schema exceeds 32 KiB") }
    do { schema = try JSONValue(parsing: Array(text.utf8), maximumDepth: 32) } catch {
      throw Unsupported(description: "the schema is no JSON: \(error.code.rawValue)")
    }
    guard schema["type"]?.string == "object" else {
      throw Unsupported(description: "the schema's type is not object")
    }
    try Self.check(schema)
  }

  /// The arguments, or what is wrong with them, for the model to mend: at most five complaints.
  package func read(_ text: String) -> Result<JSONValue, Refusal> {
    guard text.utf8.count <= 64 << 10,
      let value = try? JSONValue(parsing: Array((text.isEmpty ? "{}" : text).utf8))
    else { return .failure(Refusal(problems: ["the arguments are no JSON"])) }
    var problems: [String] = []
    Self.compare(value, with: schema, &problems)
    return problems.isEmpty ? .success(value) : .failure(Refusal(problems: Array(problems.prefix(5))))
  }

  package struct Refusal: Error, Sendable, Equatable {
    package let problems: [String]
  }

  // MARK: The schema itself

  private static let annotations: Set = [
    "$schema", "$id", "$comment", "title", "description", "default", "examples", "format", "deprecated",
  ]

  private static func check(_ schema: JSONValue) throws(Unsupported) {
    guard let members = schema.object else {
      guard schema.bool != nil else { throw Unsupported(description: "\(schema.path) is no schema") }
      return
    }
    for (key, value) in members where !annotations.contains(key) {
      let isRight: Bool
      switch key {
      case "type":
        let types = value.array?.map(\.string) ?? [value.string]
        isRight = types.allSatisfy { $0.map(typeNames.contains) == true }
      case "properties":
        for property in value.object ?? [] { try check(property.value) }
        isRight = value.kind == .object
      case "items", "additionalProperties":
        try check(value)
        isRight = true
      case "anyOf", "oneOf", "allOf":
        for part in value.array ?? [] { try check(part) }
        isRight = value.array?.isEmpty == false
      case "required": isRight = value.array?.allSatisfy { $0.string != nil } == true
      case "enum": isRight = value.array?.isEmpty == false
      case "const": isRight = true
      case "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum": isRight = value.double != nil
      case "minLength", "maxLength", "minItems", "maxItems": isRight = value.int.map { $0 >= 0 } == true
      default: throw Unsupported(description: "\(value.path): the keyword \(key) is not supported")
      }
      guard isRight else {
        throw Unsupported(description: "\(value.path) is not what the keyword \(key) takes")
      }
    }
  }

  private static let typeNames: Set = ["null", "boolean", "integer", "number", "string", "array", "object"]

  // MARK: Values

  private static func compare(_ value: JSONValue, with schema: JSONValue, _ problems: inout [String]) {
    if let isAllowed = schema.bool {
      if !isAllowed { problems.append("\(value.path) is not allowed") }
      return
    }
    if let types = schema["type"] {
      let names = types.array?.compactMap(\.string) ?? [types.string ?? ""]
      guard names.contains(where: { value.isOf($0) }) else {
        return problems.append("\(value.path) is not of type \(names.joined(separator: " or "))")
      }
    }
    if let choices = schema["enum"]?.array, !choices.contains(where: { $0.equals(value) }) {
      let list = choices.map { String(decoding: $0.serialized(), as: UTF8.self) }.joined(separator: ", ")
      problems.append("\(value.path) is none of \(list)")
    }
    if let constant = schema["const"], !constant.equals(value) {
      problems.append("\(value.path) is not \(String(decoding: constant.serialized(), as: UTF8.self))")
    }
    compareNumber(value, schema, &problems)
    if let text = value.string {
      compareLength(text.unicodeScalars.count, "Length", value, schema, &problems)
    }
    if let elements = value.array {
      compareLength(elements.count, "Items", value, schema, &problems)
      if let items = schema["items"] { for element in elements { compare(element, with: items, &problems) } }
    }
    if let members = value.object { compareMembers(members, value, schema, &problems) }
    compareAlternatives(value, schema, &problems)
  }

  private static func compareNumber(_ value: JSONValue, _ schema: JSONValue, _ problems: inout [String]) {
    guard let number = value.double else { return }
    let bounds: [(String, String, (Double) -> Bool)] = [
      ("minimum", "is below", { number >= $0 }), ("maximum", "is above", { number <= $0 }),
      ("exclusiveMinimum", "is not above", { number > $0 }),
      ("exclusiveMaximum", "is not below", { number < $0 }),
    ]
    for (key, words, holds) in bounds {
      if let bound = schema[key]?.double, !holds(bound) { problems.append("\(value.path) \(words) \(bound)") }
    }
  }

  private static func compareLength(
    _ count: Int, _ what: String, _ value: JSONValue, _ schema: JSONValue, _ problems: inout [String]
  ) {
    if let least = schema["min\(what)"]?.int, count < least {
      problems.append("\(value.path) has fewer than \(least)")
    }
    if let most = schema["max\(what)"]?.int, count > most {
      problems.append("\(value.path) has more than \(most)")
    }
  }

  private static func compareMembers(
    _ members: [(key: String, value: JSONValue)], _ value: JSONValue, _ schema: JSONValue,
    _ problems: inout [String]
  ) {
    let names = Set(members.map(\.key))
    if names.count < members.count { problems.append("\(value.path) names a member twice") }
    for name in schema["required"]?.array?.compactMap(\.string) ?? [] where !names.contains(name) {
      problems.append("\(value.path).\(name) is missing")
    }
    for member in members {
      if let property = schema["properties"]?[member.key] {
        compare(member.value, with: property, &problems)
      } else if let others = schema["additionalProperties"] {
        compare(member.value, with: others, &problems)
      }
    }
  }

  private static func compareAlternatives(_ value: JSONValue, _ schema: JSONValue, _ problems: inout [String])
  {
    for part in schema["allOf"]?.array ?? [] { compare(value, with: part, &problems) }
    func matches(_ part: JSONValue) -> Bool {
      var found: [String] = []
      compare(value, with: part, &found)
      return found.isEmpty
    }
    if let parts = schema["anyOf"]?.array, !parts.contains(where: matches) {
      problems.append("\(value.path) is none of what is allowed")
    }
    if let parts = schema["oneOf"]?.array, parts.count(where: matches) != 1 {
      problems.append("\(value.path) is not exactly one of what is allowed")
    }
  }
}

extension JSONValue {
  fileprivate func isOf(_ type: String) -> Bool {
    switch (type, kind) {
    case ("null", .null), ("boolean", .bool), ("string", .string), ("array", .array), ("object", .object):
      true
    case ("integer", .int), ("number", .int), ("number", .double): true
    case ("integer", .double): double.map { $0 == $0.rounded() } == true
    default: false
    }
  }

  /// Numbers by value; objects whatever the order of their members.
  fileprivate func equals(_ other: JSONValue) -> Bool {
    if let mine = double, let theirs = other.double { return mine == theirs }
    if let mine = array, let theirs = other.array {
      return mine.count == theirs.count && zip(mine, theirs).allSatisfy { $0.equals($1) }
    }
    if let mine = object, let theirs = other.object {
      return mine.count == theirs.count
        && mine.allSatisfy { member in other[member.key]?.equals(member.value) == true }
    }
    return kind == other.kind && serialized() == other.serialized()
  }
}
