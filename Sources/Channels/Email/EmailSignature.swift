import Mail

/// Tells a text from the signature under it.
enum EmailSignature {
  /// Of a signature.
  private static let maximumLines = 15
  private static let maximumLineLength = 60

  /// Nothing is taken off when nothing would be left.
  static func split(_ text: String, author: MailAddress) -> (text: String, signature: String?) {
    let lines = PlainLines.split(text)
    guard let start = start(lines, author), start > 0 else { return (text, nil) }
    let kept = lines[..<start].lastIndex { !PlainLines.isBlank($0) }
    guard let kept else { return (text, nil) }
    return (PlainLines.joined(lines[...kept]), PlainLines.joined(lines[start...]))
  }

  private static func start(_ lines: [Substring], _ author: MailAddress) -> Int? {
    let first = lines.indices.suffix(2 * maximumLines).first ?? 0
    return lines.indices[first...].first { index in
      let line = lines[index]
      // RFC 3676, section 4.3; many programs drop the blank at its end.
      if line == "-- " || line == "--" { return true }
      return isDevice(line) || isRule(lines, at: index, author)
    } ?? nameBlock(lines, author)
  }

  /// What programs on telephones put under a mail.
  private static func isDevice(_ line: Substring) -> Bool {
    guard line.utf8.count <= 120, let first = line.utf8.first,
      // Nearly no line begins as one of these.
      first >= 0x80 || deviceStarts.contains(first | 0x20)
    else { return false }
    let start = line.prefix(40).lowercased()
    return devices.contains { $0.utf8.first == start.utf8.first && start.hasPrefix($0) }
  }

  /// A line of dashes with short lines to the end, one of them the author's name or how to reach them.
  private static func isRule(_ lines: [Substring], at index: Int, _ author: MailAddress) -> Bool {
    guard let first = lines[index].utf8.first(where: { !PlainLines.isBlank($0) }),
      first == UInt8(ascii: "-") || first == UInt8(ascii: "_") || first == UInt8(ascii: "=")
    else { return false }
    let line = lines[index].filter { !$0.isWhitespace }
    guard line.count >= 4, line.allSatisfy({ "-_=".contains($0) }) else { return false }
    let below = lines[(index + 1)...].filter { !PlainLines.isBlank($0) }[...]
    return !below.isEmpty && isShort(below) && below.contains { names(author, $0) || isContact($0) }
  }

  /// The last block of lines, if the author's name or address is in it by itself.
  private static func nameBlock(_ lines: [Substring], _ author: MailAddress) -> Int? {
    guard let end = lines.lastIndex(where: { !PlainLines.isBlank($0) }) else { return nil }
    let blank = lines[...end].lastIndex { PlainLines.isBlank($0) }
    guard let blank, isShort(lines[(blank + 1)...end]) else { return nil }
    let block = lines[(blank + 1)...end].map(bare)
    if let name = author.name?.lowercased(), block.prefix(2).contains(name) { return blank + 1 }
    return block.contains(author.address.lowercased()) ? blank + 1 : nil
  }

  private static func isShort(_ lines: ArraySlice<Substring>) -> Bool {
    lines.count <= maximumLines
      && lines.allSatisfy { $0.utf8.count <= maximumLineLength || $0.count <= maximumLineLength }
  }

  private static func names(_ author: MailAddress, _ line: Substring) -> Bool {
    guard let name = author.name?.lowercased(), name.contains(" ") else { return false }
    return line.lowercased().contains(name)
  }

  private static func isContact(_ line: Substring) -> Bool {
    let line = line.lowercased()
    return line.contains("http") || line.contains("www.") || line.contains("@")
      || line.count(where: \.isNumber) >= 7
  }

  /// Without marks around it.
  private static func bare(_ line: Substring) -> String {
    let kept = line.lowercased().split { character in
      switch character {
      case "-", "–", "—", ",", ";": true
      default: character.isWhitespace
      }
    }.joined(separator: " ")
    return kept.hasPrefix("#sig#") ? String(kept.dropFirst(5)) : kept
  }

  private static let deviceStarts = devices.compactMap(\.utf8.first)

  private static let devices = [
    "sent from my ", "sent from mail for", "sent from outlook", "sent from yahoo", "sent with sparrow",
    "get outlook for",
    "sent via ", "von meinem ", "gesendet von ", "gesendet mit ", "envoyé de mon ", "envoyé depuis mon ",
    "enviado desde mi ", "enviado do meu ", "enviado de mi ", "inviato da ", "inviato dal ",
    "verzonden vanaf mijn ",
    "verstuurd vanaf mijn ", "skickat från min ", "sendt fra min ", "lähetetty ", "wysłane z ",
    "отправлено с ",
    "отправлено из ", "iphoneから送信", "发自我的", "傳送自我的",
  ]
}
