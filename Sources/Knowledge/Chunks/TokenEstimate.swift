/// How many tokens a text has for a language model, within a third: models differ, and each has its own
/// vocabulary. A word counts one for each six bytes begun, a mark one.
package enum TokenEstimate {
  package static func count(_ text: some StringProtocol) -> Int {
    var tokens = 0
    var word = 0
    for byte in text.utf8 {
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x80...: word += 1
      default:
        tokens += (word + 5) / 6
        word = 0
        if byte > 0x20 { tokens += 1 }
      }
    }
    return tokens + (word + 5) / 6
  }
}
