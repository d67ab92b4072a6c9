/// Where Meta keeps files of messages. Only these get a token, or are called because a message names them.
enum MetaHosts {
  private static let names = [
    "fbcdn.net", "fbsbx.com", "cdninstagram.com", "facebook.com", "instagram.com", "whatsapp.net",
  ]

  /// Whether it is an address of `https` with a plain host of Meta's, or one of where the Graph API itself is. Read
  /// letter by letter, so that nothing can be a host here and something else to who connects.
  static func serve(_ url: String, besides graph: String) -> Bool {
    if let own = origin(of: graph), url.hasPrefix(own + "/") { return true }
    guard url.hasPrefix("https://") else { return false }
    let host = url.dropFirst(8).prefix { !"/?#".contains($0) }.lowercased()
    return host.utf8.allSatisfy { "abcdefghijklmnopqrstuvwxyz0123456789.-".utf8.contains($0) }
      && names.contains { host == $0 || host.hasSuffix("." + $0) }
  }

  /// Scheme, host and port.
  private static func origin(of url: String) -> Substring? {
    guard let scheme = url.firstRange(of: "://") else { return nil }
    return url[..<(url[scheme.upperBound...].firstIndex(of: "/") ?? url.endIndex)]
  }
}
