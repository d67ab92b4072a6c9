/// An object being written.
struct KeyedEncoding<Key: CodingKey>: KeyedEncodingContainerProtocol {
  let writer: JSONWriter
  /// What the writer knows this container by.
  let start: Int
  let depth: Int

  var codingPath: [any CodingKey] { [] }

  func encodeNil(forKey key: Key) throws {
    try begin(key)
    writer.buffer.append("null")
  }

  func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws {
    try begin(key)
    try writer.encode(value)
  }

  func encode(_ value: Bool, forKey key: Key) throws {
    try begin(key)
    writer.buffer.write(value)
  }

  func encode(_ value: String, forKey key: Key) throws {
    try begin(key)
    writer.buffer.write(value)
  }

  func encode(_ value: Double, forKey key: Key) throws {
    try begin(key)
    try writer.encode(value)
  }

  func encode(_ value: Float, forKey key: Key) throws {
    try begin(key)
    try writer.encode(value)
  }

  func encode(_ value: Int, forKey key: Key) throws {
    try begin(key)
    writer.buffer.write(value)
  }

  func encode(_ value: Int8, forKey key: Key) throws {
    try begin(key)
    writer.buffer.write(value)
  }

  func encode(_ value: Int16, forKey key: Key) throws {
    try begin(key)
    writer.buffer.write(value)
  }

  func encode(_ value: Int32, forKey key: Key) throws {
    try begin(key)
    writer.buffer.write(value)
  }

  func encode(_ value: Int64, forKey key: Key) throws {
    try begin(key)
    writer.buffer.write(value)
  }

  func encode(_ value: UInt, forKey key: Key) throws {
    try begin(key)
    writer.buffer.write(value)
  }

  func encode(_ value: UInt8, forKey key: Key) throws {
    try begin(key)
    writer.buffer.write(value)
  }

  func encode(_ value: UInt16, forKey key: Key) throws {
    try begin(key)
    writer.buffer.write(value)
  }

  func encode(_ value: UInt32, forKey key: Key) throws {
    try begin(key)
    writer.buffer.write(value)
  }

  func encode(_ value: UInt64, forKey key: Key) throws {
    try begin(key)
    writer.buffer.write(value)
  }

  func nestedContainer<NestedKey: CodingKey>(
    keyedBy type: NestedKey.Type,
    forKey key: Key
  ) -> KeyedEncodingContainer<NestedKey> {
    superEncoder(forKey: key).container(keyedBy: type)
  }

  func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
    superEncoder(forKey: key).unkeyedContainer()
  }

  func superEncoder() -> any Encoder { encoder("super") }

  func superEncoder(forKey key: Key) -> any Encoder { encoder(key.stringValue) }

  private func encoder(_ key: String) -> JSONEncoding {
    do throws(JSONError) {
      try writer.begin(start, at: depth, key: key)
    } catch {
      writer.fail(error)
    }
    return JSONEncoding(writer: writer, start: writer.buffer.count, depth: writer.depth)
  }

  @inline(__always)
  private func begin(_ key: Key) throws(JSONError) {
    try writer.begin(start, at: depth, key: key.stringValue)
  }
}
