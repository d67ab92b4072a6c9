/// Finds where a text stops being JSON (RFC 8259), for the errors of a text that simdjson has refused:
/// simdjson's DOM tells that, but not where.
struct TextScan {
  private let text: UnsafeBufferPointer<UInt8>
  private let maximumDepth: Int
  private var at = 0
  /// The closing bytes of the open containers; at most `maximumDepth`.
  private var open: [UInt8] = []

  enum Fault: Error {
    case unexpected
    case tooDeep
    /// A well-formed number past the greatest double.
    case numberTooLarge
  }

  init(_ text: UnsafeBufferPointer<UInt8>, maximumDepth: Int) {
    self.text = text
    self.maximumDepth = maximumDepth
  }

  /// The first fault and its offset: of the first byte that cannot stand there, the text's length when it
  /// ends too early, or the start of the number or container. Nil when the text is well-formed.
  mutating func firstFault() -> (fault: Fault, offset: Int)? {
    do throws(Fault) {
      try document()
      return nil
    } catch {
      return (error, at)
    }
  }

  private var byte: UInt8? { at < text.count ? text[at] : nil }

  private mutating func document() throws(Fault) {
    var wantsValue = true
    repeat {
      skipSpace()
      if wantsValue {
        wantsValue = try value()
      } else if byte == UInt8(ascii: ",") {
        at += 1
        if open.last == UInt8(ascii: "}") { try key() }
        wantsValue = true
      } else if let byte, byte == open.last {
        at += 1
        open.removeLast()
      } else {
        throw .unexpected
      }
    } while wantsValue || !open.isEmpty
    skipSpace()
    if at < text.count { throw .unexpected }
  }

  /// Reads a scalar, or the opening of a container; whether a value must follow.
  private mutating func value() throws(Fault) -> Bool {
    switch byte {
    case UInt8(ascii: "{"): return try opening(UInt8(ascii: "}"))
    case UInt8(ascii: "["): return try opening(UInt8(ascii: "]"))
    case UInt8(ascii: "\""): try string()
    case UInt8(ascii: "t"): try expect("true")
    case UInt8(ascii: "f"): try expect("false")
    case UInt8(ascii: "n"): try expect("null")
    default: try number()
    }
    return false
  }

  private mutating func opening(_ closer: UInt8) throws(Fault) -> Bool {
    if open.count == maximumDepth { throw .tooDeep }
    at += 1
    skipSpace()
    if byte == closer {
      at += 1
      return false
    }
    open.append(closer)
    if closer == UInt8(ascii: "}") { try key() }
    return true
  }

  private mutating func key() throws(Fault) {
    skipSpace()
    try string()
    skipSpace()
    try expect(":")
  }

  private mutating func string() throws(Fault) {
    try expect("\"")
    while let byte, byte != UInt8(ascii: "\"") {
      if byte == UInt8(ascii: "\\") {
        try escape()
      } else {
        if byte < 0x20 { throw .unexpected }
        at += 1
      }
    }
    try expect("\"")
  }

  /// Surrogates must come in pairs: simdjson refuses a lone one.
  private mutating func escape() throws(Fault) {
    let start = at
    at += 1
    guard let byte else { throw .unexpected }
    guard byte == UInt8(ascii: "u") else {
      guard #""\/bfnrt"#.utf8.contains(byte) else { throw .unexpected }
      at += 1
      return
    }
    let first = try codeUnit()
    guard 0xD800...0xDFFF ~= first else { return }
    if first >= 0xDC00 {
      at = start
      throw .unexpected
    }
    try expect("\\")
    if self.byte != UInt8(ascii: "u") { throw .unexpected }
    let second = at
    guard 0xDC00...0xDFFF ~= (try codeUnit()) else {
      at = second
      throw .unexpected
    }
  }

  /// `u` and four hexadecimal digits.
  private mutating func codeUnit() throws(Fault) -> Int {
    at += 1
    var unit = 0
    for _ in 0..<4 {
      guard let byte, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { throw .unexpected }
      unit = unit << 4 | digit
      at += 1
    }
    return unit
  }

  private mutating func number() throws(Fault) {
    let start = at
    if byte == UInt8(ascii: "-") { at += 1 }
    if byte == UInt8(ascii: "0") { at += 1 } else { try digits() }
    if byte == UInt8(ascii: ".") {
      at += 1
      try digits()
    }
    if byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") {
      at += 1
      if byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") { at += 1 }
      try digits()
    }
    if Double(String(decoding: text[start..<at], as: UTF8.self))?.isFinite != true {
      at = start
      throw .numberTooLarge
    }
  }

  private mutating func digits() throws(Fault) {
    let start = at
    while let byte, UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte { at += 1 }
    if at == start { throw .unexpected }
  }

  private mutating func expect(_ word: StaticString) throws(Fault) {
    for offset in 0..<word.utf8CodeUnitCount {
      if byte != word.utf8Start[offset] { throw .unexpected }
      at += 1
    }
  }

  private mutating func skipSpace() {
    while let byte, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { at += 1 }
  }
}
