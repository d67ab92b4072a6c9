/// A line of a client, taken apart (RFC 5321, section 4.1).
enum SMTPCommand: Equatable {
  /// `isExtended` for EHLO.
  case hello(name: String, isExtended: Bool)
  /// The address is empty for mail from nobody. Parameters have upper-case names.
  case mail(from: String, parameters: [String: String])
  case recipient(String, parameters: [String: String])
  case data, reset, noop, verify, quit, startTLS
  /// The mechanism is in upper case; `response` is nil where it is to be asked for.
  case authenticate(mechanism: String, response: String?)
  case unknown
  /// A known command of another form than its own.
  case malformed

  /// - Parameter line: without its end.
  init(_ line: [UInt8]) {
    let text = String(decoding: line, as: UTF8.self)
    let verb = text.prefix { $0 != " " }.uppercased()
    let rest = text.dropFirst(verb.count).drop { $0 == " " }
    switch verb {
    case "EHLO", "HELO":
      let name = rest.prefix { $0 != " " }
      self = name.isEmpty ? .malformed : .hello(name: String(name.prefix(255)), isExtended: verb == "EHLO")
    case "MAIL": self = Self.path(in: rest, after: "FROM:").map(Self.mail) ?? .malformed
    case "RCPT":
      guard let path = Self.path(in: rest, after: "TO:"), !path.address.isEmpty else {
        self = .malformed
        return
      }
      self = .recipient(path.address, parameters: path.parameters)
    case "DATA": self = rest.isEmpty ? .data : .malformed
    case "RSET": self = rest.isEmpty ? .reset : .malformed
    case "STARTTLS": self = rest.isEmpty ? .startTLS : .malformed
    case "AUTH":
      let words = rest.split(separator: " ", omittingEmptySubsequences: false)
      guard (1...2).contains(words.count), let mechanism = words.first, !mechanism.isEmpty else {
        self = .malformed
        return
      }
      self = .authenticate(
        mechanism: mechanism.uppercased(), response: words.count == 2 ? String(words[1]) : nil)
    case "NOOP": self = .noop
    case "VRFY", "EXPN": self = .verify
    case "QUIT": self = .quit
    default: self = .unknown
    }
  }

  private static func mail(_ path: (address: String, parameters: [String: String])) -> SMTPCommand {
    .mail(from: path.address, parameters: path.parameters)
  }

  /// `<address>` and what follows it. Routes before the address (`@one,@two:`) are dropped, as RFC 5321, section
  /// 4.1.1.3, says.
  private static func path(
    in text: Substring, after word: String
  ) -> (address: String, parameters: [String: String])? {
    guard text.prefix(word.count).uppercased() == word else { return nil }
    let rest = text.dropFirst(word.count).drop { $0 == " " }
    guard rest.first == "<", let end = closing(rest) else { return nil }
    var address = rest[rest.index(after: rest.startIndex)..<end]
    if address.first == "@", let colon = address.firstIndex(of: ":") {
      address = address[address.index(after: colon)...]
    }
    guard address.utf8.count <= 320, !address.contains(where: { $0 == "<" || $0 == ">" || $0.isWhitespace })
    else { return nil }
    let words = rest[rest.index(after: end)...]
    guard words.first.map({ $0 == " " }) ?? true else { return nil }
    var parameters: [String: String] = [:]
    for word in words.split(separator: " ") {
      let parts = word.split(separator: "=", maxSplits: 1)
      parameters[parts[0].uppercased()] = parts.count == 2 ? String(parts[1]) : ""
    }
    return (String(address), parameters)
  }

  /// The bracket that ends the path; one in quotes does not.
  private static func closing(_ text: Substring) -> Substring.Index? {
    var isQuoted = false
    var isEscaped = false
    return text.indices.first { index in
      defer { isEscaped = text[index] == "\\" && !isEscaped }
      if isEscaped { return false }
      if text[index] == "\"" { isQuoted.toggle() }
      return text[index] == ">" && !isQuoted
    }
  }
}
