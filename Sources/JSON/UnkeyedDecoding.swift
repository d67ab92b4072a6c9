/// The elements of an array, in turn.
struct UnkeyedDecoding: UnkeyedDecodingContainer {
  private let value: JSONValue
  private let end: Int
  private var next: Int
  private(set) var currentIndex = 0

  init(_ value: JSONValue) throws(JSONError) {
    guard value.kind == .array else { throw value.mismatch("array") }
    self.value = value
    self.end = value.document.end(value.node)
    self.next = value.node + 1
  }

  var codingPath: [any CodingKey] { JSONPath.keys(to: value.node, in: value.document) }

  var count: Int? { value.document.count(value.node) }

  var isAtEnd: Bool { next >= end }

  mutating func decodeNil() throws -> Bool {
    guard !isAtEnd, JSONValue(document: value.document, node: next).isNull else { return false }
    _ = try advance()
    return true
  }

  mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
    try advance().decoded(as: type)
  }

  mutating func decode(_ type: Bool.Type) throws -> Bool { try advance().decodedBool() }
  mutating func decode(_ type: String.Type) throws -> String { try advance().decodedString() }
  mutating func decode(_ type: Double.Type) throws -> Double { try advance().decodedDouble() }
  mutating func decode(_ type: Float.Type) throws -> Float { try advance().decodedFloat() }
  mutating func decode(_ type: Int.Type) throws -> Int { try advance().decodedInteger() }
  mutating func decode(_ type: Int8.Type) throws -> Int8 { try advance().decodedInteger() }
  mutating func decode(_ type: Int16.Type) throws -> Int16 { try advance().decodedInteger() }
  mutating func decode(_ type: Int32.Type) throws -> Int32 { try advance().decodedInteger() }
  mutating func decode(_ type: Int64.Type) throws -> Int64 { try advance().decodedInteger() }
  mutating func decode(_ type: UInt.Type) throws -> UInt { try advance().decodedInteger() }
  mutating func decode(_ type: UInt8.Type) throws -> UInt8 { try advance().decodedInteger() }
  mutating func decode(_ type: UInt16.Type) throws -> UInt16 { try advance().decodedInteger() }
  mutating func decode(_ type: UInt32.Type) throws -> UInt32 { try advance().decodedInteger() }
  mutating func decode(_ type: UInt64.Type) throws -> UInt64 { try advance().decodedInteger() }

  mutating func nestedContainer<NestedKey: CodingKey>(
    keyedBy type: NestedKey.Type
  ) throws -> KeyedDecodingContainer<NestedKey> {
    KeyedDecodingContainer(try KeyedDecoding<NestedKey>(advance()))
  }

  mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
    try UnkeyedDecoding(advance())
  }

  mutating func superDecoder() throws -> any Decoder { JSONDecoding(value: try advance()) }

  private mutating func advance() throws(JSONError) -> JSONValue {
    guard !isAtEnd else {
      throw JSONError(.missingKey, path: value.path, message: "no element \(currentIndex)")
    }
    let element = JSONValue(document: value.document, node: next)
    next = value.document.next(next)
    currentIndex += 1
    return element
  }
}
