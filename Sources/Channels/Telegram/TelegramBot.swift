import Contracts

/// Who the bot of a connection is, for telling what is meant for it.
struct TelegramBot {
  /// A token begins with the bot's id (Bot API, "Authorizing your bot"); nil when the connection has none.
  let id: Int64?
  /// Its user name without `@`, in lower case; nil when the connection has none.
  let name: String?

  init(_ connection: ConnectionCreated.Private?) {
    id = connection?.accessToken.flatMap { Int64($0.prefix { $0 != ":" }) }
    let account = connection?.account ?? ""
    let name = account.drop { $0 == "@" }.lowercased()
    self.name = name.isEmpty ? nil : name
  }

  func isCalled(_ name: Substring) -> Bool { name.lowercased() == self.name }
}
