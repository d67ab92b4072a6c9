import JSON
import Patterns

/// Holds a value against schemas, within bounds: a schema that refers to itself can ask for any amount of work.
struct ArgumentCheck {
  /// Why a comparison ends before its end.
  private enum Stop: Error {
    /// The value differs, and nobody asks how.
    case differs
    /// More complaints help nobody.
    case enough
    case tooMuch(String)
  }

  private let subschemas: [Subschema]
  private var problems: [String] = []
  /// Whether all that counts is whether a value fits.
  private var isTrial = false
  /// A schema held against a value, a member, an element, a power of ten, 16 bytes of a name or a byte of another text
  /// looked at.
  private var steps = 2_000_000
  private var patternWork = PatternWork()
  private var depth = 0

  init(_ subschemas: [Subschema]) { self.subschemas = subschemas }

  /// What is wrong with it, at most five; or that it cannot be checked.
  mutating func problems(of value: JSONValue) -> [String] {
    do throws(Stop) { try compare(value, with: 0) } catch {
      if case .tooMuch(let words) = error { problems.append(words) }
    }
    return problems
  }

  private mutating func refuse(_ problem: @autoclosure () -> String) throws(Stop) {
    guard !isTrial else { throw .differs }
    problems.append(problem())
    guard problems.count < 5 else { throw .enough }
  }

  private mutating func spend(_ count: Int) throws(Stop) {
    steps -= count
    guard steps >= 0 else {
      throw .tooMuch("the arguments cannot be checked: that would take too long, with this schema")
    }
  }

  private mutating func fits(_ value: JSONValue, _ number: Int) throws(Stop) -> Bool {
    let before = isTrial
    isTrial = true
    defer { isTrial = before }
    do throws(Stop) { try compare(value, with: number) } catch {
      guard case .differs = error else { throw error }
      return false
    }
    return true
  }

  private mutating func compare(_ value: JSONValue, with number: Int) throws(Stop) {
    try spend(1)
    depth += 1
    defer { depth -= 1 }
    guard depth <= 256 else {
      throw .tooMuch("\(value.path) cannot be checked: it lies too deep, with this schema")
    }
    let schema = subschemas[number]
    guard !schema.isNever else { return try refuse("\(value.path) is not allowed") }
    if let types = schema.types, !types.contains(where: value.isOf) {
      return try refuse("\(value.path) is not of type \(types.joined(separator: " or "))")
    }
    if let reference = schema.reference { try compare(value, with: reference) }
    if let choices = schema.choices, try !isAmong(choices, value) {
      try refuse("\(value.path) is none of \(choices.shown)")
    }
    if let constant = schema.constant, try !isAmong(constant, value) {
      try refuse("\(value.path) is not \(constant.shown)")
    }
    switch value.kind {
    case .int, .double: try compareNumber(value, schema)
    case .string: try compareText(value, schema)
    case .array: try compareElements(value, schema)
    case .object: try compareMembers(value, schema)
    case .null, .bool: break
    }
    try compareAlternatives(value, schema)
  }

  private mutating func isAmong(_ choices: Subschema.Choices, _ value: JSONValue) throws(Stop) -> Bool {
    let canonical = value.canonical()
    try spend(canonical.count)
    return choices.canonical.contains(canonical)
  }

  private mutating func compareNumber(_ value: JSONValue, _ schema: Subschema) throws(Stop) {
    guard let number = value.double else { return }
    if let bound = schema.minimum, number < bound { try refuse("\(value.path) is below \(bound)") }
    if let bound = schema.maximum, number > bound { try refuse("\(value.path) is above \(bound)") }
    if let bound = schema.exclusiveMinimum, number <= bound {
      try refuse("\(value.path) is not above \(bound)")
    }
    if let bound = schema.exclusiveMaximum, number >= bound {
      try refuse("\(value.path) is not below \(bound)")
    }
    guard let divisor = schema.multipleOf else { return }
    let decimal = value.decimal
    try spend(max((decimal?.exponent ?? 0) - divisor.exponent, 0))
    if decimal?.isMultiple(of: divisor) != true {
      try refuse(
        "\(value.path) is no multiple of \(divisor.digits)\(divisor.exponent == 0 ? "" : "e\(divisor.exponent)")"
      )
    }
  }

  private mutating func compareText(_ value: JSONValue, _ schema: Subschema) throws(Stop) {
    guard schema.minLength != nil || schema.maxLength != nil || schema.pattern != nil,
      let text = value.string
    else { return }
    try spend(text.utf8.count)
    try compareCount(text.unicodeScalars.count, schema.minLength, schema.maxLength, value)
    guard let pattern = schema.pattern else { return }
    let isFound: Bool
    do throws(PatternError) { isFound = try pattern.isFound(in: text, &patternWork) } catch {
      throw .tooMuch("\(value.path) cannot be checked against its pattern: that would take too long")
    }
    if !isFound { try refuse("\(value.path) does not have the form of its pattern") }
  }

  private mutating func compareElements(_ value: JSONValue, _ schema: Subschema) throws(Stop) {
    guard let elements = value.array else { return }
    try spend(elements.count)
    try compareCount(elements.count, schema.minItems, schema.maxItems, value)
    if schema.hasUniqueItems {
      var seen: Set<[UInt8]> = []
      for element in elements {
        let canonical = element.canonical()
        try spend(canonical.count)
        guard seen.insert(canonical).inserted else {
          try refuse("\(value.path) has an element twice")
          break
        }
      }
    }
    for (element, number) in zip(elements, schema.prefixItems) { try compare(element, with: number) }
    if let items = schema.items {
      for element in elements.dropFirst(schema.prefixItems.count) { try compare(element, with: items) }
    }
  }

  private mutating func compareMembers(_ value: JSONValue, _ schema: Subschema) throws(Stop) {
    guard schema.looksAtMembers, let members = value.object else { return }
    for member in members { try spend(1 + member.key.utf8.count / 16) }
    try compareCount(members.count, schema.minProperties, schema.maxProperties, value)
    let names = schema.required.isEmpty ? [] : Set(members.map { Array($0.key.utf8) })
    for name in schema.required {
      try spend(1 + name.count / 16)
      guard !names.contains(name) else { continue }
      try refuse("\(value.path).\(String(decoding: name, as: UTF8.self).prefix(64)) is missing")
    }
    for member in members {
      if let property = schema.properties[Array(member.key.utf8)] {
        try compare(member.value, with: property)
      } else if let others = schema.additionalProperties {
        try compare(member.value, with: others)
      }
      if let rule = schema.propertyNames, let name = JSONValue(text: member.key), try !fits(name, rule) {
        try refuse("\(member.value.path) has a name that is not allowed")
      }
    }
  }

  private mutating func compareCount(
    _ count: Int, _ least: Int?, _ most: Int?, _ value: JSONValue
  ) throws(Stop) {
    if let least, count < least { try refuse("\(value.path) has fewer than \(least)") }
    if let most, count > most { try refuse("\(value.path) has more than \(most)") }
  }

  private mutating func compareAlternatives(_ value: JSONValue, _ schema: Subschema) throws(Stop) {
    for part in schema.allOf { try compare(value, with: part) }
    if let parts = schema.anyOf, try count(parts, value, upTo: 1) == 0 {
      try refuse("\(value.path) is none of what is allowed")
    }
    if let parts = schema.oneOf, try count(parts, value, upTo: 2) != 1 {
      try refuse("\(value.path) is not exactly one of what is allowed")
    }
    if let excluded = schema.not, try fits(value, excluded) {
      try refuse("\(value.path) is what is not allowed")
    }
  }

  /// How many of them it fits.
  private mutating func count(_ parts: [Int], _ value: JSONValue, upTo most: Int) throws(Stop) -> Int {
    var count = 0
    for part in parts where count < most {
      if try fits(value, part) { count += 1 }
    }
    return count
  }
}

extension JSONValue {
  /// A value of its own that is this text.
  fileprivate init?(text: String) {
    guard let value = try? JSONValue(parsing: JSON.encode(text)) else { return nil }
    self = value
  }

  fileprivate func isOf(_ type: String) -> Bool {
    switch (type, kind) {
    case ("null", .null), ("boolean", .bool), ("string", .string), ("array", .array), ("object", .object):
      true
    case ("integer", .int), ("number", .int), ("number", .double): true
    case ("integer", .double): double.map { $0 == $0.rounded() } == true
    default: false
    }
  }
}
