import FoundationEssentials

/// A JSON text that is written value by value, without a type to encode: for long answers of a known shape,
/// which take a fraction of an encoder's time this way. Values are written as `JSON.encode` writes them.
///
/// Commas and brackets are put here. Each member of an object is a `key` and then one value.
package struct JSONText: ~Copyable {
  private var buffer: ByteBuffer

  /// - Parameter capacity: bytes to begin with; it grows as it must.
  package init(capacity: Int) { buffer = ByteBuffer(capacity: capacity) }

  package var bytes: [UInt8] { buffer.array }

  package mutating func object<E: Error>(_ members: (inout JSONText) throws(E) -> Void) throws(E) {
    separate()
    buffer.append(UInt8(ascii: "{"))
    try members(&self)
    buffer.append(UInt8(ascii: "}"))
  }

  package mutating func array<E: Error>(_ elements: (inout JSONText) throws(E) -> Void) throws(E) {
    separate()
    buffer.append(UInt8(ascii: "["))
    try elements(&self)
    buffer.append(UInt8(ascii: "]"))
  }

  /// - Parameter name: ASCII that needs no escape.
  package mutating func key(_ name: StaticString) {
    separate()
    buffer.append(UInt8(ascii: "\""))
    buffer.append(name)
    buffer.append("\":")
  }

  package mutating func null() {
    separate()
    buffer.append("null")
  }

  package mutating func write(_ value: Bool) {
    separate()
    buffer.write(value)
  }

  package mutating func write(_ value: some FixedWidthInteger) {
    separate()
    buffer.write(value)
  }

  package mutating func write(_ value: String) {
    separate()
    buffer.write(value)
  }

  /// A string of bytes that are known to be UTF-8.
  package mutating func write(validUTF8 text: UnsafeBufferPointer<UInt8>) {
    separate()
    buffer.writeString(text)
  }

  package mutating func write(_ value: UUID) {
    separate()
    buffer.write(value)
  }

  package mutating func write(_ value: Date) throws(JSONError) {
    separate()
    guard buffer.write(value) else {
      throw JSONError(.valueNotRepresentable, message: "date outside of the years 0000 to 9999")
    }
  }

  /// What is one JSON value already.
  package mutating func write(json text: UnsafeBufferPointer<UInt8>) {
    separate()
    buffer.append(text)
  }

  @inline(__always)
  private mutating func separate() {
    switch buffer.last {
    case 0, UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: ":"): break
    default: buffer.append(UInt8(ascii: ","))
    }
  }
}
