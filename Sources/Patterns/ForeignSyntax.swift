/// Groups and escapes that PCRE2 has and ECMA-262 (with the flag `u`) does not. They reach further than a pattern
/// needs: options within it (a class that ignores case is compiled in 9 ms for each of its ranges), recursion,
/// conditions, verbs, quotation.
enum ForeignSyntax {
  /// The byte at which the first of it begins.
  ///
  /// A class ends here no later than it does for PCRE2, so that nothing hides in one.
  static func offset(in pattern: String) -> Int? {
    let bytes = Array(pattern.utf8)
    var isInClass = false
    var index = 0
    while index < bytes.count {
      let rest = bytes[(index + 1)...]
      switch bytes[index] {
      case UInt8(ascii: "\\"):
        guard isEscape(rest) else { return index }
        index += 1
      case UInt8(ascii: "["): isInClass = true
      case UInt8(ascii: "]"): isInClass = false
      case UInt8(ascii: "(") where !isInClass && !isGroup(rest): return index
      default: break
      }
      index += 1
    }
    return nil
  }

  private static let escapes = Set("dDwWsSbBfnrtvxukpP".utf8)

  /// - Parameter rest: what stands after the backslash.
  private static func isEscape(_ rest: ArraySlice<UInt8>) -> Bool {
    guard let first = rest.first else { return false }
    // PCRE2 would take a bracket or a backslash for the control character's letter.
    if first == UInt8(ascii: "c") { return rest.dropFirst().first?.isLetter == true }
    return !first.isLetter || escapes.contains(first)
  }

  private static let groups = ["?:", "?=", "?!", "?<=", "?<!"].map { Array($0.utf8) }

  /// - Parameter rest: what stands after the parenthesis.
  private static func isGroup(_ rest: ArraySlice<UInt8>) -> Bool {
    guard let first = rest.first, first == UInt8(ascii: "?") || first == UInt8(ascii: "*") else {
      return true
    }
    if groups.contains(where: { rest.starts(with: $0) }) { return true }
    return rest.starts(with: "?<".utf8) && rest.dropFirst(2).first?.beginsName == true
  }
}

extension UInt8 {
  /// Of ASCII.
  fileprivate var isLetter: Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20) }

  /// Or may: beyond ASCII, PCRE2 knows which characters do.
  fileprivate var beginsName: Bool { isLetter || self == UInt8(ascii: "_") || self >= 0x80 }
}
