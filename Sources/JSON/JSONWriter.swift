import FoundationEssentials

/// Writes a value as JSON, straight into one buffer.
///
/// The containers that are open make a stack. A write to one first closes those opened inside it, which lets
/// nested containers go without being told. Each is known by the offset of its opening byte, so that a write
/// to one that is closed is noticed.
final class JSONWriter {
  /// Most events fit.
  private static let firstCapacity = 1024

  private struct Open {
    let start: Int
    let closer: UInt8
    /// Where the members of a container to be sorted begin in `members`; nil for one that keeps its order.
    let sorted: Int?
  }

  // Exclusive access is not checked at run time, which took a third of the time: the writer belongs to one
  // call of `JSON.encode`, and no method hands one of these out while another touches it.
  @exclusivity(unchecked) var buffer = ByteBuffer(capacity: JSONWriter.firstCapacity)
  @exclusivity(unchecked) private var open: [Open] = []
  @exclusivity(unchecked) private var members: [MemberSpan] = []
  @exclusivity(unchecked) private var failure: JSONError?

  var depth: Int { open.count }

  // MARK: Whole values

  func encode<Value: Encodable>(_ value: Value) throws {
    if Value.self == UUID.self, let value = value as? UUID {
      buffer.write(value)
    } else if Value.self == Date.self, let value = value as? Date {
      if !buffer.write(value) { throw notRepresentable("date outside of the years 0000 to 9999") }
    } else if Value.self == JSONValue.self, let value = value as? JSONValue {
      value.write(to: &buffer)
    } else {
      let start = buffer.count
      let depth = depth
      try value.encode(to: JSONEncoding(writer: self, start: start, depth: depth))
      close(to: depth)
      if buffer.count == start { buffer.append("{}") }
    }
  }

  func encode(_ value: some BinaryFloatingPoint & CustomStringConvertible) throws(JSONError) {
    if !buffer.write(value) { throw notRepresentable("number that is not finite") }
  }

  /// The text, once the value is encoded.
  func finished() throws(JSONError) -> [UInt8] {
    close(to: 0)
    if let failure { throw failure }
    guard buffer.count <= JSON.maximumBytes else { throw tooLarge }
    return buffer.array
  }

  // MARK: Containers

  /// Opens a container; returns what it is known by.
  func open(_ opener: StaticString, _ closer: UInt8, isSorted: Bool = false) -> Int {
    if depth >= JSON.maximumDepth {
      fail(JSONError(.tooDeep, path: path, message: "more than \(JSON.maximumDepth) nested containers"))
    }
    let start = buffer.count
    open.append(Open(start: start, closer: closer, sorted: isSorted ? members.count : nil))
    buffer.append(opener)
    return start
  }

  /// Whether a container is open at this depth and was opened at this offset, with this closing byte.
  func isOpen(_ start: Int, at depth: Int, _ closer: UInt8) -> Bool {
    depth < open.count && open[depth].start == start && open[depth].closer == closer
  }

  /// Makes ready for the next element, or member, of the container opened at `start`.
  @inline(__always)
  func begin(_ start: Int, at depth: Int) throws(JSONError) {
    guard depth < open.count, open[depth].start == start else {
      throw JSONError(.containerClosed, path: path, message: "a write to a container that is closed")
    }
    if open.count > depth + 1 { close(to: depth + 1) }
    switch buffer.last {
    case UInt8(ascii: "{"), UInt8(ascii: "["): break
    default:
      finishDangling()
      buffer.append(UInt8(ascii: ","))
    }
    if failure != nil || buffer.count > JSON.maximumBytes { throw failure ?? tooLarge }
  }

  func begin(_ start: Int, at depth: Int, key: String) throws(JSONError) {
    try begin(start, at: depth)
    let keyStart = buffer.count
    buffer.write(key)
    if open[depth].sorted != nil { members.append(MemberSpan(start: keyStart, keyEnd: buffer.count - 1)) }
    buffer.append(UInt8(ascii: ":"))
  }

  /// Closes the containers inside of this depth.
  @inline(__always)
  func close(to depth: Int) {
    while open.count > depth {
      finishDangling()
      let last = open.removeLast()
      if let first = last.sorted {
        MemberSpan.sort(members[first...], in: &buffer)
        members.removeSubrange(first...)
      }
      buffer.append(last.closer)
    }
  }

  /// Keeps the first failure for the next call that may throw.
  func fail(_ error: JSONError) {
    failure = failure ?? error
  }

  /// A member or element that was announced, by a `superEncoder`, and never written.
  private func finishDangling() {
    if buffer.last == UInt8(ascii: ":") || buffer.last == UInt8(ascii: ",") { buffer.append("{}") }
  }

  // MARK: Errors

  /// Where the writing is: what there is of the text is completed, and read.
  var path: String {
    var text = buffer.array
    if let last = text.last, ":,[".utf8.contains(last) { text += "null".utf8 }
    text += open.reversed().map(\.closer)
    let document = text.withUnsafeBufferPointer {
      try? JSONDocument.parse($0, maximumDepth: JSON.maximumDepth * 2)
    }
    return document.map { JSONPath.text(JSONPath.keysToLast(in: $0)) } ?? "$"
  }

  func notRepresentable(_ what: String) -> JSONError {
    JSONError(.valueNotRepresentable, path: path, message: what)
  }

  private var tooLarge: JSONError {
    JSONError(.tooLarge, message: "more than \(JSON.maximumBytes) bytes written")
  }
}
