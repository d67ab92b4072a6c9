/// Takes a message out of what follows DATA: up to the line that is a dot, without the dots that were put before
/// others (RFC 5321, section 4.5.2).
///
/// Only CR LF ends a line. A line feed by itself is kept and noted: to servers that take it for an end, what stands
/// behind it would be commands.
struct SMTPMessageReader {
  private enum Place { case lineStart, line, carriageReturn, dot, dotCarriageReturn }

  /// Bytes beyond are dropped.
  private let maximumBytes: Int
  private(set) var bytes: [UInt8] = []
  private(set) var isTooLarge = false
  private(set) var hasBareLineFeed = false
  /// All that was read, kept or not.
  private(set) var length = 0
  private var place = Place.lineStart

  init(maximumBytes: Int) { self.maximumBytes = maximumBytes }

  /// - Returns: how many of the bytes belong to the message with its end; nil when all do and more is to come.
  mutating func read(_ input: UnsafeBufferPointer<UInt8>) -> Int? {
    var index = 0
    while index < input.count {
      if place == .line {
        let end = input[index...].firstIndex { $0 == cr || $0 == lf } ?? input.count
        keep(UnsafeBufferPointer(rebasing: input[index..<end]))
        index = end
        if index == input.count { break }
      }
      let byte = input[index]
      index += 1
      if isEnd(byte) {
        length += index
        return index
      }
    }
    length += input.count
    return nil
  }

  /// Drops what was kept, where nobody will look at it.
  mutating func drop() {
    isTooLarge = true
    bytes = []
  }

  private mutating func isEnd(_ byte: UInt8) -> Bool {
    switch (place, byte) {
    case (.lineStart, UInt8(ascii: ".")):
      place = .dot
      return false
    case (.dot, cr):
      place = .dotCarriageReturn
      return false
    case (.dotCarriageReturn, lf): return true
    case (.dotCarriageReturn, _):
      keep(cr)
      place = .carriageReturn
      return isEnd(byte)
    case (.carriageReturn, lf): place = .lineStart
    case (_, lf):
      hasBareLineFeed = true
      place = .line
    case (_, cr): place = .carriageReturn
    default: place = .line
    }
    keep(byte)
    return false
  }

  private mutating func keep(_ byte: UInt8) {
    guard !isTooLarge else { return }
    if bytes.count == maximumBytes { drop() } else { bytes.append(byte) }
  }

  private mutating func keep(_ piece: UnsafeBufferPointer<UInt8>) {
    guard !isTooLarge else { return }
    if bytes.count + piece.count > maximumBytes { drop() } else { bytes.append(contentsOf: piece) }
  }
}

private let cr = UInt8(ascii: "\r")
private let lf = UInt8(ascii: "\n")
