/// A value of a parsed document.
///
/// A value keeps its whole document in memory, in about the text's size again; the document never changes, so
/// values may be read from any number of threads. Objects keep their members in order; of members with the
/// same key, look-up and decoding take the first.
package struct JSONValue: Sendable {
  package enum Kind: String, Sendable {
    /// `int` is any integer from the least `Int64` to the greatest `UInt64`; others, and all with a fraction
    /// or an exponent, are `double`.
    case null, bool, int, double, string, array, object
  }

  let document: JSONDocument
  let node: Int

  init(document: JSONDocument, node: Int) {
    self.document = document
    self.node = node
  }

  /// Parses one JSON text (RFC 8259) in UTF-8, with or without a byte order mark.
  ///
  /// - Parameters:
  ///   - bytes: at most `maximumBytes`.
  ///   - maximumDepth: how many containers may nest, not counting an innermost empty one; 1 to 1024.
  ///   - maximumBytes: no text of 4 GiB or more is parsed, whatever this says.
  package init(
    parsing bytes: some Sequence<UInt8>,
    maximumDepth: Int = JSON.maximumOuterDepth,
    maximumBytes: Int = JSON.maximumBytes
  ) throws(JSONError) {
    // What walks a document recurses as deep as it nests.
    let maximumDepth = min(max(maximumDepth, 1), 1024)
    func parse(_ text: UnsafeBufferPointer<UInt8>) -> Result<JSONDocument, JSONError> {
      Result { () throws(JSONError) in
        try JSONDocument.parse(text, maximumDepth: maximumDepth, maximumBytes: maximumBytes)
      }
    }
    let parsed =
      bytes.withContiguousStorageIfAvailable(parse) ?? Array(bytes).withUnsafeBufferPointer(parse)
    self.init(document: try parsed.get(), node: JSONDocument.root)
  }

  package var kind: Kind {
    switch document.type(node) {
    case JSONType.object: .object
    case JSONType.array: .array
    case JSONType.string: .string
    case JSONType.int64, JSONType.uint64: .int
    case JSONType.double: .double
    case JSONType.true, JSONType.false: .bool
    default: .null
    }
  }

  /// The first member with this key; nil when there is none, or this is not an object. Takes time linear in
  /// the object's members.
  package subscript(key: String) -> JSONValue? {
    guard document.type(node) == JSONType.object, let found = document.find(key, in: node) else { return nil }
    return JSONValue(document: document, node: found)
  }

  /// The element at this index; nil when there is none, or this is not an array. Takes time linear in the
  /// index.
  package subscript(index: Int) -> JSONValue? {
    guard document.type(node) == JSONType.array, index >= 0 else { return nil }
    var child = node + 1
    var remaining = index
    while child < document.end(node) {
      if remaining == 0 { return JSONValue(document: document, node: child) }
      remaining -= 1
      child = document.next(child)
    }
    return nil
  }

  package var isNull: Bool { document.type(node) == JSONType.null }

  package var bool: Bool? {
    switch document.type(node) {
    case JSONType.true: true
    case JSONType.false: false
    default: nil
    }
  }

  package var string: String? { document.type(node) == JSONType.string ? document.string(node) : nil }

  /// An integer; nil for a double, even a whole one.
  package var int: Int64? {
    document.type(node) == JSONType.int64 ? Int64(bitPattern: document.number(node)) : nil
  }

  /// Any number, rounded to the nearest double.
  package var double: Double? {
    switch document.type(node) {
    case JSONType.double: Double(bitPattern: document.number(node))
    case JSONType.int64: Double(Int64(bitPattern: document.number(node)))
    case JSONType.uint64: Double(document.number(node))
    default: nil
    }
  }

  package var array: [JSONValue]? {
    guard document.type(node) == JSONType.array else { return nil }
    var elements: [JSONValue] = []
    elements.reserveCapacity(document.count(node) ?? 0)
    var child = node + 1
    while child < document.end(node) {
      elements.append(JSONValue(document: document, node: child))
      child = document.next(child)
    }
    return elements
  }

  /// The members in the order of the text, those of the same key included.
  package var object: [(key: String, value: JSONValue)]? {
    guard document.type(node) == JSONType.object else { return nil }
    var members: [(key: String, value: JSONValue)] = []
    members.reserveCapacity(document.count(node) ?? 0)
    var child = node + 1
    while child < document.end(node) {
      members.append((document.string(child), JSONValue(document: document, node: child + 1)))
      child = document.next(child + 1)
    }
    return members
  }

  /// Where in its document this is, as in `$.entry[0].id`.
  package var path: String { JSONPath.text(JSONPath.keys(to: node, in: document)) }
}
