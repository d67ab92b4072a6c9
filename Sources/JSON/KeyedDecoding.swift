/// The members of an object, looked up on the tape.
///
/// `decodeIfPresent` is spelt out for each type: the protocol's own would look up each key three times.
struct KeyedDecoding<Key: CodingKey>: KeyedDecodingContainerProtocol {
  private let value: JSONValue
  private let index: MemberIndex?

  init(_ value: JSONValue) throws(JSONError) {
    guard value.kind == .object else { throw value.mismatch("object") }
    self.value = value
    self.index = MemberIndex(of: value)
  }

  var codingPath: [any CodingKey] { JSONPath.keys(to: value.node, in: value.document) }

  var allKeys: [Key] {
    if let index { return index.names.compactMap(Key.init(stringValue:)) }
    var seen: Set<String> = []
    return (value.object ?? []).compactMap { seen.insert($0.key).inserted ? Key(stringValue: $0.key) : nil }
  }

  func contains(_ key: Key) -> Bool { member(key) != nil }

  func decodeNil(forKey key: Key) throws -> Bool { try required(key).isNull }

  func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
    try required(key).decoded(as: type)
  }

  func decodeIfPresent<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value? {
    try present(key)?.decoded(as: type)
  }

  func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try required(key).decodedBool() }
  func decode(_ type: String.Type, forKey key: Key) throws -> String { try required(key).decodedString() }
  func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try required(key).decodedDouble() }
  func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try required(key).decodedFloat() }
  func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try required(key).decodedInteger() }
  func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try required(key).decodedInteger() }
  func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try required(key).decodedInteger() }
  func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try required(key).decodedInteger() }
  func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try required(key).decodedInteger() }
  func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try required(key).decodedInteger() }
  func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try required(key).decodedInteger() }
  func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try required(key).decodedInteger() }
  func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try required(key).decodedInteger() }
  func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try required(key).decodedInteger() }

  func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? {
    try present(key)?.decodedBool()
  }
  func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? {
    try present(key)?.decodedString()
  }
  func decodeIfPresent(_ type: Double.Type, forKey key: Key) throws -> Double? {
    try present(key)?.decodedDouble()
  }
  func decodeIfPresent(_ type: Float.Type, forKey key: Key) throws -> Float? {
    try present(key)?.decodedFloat()
  }
  func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? {
    try present(key)?.decodedInteger()
  }
  func decodeIfPresent(_ type: Int8.Type, forKey key: Key) throws -> Int8? {
    try present(key)?.decodedInteger()
  }
  func decodeIfPresent(_ type: Int16.Type, forKey key: Key) throws -> Int16? {
    try present(key)?.decodedInteger()
  }
  func decodeIfPresent(_ type: Int32.Type, forKey key: Key) throws -> Int32? {
    try present(key)?.decodedInteger()
  }
  func decodeIfPresent(_ type: Int64.Type, forKey key: Key) throws -> Int64? {
    try present(key)?.decodedInteger()
  }
  func decodeIfPresent(_ type: UInt.Type, forKey key: Key) throws -> UInt? {
    try present(key)?.decodedInteger()
  }
  func decodeIfPresent(_ type: UInt8.Type, forKey key: Key) throws -> UInt8? {
    try present(key)?.decodedInteger()
  }
  func decodeIfPresent(_ type: UInt16.Type, forKey key: Key) throws -> UInt16? {
    try present(key)?.decodedInteger()
  }
  func decodeIfPresent(_ type: UInt32.Type, forKey key: Key) throws -> UInt32? {
    try present(key)?.decodedInteger()
  }
  func decodeIfPresent(_ type: UInt64.Type, forKey key: Key) throws -> UInt64? {
    try present(key)?.decodedInteger()
  }

  func nestedContainer<NestedKey: CodingKey>(
    keyedBy type: NestedKey.Type,
    forKey key: Key
  ) throws -> KeyedDecodingContainer<NestedKey> {
    KeyedDecodingContainer(try KeyedDecoding<NestedKey>(required(key)))
  }

  func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
    try UnkeyedDecoding(required(key))
  }

  func superDecoder() throws -> any Decoder { JSONDecoding(value: try required("super")) }

  func superDecoder(forKey key: Key) throws -> any Decoder { JSONDecoding(value: try required(key)) }

  @inline(__always)
  private func member(_ key: Key) -> JSONValue? { member(key.stringValue) }

  private func member(_ name: String) -> JSONValue? {
    guard let index else { return value[name] }
    return index[name].map { JSONValue(document: value.document, node: $0) }
  }

  /// The member, unless it is absent or null.
  @inline(__always)
  private func present(_ key: Key) -> JSONValue? {
    guard let member = member(key), !member.isNull else { return nil }
    return member
  }

  @inline(__always)
  private func required(_ key: Key) throws(JSONError) -> JSONValue { try required(key.stringValue) }

  private func required(_ name: String) throws(JSONError) -> JSONValue {
    guard let member = member(name) else {
      throw JSONError(.missingKey, path: value.path, message: "no member \(name.prefix(JSONPath.maximumKey))")
    }
    return member
  }
}
