/// A command at the beginning of a text: `/start`, or `/start@pigeon_bot` where several bots listen, and what
/// follows (Telegram, "Bot features", Commands).
struct TelegramCommand {
  let name: Substring
  /// The bot that it is for, where it says.
  let bot: Substring?
  /// What follows, without the white space around it.
  let argument: Substring

  /// nil for a text that does not begin with one.
  init?(_ text: String) {
    guard text.first == "/" else { return nil }
    let word = text.dropFirst().prefix { !$0.isWhitespace }
    let parts = word.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
    guard let name = parts.first, (1...32).contains(name.utf8.count),
      name.utf8.allSatisfy({ $0.isTokenCharacter && $0 != UInt8(ascii: "-") })
    else { return nil }
    self.name = name
    bot = parts.count > 1 ? parts[1] : nil
    let rest = text[word.endIndex...].drop(while: \.isWhitespace)
    argument = rest[..<(rest.lastIndex { !$0.isWhitespace }.map { rest.index(after: $0) } ?? rest.startIndex)]
  }
}
