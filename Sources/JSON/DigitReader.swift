/// Reads the fixed fields of a date's text from left to right.
struct DigitReader {
  private let text: UnsafeBufferPointer<UInt8>
  private var at = 0

  init(_ text: UnsafeBufferPointer<UInt8>) {
    self.text = text
  }

  var isAtEnd: Bool { at == text.count }

  /// Exactly this many digits.
  mutating func number(_ digits: Int) -> Int? {
    guard at + digits <= text.count else { return nil }
    var number = 0
    for _ in 0..<digits {
      let digit = text[at] &- UInt8(ascii: "0")
      guard digit < 10 else { return nil }
      number = number * 10 + Int(digit)
      at += 1
    }
    return number
  }

  /// One byte out of these.
  mutating func skip(_ bytes: StaticString) -> Bool {
    guard at < text.count else { return false }
    for index in 0..<bytes.utf8CodeUnitCount where bytes.utf8Start[index] == text[at] {
      at += 1
      return true
    }
    return false
  }

  /// A second's fraction in nanoseconds; 0 when there is none.
  mutating func fraction() -> Int? {
    guard skip(".") else { return 0 }
    var nanoseconds = 0
    var unit = 1_000_000_000
    while let digit = number(1) {
      unit /= 10
      guard unit > 0 else { return nil }
      nanoseconds += digit * unit
    }
    return unit < 1_000_000_000 ? nanoseconds : nil
  }

  /// The offset from UTC in seconds.
  mutating func zone() -> Int? {
    if skip("Zz") { return 0 }
    let isEast = skip("+")
    guard isEast || skip("-"), let hours = number(2), skip(":"), let minutes = number(2), hours < 24,
      minutes < 60
    else { return nil }
    return (isEast ? 1 : -1) * (hours * 3600 + minutes * 60)
  }
}
