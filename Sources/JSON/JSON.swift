/// Coding of `Codable` types as JSON (RFC 8259), minified, in UTF-8.
///
/// Members are written in the order a type encodes them, those of a dictionary sorted by key, so that equal
/// values give equal bytes. `UUID` is lower-case text with hyphens, `Date` RFC 3339 in UTC with milliseconds.
/// `nil` is left out where a type encodes it with `encodeIfPresent`, as synthesised code does.
package enum JSON {
  /// The longest text that is parsed, unless said otherwise, or written, in bytes.
  package static let maximumBytes = 64 << 20
  /// How deep a text from outside may nest, unless said otherwise.
  package static let maximumOuterDepth = 64
  /// How deep what this writes may nest: more than `maximumOuterDepth`, so that a text from outside has room
  /// inside an event.
  package static let maximumDepth = 128

  package static func decode<Value: Decodable>(
    _ type: Value.Type,
    from bytes: [UInt8]
  ) throws(JSONError) -> Value {
    try decode(type, from: JSONValue(parsing: bytes, maximumDepth: maximumDepth))
  }

  package static func decode<Value: Decodable>(
    _ type: Value.Type,
    from value: JSONValue
  ) throws(JSONError) -> Value {
    do {
      return try value.decoded(as: type)
    } catch {
      throw JSONError(thrown: error, at: value.path)
    }
  }

  package static func encode<Value: Encodable>(_ value: Value) throws(JSONError) -> [UInt8] {
    let writer = JSONWriter()
    do {
      try writer.encode(value)
    } catch {
      throw JSONError(thrown: error, at: writer.path)
    }
    return try writer.finished()
  }
}
