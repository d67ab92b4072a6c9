import JSON
import Patterns

/// One of the schemas that a schema consists of, with its keywords read; those within it are told by their numbers.
struct Subschema: Sendable {
  /// The values that `enum` or `const` leave.
  struct Choices: Sendable {
    let canonical: Set<[UInt8]>
    let shown: String
  }

  /// A member's name, in UTF-8: texts that only look the same are two names.
  typealias Name = [UInt8]

  /// No value fits the schema `false`.
  var isNever = false
  var reference: Int?
  var types: [String]?
  var choices: Choices?
  var constant: Choices?

  var minimum: Double?
  var maximum: Double?
  var exclusiveMinimum: Double?
  var exclusiveMaximum: Double?
  var multipleOf: DecimalNumber?

  var minLength: Int?
  var maxLength: Int?
  var pattern: Pattern?

  var minItems: Int?
  var maxItems: Int?
  var hasUniqueItems = false
  var prefixItems: [Int] = []
  var items: Int?

  var minProperties: Int?
  var maxProperties: Int?
  var required: [Name] = []
  var properties: [Name: Int] = [:]
  var additionalProperties: Int?
  var propertyNames: Int?

  var allOf: [Int] = []
  var anyOf: [Int]?
  var oneOf: [Int]?
  var not: Int?

  /// Whether any keyword is about the members of an object.
  var looksAtMembers: Bool {
    minProperties != nil || maxProperties != nil || !required.isEmpty || !properties.isEmpty
      || additionalProperties != nil || propertyNames != nil
  }

  /// Those that are held against the same value as this one.
  var inPlace: [Int] {
    [reference, not].compactMap { $0 } + allOf + (anyOf ?? []) + (oneOf ?? [])
  }
}
