import Contracts

/// A bot's token, such as can be a part of a path: a number, `:` and a word (Bot API, "Authorizing your
/// bot").
struct TelegramToken {
  let text: String

  /// nil when the connection has none, or something else.
  init?(_ connection: ConnectionCreated.Private) {
    guard let text = connection.accessToken, text.utf8.count <= 256 else { return nil }
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, Int64(parts[0]) != nil, !parts[1].isEmpty,
      parts.allSatisfy({ $0.utf8.allSatisfy(\.isTokenCharacter) })
    else { return nil }
    self.text = text
  }
}
