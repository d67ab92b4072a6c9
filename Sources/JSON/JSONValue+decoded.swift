import FoundationEssentials

/// Reading of a value as a type, or an error that says what was there instead.
extension JSONValue {
  func mismatch(_ wanted: String) -> JSONError {
    JSONError(.typeMismatch, path: path, message: "\(kind.rawValue) where \(wanted) is wanted")
  }

  func notRepresentable(_ wanted: String) -> JSONError {
    JSONError(.valueNotRepresentable, path: path, message: "\(kind.rawValue) that is no \(wanted)")
  }

  func decodedBool() throws(JSONError) -> Bool {
    guard let bool else { throw mismatch("bool") }
    return bool
  }

  func decodedString() throws(JSONError) -> String {
    guard let string else { throw mismatch("string") }
    return string
  }

  func decodedDouble() throws(JSONError) -> Double {
    guard let double else { throw mismatch("number") }
    return double
  }

  func decodedFloat() throws(JSONError) -> Float {
    let float = Float(try decodedDouble())
    guard float.isFinite else { throw notRepresentable("Float") }
    return float
  }

  /// A whole number, also one written as a double, such as `1.0` or `1e3`.
  @inline(__always)
  func decodedInteger<Integer: FixedWidthInteger>() throws(JSONError) -> Integer {
    let exact: Integer? =
      switch document.type(node) {
      case JSONType.int64: Integer(exactly: Int64(bitPattern: document.number(node)))
      case JSONType.uint64: Integer(exactly: document.number(node))
      case JSONType.double: Integer(exactly: Double(bitPattern: document.number(node)))
      default: throw mismatch("int")
      }
    guard let exact else { throw notRepresentable("\(Integer.self)") }
    return exact
  }

  /// RFC 3339 text.
  func decodedDate() throws(JSONError) -> Date {
    guard document.type(node) == JSONType.string else { throw mismatch("date") }
    guard let date = document.withString(node, TimeText.date) else { throw notRepresentable("RFC 3339 date") }
    return date
  }

  func decodedUUID() throws(JSONError) -> UUID {
    guard document.type(node) == JSONType.string else { throw mismatch("uuid") }
    guard let uuid = document.withString(node, UUIDText.uuid) else { throw notRepresentable("uuid") }
    return uuid
  }

  func decoded<Value: Decodable>(as type: Value.Type) throws -> Value {
    if type == UUID.self { return same(try decodedUUID(), as: type) }
    if type == Date.self { return same(try decodedDate(), as: type) }
    if type == JSONValue.self { return same(self, as: type) }
    return try Value(from: JSONDecoding(value: self))
  }

  /// A value as the type it is already known to be: a cast would look the types up again, for each value.
  @inline(__always)
  private func same<Known, Value>(_ value: Known, as type: Value.Type) -> Value {
    unsafeBitCast(value, to: type)
  }
}
