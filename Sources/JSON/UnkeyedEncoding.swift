/// An array being written.
struct UnkeyedEncoding: UnkeyedEncodingContainer {
  let writer: JSONWriter
  /// What the writer knows this container by.
  let start: Int
  let depth: Int
  private(set) var count = 0

  init(writer: JSONWriter, start: Int, depth: Int) {
    self.writer = writer
    self.start = start
    self.depth = depth
  }

  var codingPath: [any CodingKey] { [] }

  mutating func encodeNil() throws {
    try begin()
    writer.buffer.append("null")
  }

  mutating func encode<Value: Encodable>(_ value: Value) throws {
    try begin()
    try writer.encode(value)
  }

  mutating func encode(_ value: Bool) throws {
    try begin()
    writer.buffer.write(value)
  }

  mutating func encode(_ value: String) throws {
    try begin()
    writer.buffer.write(value)
  }

  mutating func encode(_ value: Double) throws {
    try begin()
    try writer.encode(value)
  }

  mutating func encode(_ value: Float) throws {
    try begin()
    try writer.encode(value)
  }

  mutating func encode(_ value: Int) throws {
    try begin()
    writer.buffer.write(value)
  }

  mutating func encode(_ value: Int8) throws {
    try begin()
    writer.buffer.write(value)
  }

  mutating func encode(_ value: Int16) throws {
    try begin()
    writer.buffer.write(value)
  }

  mutating func encode(_ value: Int32) throws {
    try begin()
    writer.buffer.write(value)
  }

  mutating func encode(_ value: Int64) throws {
    try begin()
    writer.buffer.write(value)
  }

  mutating func encode(_ value: UInt) throws {
    try begin()
    writer.buffer.write(value)
  }

  mutating func encode(_ value: UInt8) throws {
    try begin()
    writer.buffer.write(value)
  }

  mutating func encode(_ value: UInt16) throws {
    try begin()
    writer.buffer.write(value)
  }

  mutating func encode(_ value: UInt32) throws {
    try begin()
    writer.buffer.write(value)
  }

  mutating func encode(_ value: UInt64) throws {
    try begin()
    writer.buffer.write(value)
  }

  mutating func nestedContainer<NestedKey: CodingKey>(
    keyedBy type: NestedKey.Type
  ) -> KeyedEncodingContainer<NestedKey> {
    superEncoder().container(keyedBy: type)
  }

  mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
    superEncoder().unkeyedContainer()
  }

  mutating func superEncoder() -> any Encoder {
    do throws(JSONError) {
      try begin()
    } catch {
      writer.fail(error)
    }
    return JSONEncoding(writer: writer, start: writer.buffer.count, depth: writer.depth)
  }

  @inline(__always)
  private mutating func begin() throws(JSONError) {
    try writer.begin(start, at: depth)
    count += 1
  }
}
