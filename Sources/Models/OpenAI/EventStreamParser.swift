/// Takes a server-sent event stream apart as its bytes arrive, however they are cut.
///
/// HTML Living Standard, section 9.2.6 "Interpreting an event stream": lines end in LF, CR or CRLF, a leading byte
/// order mark and comments are passed over, the `data` lines of an event are joined by LF, and an event that the
/// stream ends within is dropped. The fields `event`, `id` and `retry` mean nothing to a chat and are passed over.
struct EventStreamParser {
  struct TooLong: Error {}

  /// The most bytes of one line, and of the data of one event.
  static let maximumEventBytes = 1 << 20

  private var line: [UInt8] = []
  private var data: [UInt8] = []
  private var hasData = false
  private var isFirstLine = true
  private var lastWasCR = false

  /// Returns the data of the events that these bytes complete.
  mutating func receive(_ bytes: [UInt8]) throws(TooLong) -> [[UInt8]] {
    var events: [[UInt8]] = []
    for byte in bytes {
      let endsCRLF = lastWasCR && byte == 0x0A
      lastWasCR = byte == 0x0D
      if endsCRLF { continue }
      if byte == 0x0A || byte == 0x0D {
        if let event = try endLine() { events.append(event) }
      } else {
        guard line.count < Self.maximumEventBytes else { throw TooLong() }
        line.append(byte)
      }
    }
    return events
  }

  private mutating func endLine() throws(TooLong) -> [UInt8]? {
    defer { line.removeAll(keepingCapacity: true) }
    if isFirstLine, line.starts(with: [0xEF, 0xBB, 0xBF]) { line.removeFirst(3) }
    isFirstLine = false
    guard !line.isEmpty else { return dispatch() }
    let colon = line.firstIndex(of: UInt8(ascii: ":")) ?? line.endIndex
    guard line[..<colon].elementsEqual("data".utf8) else { return nil }
    var value = line[colon...].dropFirst()
    if value.first == 0x20 { value = value.dropFirst() }
    guard data.count + value.count < Self.maximumEventBytes else { throw TooLong() }
    if hasData { data.append(0x0A) }
    data.append(contentsOf: value)
    hasData = true
    return nil
  }

  private mutating func dispatch() -> [UInt8]? {
    guard hasData else { return nil }
    defer {
      data = []
      hasData = false
    }
    return data
  }
}
