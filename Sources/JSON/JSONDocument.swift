import CSimdjson

/// The types on simdjson's tape.
enum JSONType {
  static let object = UInt8(ascii: "{")
  static let array = UInt8(ascii: "[")
  static let string = UInt8(ascii: "\"")
  static let int64 = UInt8(ascii: "l")
  static let uint64 = UInt8(ascii: "u")
  static let double = UInt8(ascii: "d")
  static let `true` = UInt8(ascii: "t")
  static let `false` = UInt8(ascii: "f")
  static let null = UInt8(ascii: "n")
}

/// A parsed document and its nodes, which are named by their index on simdjson's tape.
///
/// `@unchecked Sendable`: the memory behind the handle never changes after the parse.
final class JSONDocument: @unchecked Sendable {
  static let root = 1

  private let handle: UnsafePointer<csimdjson_document>

  private init(handle: UnsafePointer<csimdjson_document>) {
    self.handle = handle
  }

  deinit {
    csimdjson_free(handle)
  }

  static func parse(
    _ text: UnsafeBufferPointer<UInt8>,
    maximumDepth: Int,
    maximumBytes: Int = JSON.maximumBytes
  ) throws(JSONError) -> JSONDocument {
    guard text.count <= maximumBytes else {
      throw JSONError(.tooLarge, message: "\(text.count) bytes, at most \(maximumBytes)")
    }
    // A byte order mark may be ignored (RFC 8259, section 8.1), and some senders write one.
    let mark = text.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    let body = UnsafeBufferPointer(rebasing: text[mark...])
    var handle: UnsafePointer<csimdjson_document>?
    var status = csimdjson_parse(body.baseAddress, body.count, maximumDepth, &handle)
    if status == CSIMDJSON_NUMBER, let widened = OversizedIntegers.widened(body) {
      status = csimdjson_parse(widened, widened.count, maximumDepth, &handle)
    }
    guard status == CSIMDJSON_OK, let handle else {
      throw ParseFailure.error(status, body: body, skipped: mark, maximumDepth: maximumDepth)
    }
    return JSONDocument(handle: handle)
  }

  @inline(__always)
  func type(_ node: Int) -> UInt8 { csimdjson_type(handle, node) }

  func isContainer(_ node: Int) -> Bool { type(node) == JSONType.object || type(node) == JSONType.array }

  /// The node after this one and all that it holds.
  @inline(__always)
  func next(_ node: Int) -> Int { csimdjson_next(handle, node) }

  /// The end of the children of a container, which start at `node + 1`.
  @inline(__always)
  func end(_ node: Int) -> Int { csimdjson_end(handle, node) }

  /// How many elements or members a container holds; nil when more than the tape counts.
  func count(_ node: Int) -> Int? {
    let count = csimdjson_count(handle, node)
    return count < 0xFF_FFFF ? count : nil
  }

  /// The bits of a number.
  @inline(__always)
  func number(_ node: Int) -> UInt64 { csimdjson_number(handle, node) }

  /// The text of a string or key.
  func string(_ node: Int) -> String {
    withString(node) { String(decoding: $0, as: UTF8.self) }
  }

  @inline(__always)
  func withString<Result, Failure: Error>(
    _ node: Int,
    _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    var count = 0
    let bytes = csimdjson_string(handle, node, &count)
    defer { withExtendedLifetime(self) {} }
    return try body(UnsafeBufferPointer(start: bytes, count: count))
  }

  /// The value of the first member of an object with this key.
  func find(_ key: String, in node: Int) -> Int? {
    func find(_ bytes: UnsafeBufferPointer<UInt8>) -> Int {
      guard let start = bytes.baseAddress else { return csimdjson_find(handle, node, [0], 0) }
      return csimdjson_find(handle, node, start, bytes.count)
    }
    var found = key.utf8.withContiguousStorageIfAvailable(find)
    if found == nil {
      var copy = key
      found = copy.withUTF8(find)
    }
    return found == 0 ? nil : found
  }
}
