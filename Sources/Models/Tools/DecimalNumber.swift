/// A number as it is written: exact, where the nearest binary fraction is not.
struct DecimalNumber: Sendable, Equatable {
  let isNegative: Bool
  /// Without zeros at their end; 0 for zero.
  let digits: UInt64
  /// Of ten, by which the digits count.
  let exponent: Int

  /// - Parameter text: of at most 19 digits, as `-12`, `0.5` or `1e-07`; nil for what is none.
  init?(_ text: String) {
    let parts = text.split(separator: "e", omittingEmptySubsequences: false)
    guard parts.count <= 2, var exponent = parts.count == 2 ? Int(parts[1]) : 0 else { return nil }
    let whole = parts[0].split(separator: ".", omittingEmptySubsequences: false)
    guard whole.count <= 2, var digits = UInt64(whole.joined().trimmingPrefix("-")) else { return nil }
    exponent -= whole.count == 2 ? whole[1].utf8.count : 0
    while digits > 0, digits.isMultiple(of: 10) {
      digits /= 10
      exponent += 1
    }
    self.digits = digits
    self.exponent = digits == 0 ? 0 : exponent
    isNegative = digits > 0 && text.first == "-"
  }

  /// - Parameter other: not zero.
  func isMultiple(of other: DecimalNumber) -> Bool {
    guard digits > 0 else { return true }
    // Digits that do not end in zero are no multiple of ten.
    guard exponent >= other.exponent else { return false }
    var rest = digits % other.digits
    for _ in 0..<(exponent - other.exponent) where rest > 0 {
      rest = other.digits.dividingFullWidth(rest.multipliedFullWidth(by: 10)).remainder
    }
    return rest == 0
  }
}
