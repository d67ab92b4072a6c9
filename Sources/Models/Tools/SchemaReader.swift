import Foundation
import JSON
import Patterns

/// Reads the schemas that a schema consists of. The first is that of the whole.
struct SchemaReader {
  private typealias Unsupported = ArgumentSchema.Unsupported

  /// Of all patterns together, compiled; that is done again at each call of the tool.
  private static let maximumPatternSize = 64 << 10

  private var subschemas: [Subschema] = []
  /// By which they are referred to.
  private var numbers: [JSONPointer: Int] = [:]
  private var patternSize = 0
  private var references: [(from: Int, pointer: String, value: JSONValue)] = []

  static func read(_ schema: JSONValue) throws(ArgumentSchema.Unsupported) -> [Subschema] {
    var reader = SchemaReader()
    _ = try reader.read(schema, at: JSONPointer(""), isEmbedded: false)
    try reader.resolve()
    return reader.subschemas
  }

  /// - Parameter isEmbedded: whether it is part of one that has an address of its own, by which its references go.
  private mutating func read(
    _ schema: JSONValue, at pointer: JSONPointer, isEmbedded: Bool
  ) throws(Unsupported) -> Int {
    let number = subschemas.count
    subschemas.append(Subschema())
    numbers[pointer] = number
    var subschema = Subschema()
    if let members = schema.object {
      let isEmbedded = isEmbedded || (number > 0 && schema["$id"] != nil)
      for (key, value) in members where !Self.isAnnotation(key) {
        if try Self.readAssertion(key, value, &subschema) { continue }
        if try readPattern(key, value, &subschema) { continue }
        let place = Place(pointer: pointer.appending(key), isEmbedded: isEmbedded)
        guard try readApplicator(key, value, place, number, &subschema) else {
          throw Unsupported(description: "\(value.path): the keyword \(key) is not supported")
        }
      }
      // OpenAPI 3.0.3, "Schema Object": it adds to the type that stands beside it, and does nothing else.
      if schema["nullable"]?.bool == true { subschema.types?.append("null") }
    } else {
      guard let allows = schema.bool else { throw Unsupported(description: "\(schema.path) is no schema") }
      subschema.isNever = !allows
    }
    subschemas[number] = subschema
    return number
  }

  private static let annotations: Set = [
    "$schema", "$id", "$comment", "title", "description", "default", "examples", "format", "deprecated",
    "readOnly", "writeOnly", "contentEncoding", "contentMediaType", "contentSchema",
    // Those of OpenAPI's Schema Object.
    "discriminator", "example", "externalDocs", "xml",
  ]

  private static func isAnnotation(_ key: String) -> Bool { annotations.contains(key) || key.hasPrefix("x-") }

  // MARK: Keywords that hold of a value

  private static let typeNames: Set = ["null", "boolean", "integer", "number", "string", "array", "object"]

  /// Whether it is one.
  private static func readAssertion(
    _ key: String, _ value: JSONValue, _ schema: inout Subschema
  ) throws(Unsupported) -> Bool {
    switch key {
    case "type":
      let names = value.array?.compactMap(\.string) ?? [value.string ?? ""]
      let isRight = Set(names).count == value.array?.count ?? 1 && !names.isEmpty
      schema.types = try need(isRight && names.allSatisfy(typeNames.contains) ? names : nil, key, value)
    case "nullable": _ = try need(value.bool, key, value)
    case "enum":
      let values = value.array ?? []
      schema.choices = try need(values.isEmpty ? nil : choices(values), key, value)
    case "const": schema.constant = choices([value])
    case "minimum": schema.minimum = try need(value.double, key, value)
    case "maximum": schema.maximum = try need(value.double, key, value)
    case "exclusiveMinimum": schema.exclusiveMinimum = try need(value.double, key, value)
    case "exclusiveMaximum": schema.exclusiveMaximum = try need(value.double, key, value)
    case "multipleOf":
      schema.multipleOf = try need(value.double.map { $0 > 0 } == true ? value.decimal : nil, key, value)
    case "minLength": schema.minLength = try need(value.count, key, value)
    case "maxLength": schema.maxLength = try need(value.count, key, value)
    case "minItems": schema.minItems = try need(value.count, key, value)
    case "maxItems": schema.maxItems = try need(value.count, key, value)
    case "uniqueItems": schema.hasUniqueItems = try need(value.bool, key, value)
    case "minProperties": schema.minProperties = try need(value.count, key, value)
    case "maxProperties": schema.maxProperties = try need(value.count, key, value)
    case "required":
      let names = value.array?.compactMap(\.string)
      schema.required = try need(names?.count == value.array?.count ? names : nil, key, value).map {
        Array($0.utf8)
      }
    default: return false
    }
    return true
  }

  /// Whether it is one.
  private mutating func readPattern(
    _ key: String, _ value: JSONValue, _ schema: inout Subschema
  ) throws(Unsupported) -> Bool {
    guard key == "pattern" else { return false }
    let text = try Self.need(value.string, key, value)
    let pattern: Pattern
    do throws(PatternError) { pattern = try Pattern(text) } catch {
      throw Unsupported(description: "\(value.path) cannot be used: \(error.message)")
    }
    patternSize += pattern.size
    guard patternSize <= Self.maximumPatternSize else {
      throw Unsupported(description: "\(value.path) cannot be used: all patterns together are too large")
    }
    schema.pattern = pattern
    return true
  }

  private static func choices(_ values: [JSONValue]) -> Subschema.Choices {
    let list = values.prefix(20).map { String(decoding: $0.serialized(), as: UTF8.self).prefix(100) }
    return Subschema.Choices(
      canonical: Set(values.map { $0.canonical() }),
      shown: list.joined(separator: ", ") + (values.count > list.count ? ", …" : ""))
  }

  private static func need<T>(_ found: T?, _ key: String, _ value: JSONValue) throws(Unsupported) -> T {
    guard let found else {
      throw Unsupported(description: "\(value.path) is not what the keyword \(key) takes")
    }
    return found
  }

  // MARK: Keywords with schemas within

  private struct Place {
    let pointer: JSONPointer
    let isEmbedded: Bool
  }

  /// Whether it is one.
  private mutating func readApplicator(
    _ key: String, _ value: JSONValue, _ place: Place, _ number: Int, _ schema: inout Subschema
  ) throws(Unsupported) -> Bool {
    switch key {
    case "$ref":
      let text = try Self.need(value.string, key, value)
      guard !place.isEmbedded, text.first == "#", let pointer = text.dropFirst().removingPercentEncoding
      else {
        throw Unsupported(description: "\(value.path) leads out of the schema, to \(text.prefix(100))")
      }
      references.append((number, pointer, value))
    case "$defs", "definitions": _ = try readNamed(key, value, place)
    case "properties":
      for (name, property) in try readNamed(key, value, place) { schema.properties[name] = property }
    case "items": schema.items = try read(value, at: place.pointer, isEmbedded: place.isEmbedded)
    case "prefixItems": schema.prefixItems = try readList(key, value, place)
    case "additionalProperties":
      schema.additionalProperties = try read(value, at: place.pointer, isEmbedded: place.isEmbedded)
    case "propertyNames":
      schema.propertyNames = try read(value, at: place.pointer, isEmbedded: place.isEmbedded)
    case "allOf": schema.allOf = try readList(key, value, place)
    case "anyOf": schema.anyOf = try readList(key, value, place)
    case "oneOf": schema.oneOf = try readList(key, value, place)
    case "not": schema.not = try read(value, at: place.pointer, isEmbedded: place.isEmbedded)
    default: return false
    }
    return true
  }

  private mutating func readNamed(
    _ key: String, _ value: JSONValue, _ place: Place
  ) throws(Unsupported) -> [(Subschema.Name, Int)] {
    var named: [(Subschema.Name, Int)] = []
    for (name, schema) in try Self.need(value.object, key, value) {
      let pointer = place.pointer.appending(name)
      named.append((Array(name.utf8), try read(schema, at: pointer, isEmbedded: place.isEmbedded)))
    }
    return named
  }

  private mutating func readList(
    _ key: String, _ value: JSONValue, _ place: Place
  ) throws(Unsupported) -> [Int] {
    let schemas = value.array ?? []
    var list: [Int] = []
    for (index, schema) in try Self.need(schemas.isEmpty ? nil : schemas, key, value).enumerated() {
      list.append(try read(schema, at: place.pointer.appending("\(index)"), isEmbedded: place.isEmbedded))
    }
    return list
  }

  // MARK: References

  private mutating func resolve() throws(Unsupported) {
    for reference in references {
      guard let target = numbers[JSONPointer(reference.pointer)] else {
        throw Unsupported(
          description: "\(reference.value.path) names no schema: #\(reference.pointer.prefix(100))")
      }
      subschemas[reference.from].reference = target
    }
    let cycle = cycle()
    if let reference = references.first(where: { cycle.contains($0.from) }) {
      throw Unsupported(
        description: "\(reference.value.path) leads back to where it stands, without a value between")
    }
  }

  /// Schemas of which holding one against a value comes to holding it against that value again.
  private func cycle() -> Set<Int> {
    enum State { case unseen, open, done }
    var states = Array(repeating: State.unseen, count: subschemas.count)
    /// Those that are open, each held in place by the one before.
    var path: [Int] = []
    var next = Array(subschemas.indices)
    while let number = next.last {
      switch states[number] {
      case .unseen:
        states[number] = .open
        path.append(number)
        for part in subschemas[number].inPlace {
          if states[part] == .open { return Set(path.drop { $0 != part }) }
          next.append(part)
        }
      case .open:
        states[number] = .done
        path.removeLast()
        next.removeLast()
      case .done: next.removeLast()
      }
    }
    return []
  }
}

extension JSONValue {
  /// A whole number, however it is written, that is not below zero.
  fileprivate var count: Int? { double.flatMap { Int(exactly: $0) }.flatMap { $0 >= 0 ? $0 : nil } }
}
