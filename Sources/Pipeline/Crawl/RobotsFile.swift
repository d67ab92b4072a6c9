import Foundation

/// What a site lets robots fetch (RFC 9309).
struct RobotsFile: Sendable {
  /// What we are called in it, in lower case.
  static let name = "aigentable"
  /// No more of it is read (section 2.5).
  static let maximumBytes = 500 << 10

  private struct Rule: Sendable {
    let allows: Bool
    let pattern: [UInt8]
  }

  private var rules: [Rule] = []

  static let everything = RobotsFile()

  private init() {}

  /// The rules of all groups that name us, or else of those that name everybody.
  init(_ bytes: some Collection<UInt8>) {
    var ours: [Rule] = []
    var everybodys: [Rule] = []
    var isNamed = false
    var (isOurs, isEverybodys, begins) = (false, false, true)
    let text = String(decoding: bytes.prefix(Self.maximumBytes), as: UTF8.self)
    for line in text.split(whereSeparator: \.isNewline) {
      let parts = line.prefix { $0 != "#" }.split(
        separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2 else { continue }
      let key = parts[0].trimmingCharacters(in: .whitespaces).lowercased()
      let value = parts[1].trimmingCharacters(in: .whitespaces)
      switch key {
      case "user-agent":
        if !begins { (isOurs, isEverybodys) = (false, false) }
        begins = true
        // A name ends where a version or anything else begins.
        let agent = value.lowercased().prefix { $0.isLetter || $0 == "-" || $0 == "_" }
        if agent == Self.name { (isOurs, isNamed) = (true, true) }
        if value == "*" { isEverybodys = true }
      case "allow", "disallow":
        begins = false
        // An empty one says nothing.
        guard !value.isEmpty else { continue }
        let rule = Rule(allows: key == "allow", pattern: Self.normal(value))
        if isOurs { ours.append(rule) }
        if isEverybodys { everybodys.append(rule) }
      default: continue
      }
    }
    rules = isNamed ? ours : everybodys
  }

  /// - Parameter path: with the query, as in a request.
  func allows(_ path: String) -> Bool {
    let path = Self.normal(path.isEmpty ? "/" : path)
    // The longest pattern counts; of two as long, the one that allows (section 2.2.2).
    let best = rules.filter { Self.matches($0.pattern[...], path[...]) }
      .max { ($0.pattern.count, $0.allows ? 1 : 0) < ($1.pattern.count, $1.allows ? 1 : 0) }
    return best?.allows ?? true
  }

  /// `*` stands for anything, `$` at the end for the end. Each star takes the shortest that does, which is enough: what
  /// follows it may begin later.
  private static func matches(_ pattern: ArraySlice<UInt8>, _ path: ArraySlice<UInt8>) -> Bool {
    let isAnchored = pattern.last == UInt8(ascii: "$")
    let parts = (isAnchored ? pattern.dropLast() : pattern)
      .split(separator: UInt8(ascii: "*"), omittingEmptySubsequences: false)
    guard let first = parts.first, path.starts(with: first) else { return false }
    var rest = path.dropFirst(first.count)
    for part in parts.dropFirst().dropLast() where !part.isEmpty {
      guard let found = rest.firstRange(of: part) else { return false }
      rest = rest[found.upperBound...]
    }
    guard parts.count > 1, let last = parts.last else { return !isAnchored || rest.isEmpty }
    if isAnchored { return rest.count >= last.count && rest.suffix(last.count).elementsEqual(last) }
    return last.isEmpty || rest.firstRange(of: last) != nil
  }

  /// Octets that a URL cannot hold are compared as it would write them, and the case of what is written so is no
  /// difference.
  private static func normal(_ text: String) -> [UInt8] {
    var bytes: [UInt8] = []
    for byte in text.utf8 {
      if byte > 0x20, byte < 0x7F {
        bytes.append(byte)
      } else {
        bytes += Array(String(format: "%%%02X", byte).utf8)
      }
    }
    var index = 0
    while index + 2 < bytes.count {
      if bytes[index] == UInt8(ascii: "%") {
        for next in index + 1...index + 2 where (0x61...0x66).contains(bytes[next]) { bytes[next] -= 0x20 }
        index += 2
      }
      index += 1
    }
    return bytes
  }
}
