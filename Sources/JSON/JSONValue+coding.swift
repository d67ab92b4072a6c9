/// A value inside of another type, such as the raw part of an event: decoded as a cursor into the same
/// document, encoded as its text. It can be coded by this module's coder alone.
extension JSONValue: Codable {
  package init(from decoder: any Decoder) throws {
    guard let decoding = decoder as? JSONDecoding else {
      throw JSONError(
        .refused,
        path: JSONPath.text(decoder.codingPath),
        message: "a value is decoded by JSON.decode alone"
      )
    }
    self = decoding.value
  }

  package func encode(to encoder: any Encoder) throws {
    guard let encoding = encoder as? JSONEncoding else {
      throw JSONError(
        .refused,
        path: JSONPath.text(encoder.codingPath),
        message: "a value is encoded by JSON.encode alone"
      )
    }
    try encoding.encode(self)
  }
}

extension JSONValue {
  /// The minified text of this value. An integer too large for 64 bits was read as a double, and is written
  /// as one.
  package func serialized() -> [UInt8] {
    var buffer = ByteBuffer(capacity: 256)
    write(to: &buffer)
    return buffer.array
  }

  /// Recursion is bounded by the depth the document was parsed with.
  func write(to buffer: inout ByteBuffer) {
    switch document.type(node) {
    case JSONType.object: writeMembers(to: &buffer)
    case JSONType.array: writeElements(to: &buffer)
    case JSONType.string: document.withString(node) { buffer.writeString($0) }
    case JSONType.int64: buffer.write(Int64(bitPattern: document.number(node)))
    case JSONType.uint64: buffer.write(document.number(node))
    // simdjson gives finite numbers only.
    case JSONType.double: _ = buffer.write(Double(bitPattern: document.number(node)))
    case JSONType.true: buffer.write(true)
    case JSONType.false: buffer.write(false)
    default: buffer.append("null")
    }
  }

  private func writeMembers(to buffer: inout ByteBuffer) {
    buffer.append(UInt8(ascii: "{"))
    var child = node + 1
    while child < document.end(node) {
      if child > node + 1 { buffer.append(UInt8(ascii: ",")) }
      document.withString(child) { buffer.writeString($0) }
      buffer.append(UInt8(ascii: ":"))
      JSONValue(document: document, node: child + 1).write(to: &buffer)
      child = document.next(child + 1)
    }
    buffer.append(UInt8(ascii: "}"))
  }

  private func writeElements(to buffer: inout ByteBuffer) {
    buffer.append(UInt8(ascii: "["))
    var child = node + 1
    while child < document.end(node) {
      if child > node + 1 { buffer.append(UInt8(ascii: ",")) }
      JSONValue(document: document, node: child).write(to: &buffer)
      child = document.next(child)
    }
    buffer.append(UInt8(ascii: "]"))
  }
}
