/// What a server says of a mailbox when it is selected (RFC 9051, section 6.3.2).
struct MailboxState: Equatable {
  let validity: UInt32
  /// The least number that the next message can have.
  let nextUID: UInt32

  init?(_ lines: [String]) {
    guard let validity = Self.number("UIDVALIDITY", in: lines), let next = Self.number("UIDNEXT", in: lines),
      next > 0
    else { return nil }
    self.validity = validity
    nextUID = next
  }

  private static func number(_ name: String, in lines: [String]) -> UInt32? {
    for line in lines.reversed() where line.hasPrefix("* OK [\(name) ") {
      return UInt32(line.dropFirst("* OK [\(name) ".count).prefix { $0.isNumber })
    }
    return nil
  }
}

/// A message's number and size, from a line such as `* 3 FETCH (UID 7 RFC822.SIZE 4711)`.
struct MailboxEntry: Equatable {
  let uid: UInt32
  let bytes: Int

  init?(_ line: String) {
    let words = line.split { " ()".contains($0) }
    guard words.count >= 3, words[0] == "*", words[2] == "FETCH",
      let uid = Self.value("UID", in: words).flatMap({ UInt32($0) }),
      let bytes = Self.value("RFC822.SIZE", in: words).flatMap({ Int($0) })
    else { return nil }
    self.uid = uid
    self.bytes = bytes
  }

  private static func value(_ name: Substring, in words: [Substring]) -> Substring? {
    guard let index = words.firstIndex(of: name), index + 1 < words.count else { return nil }
    return words[index + 1]
  }
}
