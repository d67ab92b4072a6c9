/// The encoder of one value. It is three words, so that `any Encoder` holds it without an allocation.
struct JSONEncoding: Encoder {
  let writer: JSONWriter
  /// Where in the text the value begins, and how many containers hold it.
  let start: Int
  let depth: Int

  /// Not kept: errors find their path in what is written.
  var codingPath: [any CodingKey] { [] }

  var userInfo: [CodingUserInfoKey: Any] { [:] }

  /// Asked again, gives the object that it gave before, so that a type may add to what another has encoded.
  func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
    let closer = UInt8(ascii: "}")
    if writer.buffer.count == start {
      _ = writer.open("{", closer, isSorted: DictionaryKey.isKey(type))
    } else if !writer.isOpen(start, at: depth, closer) {
      writer.fail(misused)
    }
    return KeyedEncodingContainer(KeyedEncoding<Key>(writer: writer, start: start, depth: depth))
  }

  func unkeyedContainer() -> any UnkeyedEncodingContainer {
    let closer = UInt8(ascii: "]")
    if writer.buffer.count == start {
      _ = writer.open("[", closer)
    } else if !writer.isOpen(start, at: depth, closer) {
      writer.fail(misused)
    }
    return UnkeyedEncoding(writer: writer, start: start, depth: depth)
  }

  func singleValueContainer() -> any SingleValueEncodingContainer { self }

  private var misused: JSONError {
    JSONError(.containerClosed, path: writer.path, message: "a second value where one is written")
  }
}

extension JSONEncoding: SingleValueEncodingContainer {
  func encodeNil() throws {
    try begin()
    writer.buffer.append("null")
  }

  func encode<Value: Encodable>(_ value: Value) throws {
    try begin()
    try writer.encode(value)
  }

  func encode(_ value: Bool) throws {
    try begin()
    writer.buffer.write(value)
  }

  func encode(_ value: String) throws {
    try begin()
    writer.buffer.write(value)
  }

  func encode(_ value: Double) throws {
    try begin()
    try writer.encode(value)
  }

  func encode(_ value: Float) throws {
    try begin()
    try writer.encode(value)
  }

  func encode(_ value: Int) throws {
    try begin()
    writer.buffer.write(value)
  }

  func encode(_ value: Int8) throws {
    try begin()
    writer.buffer.write(value)
  }

  func encode(_ value: Int16) throws {
    try begin()
    writer.buffer.write(value)
  }

  func encode(_ value: Int32) throws {
    try begin()
    writer.buffer.write(value)
  }

  func encode(_ value: Int64) throws {
    try begin()
    writer.buffer.write(value)
  }

  func encode(_ value: UInt) throws {
    try begin()
    writer.buffer.write(value)
  }

  func encode(_ value: UInt8) throws {
    try begin()
    writer.buffer.write(value)
  }

  func encode(_ value: UInt16) throws {
    try begin()
    writer.buffer.write(value)
  }

  func encode(_ value: UInt32) throws {
    try begin()
    writer.buffer.write(value)
  }

  func encode(_ value: UInt64) throws {
    try begin()
    writer.buffer.write(value)
  }

  private func begin() throws(JSONError) {
    if writer.buffer.count != start { throw misused }
  }
}
