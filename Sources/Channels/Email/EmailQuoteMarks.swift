/// The lines that mail programs put over what they quote, in the languages that they speak.
enum EmailQuoteMarks {
  static let forwardPrefixes = [
    "fwd:", "fw:", "wg:", "tr:", "rv:", "i:", "enc:", "doorst:", "vb:", "vs:", "vl:", "pd:", "转发:", "转发：",
    "転送:",
  ]

  /// `-----Original Message-----`.
  static func isOriginalMessage(_ line: Substring) -> Bool {
    guard line.utf8.count <= 120, let first = line.utf8.first(where: { !PlainLines.isBlank($0) }),
      first == UInt8(ascii: "-") || first == UInt8(ascii: "_") || first == UInt8(ascii: "*")
    else { return false }
    let words = line.filter { !"-_*".contains($0) }.lowercased().trimmingPrefix(while: \.isWhitespace)
    return originalMessage.contains { words.hasPrefix($0) }
  }

  /// At least three fields of a header close together, the first of them here: `From:`, `Sent:`, `To:`.
  static func isHeaderBlock(_ lines: [Substring], at index: Int) -> Bool {
    guard let first = field(lines[index]), starters.contains(first) else { return false }
    var found: Set<String> = [first]
    for line in lines[(index + 1)...].prefix(8) {
      if let name = field(line) { found.insert(name) }
      if found.count == 3 { return true }
    }
    return false
  }

  /// The line that Outlook draws over such a block.
  static func isRule(_ line: Substring) -> Bool {
    line.utf8.count >= 10 && line.utf8.allSatisfy { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
  }

  /// Whether a line that could be an attribution is one even where no mark of a quotation follows: it begins
  /// as programs begin it, or names an address.
  static func isPlainAttribution(_ line: Substring) -> Bool {
    line.utf8.prefix(400).contains(UInt8(ascii: "@")) || beginsAsAttribution(line)
  }

  /// The lines, from this one on, of `On Monday, Ann wrote:`; nil when it is none. Mail programs break it
  /// anywhere.
  static func attributionLength(_ lines: [Substring], at index: Int) -> Int? {
    let line = lines[index]
    // No line that is longer is one.
    guard line.utf8.count <= 400, endsInColon(line) || beginsAsAttribution(line) else { return nil }
    var text = line.lowercased()
    for length in 1...4 {
      if isAttribution(text) { return length }
      let next = index + length
      guard next < lines.count, !lines[next].isEmpty, lines[next].utf8.first != UInt8(ascii: ">"),
        mayGoOn(text)
      else { return nil }
      text += " " + lines[next].lowercased()
    }
    return nil
  }

  /// Whether the next line may belong to it: it begins as one and has not ended.
  private static func mayGoOn(_ text: String) -> Bool {
    text.utf8.count <= 600 && text.utf8.last != UInt8(ascii: ":") && beginsAsAttribution(text[...])
  }

  /// Whether a colon ends it, or one of Chinese, with marks of emphasis behind it.
  private static func endsInColon(_ text: Substring) -> Bool {
    PlainLines.withBytes(text) { bytes in
      let end = bytes.lastIndex {
        !(PlainLines.isBlank($0) || $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "-"))
      }
      guard let end else { return false }
      return bytes[end] == UInt8(ascii: ":") || bytes[...end].suffix(3).elementsEqual("：".utf8)
    }
  }

  private static func beginsAsAttribution(_ text: Substring) -> Bool {
    // By bytes where all are ASCII, which is nearly everywhere.
    let isStart: Bool? = PlainLines.withBytes(text) { bytes in
      let start = bytes.drop { $0 == 0x20 || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "*") }.prefix(16)
      guard start.allSatisfy({ $0 < 0x80 }) else { return nil }
      guard let first = start.first else { return false }
      return (0x30...0x39).contains(first)
        || asciiStarts.contains { $0[0] == lowerCase(first) && start.lazy.map(lowerCase).starts(with: $0) }
    }
    if let isStart { return isStart }
    let words = text.drop { "-—–* ".contains($0) }.prefix(16).lowercased()
    return words.first?.isNumber == true || attributionStarts.contains { words.hasPrefix($0) }
  }

  /// - Parameter text: in lower case.
  private static func isAttribution(_ text: String) -> Bool {
    guard endsInColon(text[...]) else { return false }
    var text = Substring(text)
    while let last = text.last, last.isWhitespace || last == "*" || last == "-" { text = text.dropLast() }
    guard text.contains(where: { $0.isNumber || $0 == "@" }) else { return false }
    if text.hasSuffix(">:") { return text.contains("@") && text.contains(where: \.isNumber) }
    let words = text.split { $0.isWhitespace || ":：,;".contains($0) }
    return words.contains { verbs.contains(String($0)) } || verbPhrases.contains { text.contains($0) }
  }

  /// The name of a header field at the start of a line, as one word for all languages' forms that could be
  /// meant.
  private static func field(_ line: Substring) -> String? { mayBeField(line) ? name(line) : nil }

  /// Whether few letters are before the colon, or such as bytes do not tell. In most lines there are more, and to count
  /// them is done sooner than to put a name together.
  private static func mayBeField(_ line: Substring) -> Bool {
    PlainLines.withBytes(line) { bytes in
      var letters = 0
      for byte in bytes.prefix(80) {
        if byte == UInt8(ascii: ":") || byte >= 0x80 { return true }
        if byte > 0x20, byte != UInt8(ascii: "*"), byte != UInt8(ascii: ">") { letters += 1 }
        if letters > maximumLetters { return false }
      }
      return false
    }
  }

  private static func name(_ line: Substring) -> String? {
    var word = ""
    var hasBlank = false
    // The colon of the longest name with marks around it is not further off.
    for byte in line.utf8.prefix(80) {
      switch byte {
      case UInt8(ascii: ":"): return fields.contains(word) ? word : nil
      case UInt8(ascii: "*"): break
      case UInt8(ascii: ">") where word.isEmpty, 0x09 where word.isEmpty: break
      case 0x20: hasBlank = !word.isEmpty
      case 0x80...: return foreignField(line)
      default:
        if hasBlank { word += " " }
        hasBlank = false
        word.unicodeScalars.append(Unicode.Scalar(lowerCase(byte)))
        if word.utf8.count > maximumLetters { return nil }
      }
    }
    return nil
  }

  /// Likewise in letters that bytes do not tell.
  private static func foreignField(_ line: Substring) -> String? {
    let line = line.prefix(80).drop { "*> \t".contains($0) }
    guard let colon = line.firstIndex(where: { $0 == ":" || $0 == "：" }) else { return nil }
    let name = line[..<colon].lowercased().filter { $0 != "*" }.trimmingPrefix(while: \.isWhitespace)
    let word = name.split(separator: " ").joined(separator: " ")
    return fields.contains(word) ? word : nil
  }

  private static func lowerCase(_ byte: UInt8) -> UInt8 {
    (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
  }

  /// No name of ASCII is longer.
  private static let maximumLetters = 16

  private static let asciiStarts = attributionStarts.map { Array($0.utf8) }
    .filter { $0.allSatisfy { $0 < 0x80 } }

  private static let originalMessage = [
    "original message", "original-nachricht", "originalnachricht", "ursprüngliche nachricht",
    "ursprungliche nachricht", "message d'origine", "message d’origine", "message original",
    "mensaje original",
    "messaggio originale", "mensagem original", "oorspronkelijk bericht", "originele bericht",
    "oprindelig meddelelse",
    "original meddelelse", "opprinnelig melding", "ursprungligt meddelande", "originalmeddelande",
    "alkuperäinen viesti", "wiadomość oryginalna", "oryginalna wiadomość", "исходное сообщение",
    "оригинальное сообщение", "původní zpráva", "eredeti üzenet", "orijinal mesaj", "antwort nachricht",
    "reply message", "原始邮件", "原始郵件", "元のメッセージ", "원본 메시지",
  ]

  /// Fields that a block begins with: whom it is from, and those that some programs put before it.
  private static let starters: Set<String> = [
    "from", "von", "de", "da", "van", "fra", "från", "lähettäjä", "od", "от", "від", "kimden", "feladó",
    "差出人",
    "发件人", "寄件者", "보낸 사람", "subject", "date", "datum", "sent", "gesendet",
  ]

  private static let fields: Set<String> = starters.union([
    "to", "cc", "an", "betreff", "reply-to", "envoyé", "envoyé le", "à", "objet", "enviado", "enviado el",
    "enviada em",
    "enviado em", "para", "asunto", "assunto", "fecha", "data", "inviato", "a", "oggetto", "verzonden", "aan",
    "onderwerp", "sendt", "til", "emne", "dato", "skickat", "till", "ämne", "lähetetty", "vastaanottaja",
    "aihe",
    "wysłano", "wysłane", "do", "temat", "отправлено", "дата", "кому", "тема", "копия", "odesláno", "komu",
    "předmět",
    "gönderildi", "kime", "konu", "elküldve", "címzett", "tárgy", "送信日時", "宛先", "件名", "发送时间", "收件人", "主题",
    "寄件日期", "收件者", "主旨", "보낸 날짜", "받는 사람", "제목",
  ])

  private static let attributionStarts = [
    "on ", "am ", "le ", "el ", "il ", "em ", "op ", "den ", "på ", "w dniu ", "dnia ", "dne ", "в ", "von:",
    "von ",
    "mon", "tue", "wed", "thu", "fri", "sat", "sun", "\"",
  ]

  private static let verbs: Set<String> = [
    "wrote", "writes", "schrieb", "schreibt", "escribió", "escreveu", "schreef", "skrev", "napisał",
    "napisała",
    "napisał(a)", "написал", "написала", "написал(а)", "пишет", "написав", "kirjoitti", "napsal", "napsala",
    "napsal(a)", "yazdı", "írta", "geschreven",
  ]

  private static let verbPhrases = ["a écrit", "ha scritto", "ha escrit", "写道", "寫道", "のメール", "님이 작성"]
}

extension StringProtocol {
  fileprivate func trimmingPrefix(while isDropped: (Character) -> Bool) -> String {
    String(drop(while: isDropped))
  }
}
