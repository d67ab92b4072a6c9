import Mail

/// The parts of a mail as a reader sees them: texts one after the other, and files.
struct EmailParts {
  /// Of one part, before it is decoded: longer than any text that is kept.
  private static let maximumTextBytes = 512 << 10
  private(set) var texts: [String] = []
  private(set) var files: [MIMEPart] = []
  private let readsTexts: Bool

  init(readsTexts: Bool = true) { self.readsTexts = readsTexts }

  mutating func add(_ part: MIMEPart) {
    switch part.mediaType {
    case "multipart/alternative" where !part.parts.isEmpty: addAlternatives(part.parts)
    case "multipart/signed" where !part.parts.isEmpty:
      // The second is the signature of the first (RFC 1847): nothing that anyone would read.
      add(part.parts[0])
      for rest in part.parts.dropFirst(2) { add(rest) }
    case _ where !part.parts.isEmpty:
      for part in part.parts { add(part) }
    case _ where part.mediaType.hasPrefix("multipart/") && part.bytes.isEmpty: break
    default: addLeaf(part)
    }
  }

  /// The same thing told in several ways, of which the plainest is taken and the others are not even read. Files may
  /// lie in each.
  private mutating func addAlternatives(_ parts: [MIMEPart]) {
    var all = EmailParts(readsTexts: false)
    for part in parts { all.add(part) }
    files += all.files
    guard readsTexts else { return }
    for part in parts.filter({ $0.mediaType == "text/plain" }) + parts.reversed() {
      var choice = EmailParts()
      choice.add(part)
      guard choice.texts.isEmpty else {
        texts += choice.texts
        return
      }
    }
  }

  private mutating func addLeaf(_ part: MIMEPart) {
    let isText = !part.isAttachment && part.name == nil
    switch part.mediaType {
    case "text/plain" where isText && !readsTexts, "text/html" where isText && !readsTexts: break
    case "text/plain" where isText:
      addText(Charset.decode(Self.beginning(of: part, bytes: Self.maximumTextBytes), as: part.charset))
    case "text/html" where isText: addText(Self.text(ofHTML: part))
    case _ where part.bytes.isEmpty && part.name == nil: break
    default: files.append(part)
    }
  }

  private mutating func addText(_ text: String) {
    let text = PlainLines.text(text)
    if !text.allSatisfy(\.isWhitespace) { texts.append(text) }
  }

  /// Nearly always that is all of it, which is not copied.
  private static func beginning(of part: MIMEPart, bytes maximum: Int) -> [UInt8] {
    let bytes = part.bytes
    return bytes.count <= maximum ? bytes : Array(bytes.prefix(maximum))
  }

  private static func text(ofHTML part: MIMEPart) -> String {
    let bytes = beginning(of: part, bytes: HTMLText.maximumBytes)
    // The page may say itself what it is in.
    if part.charset == nil, String(validating: bytes, as: UTF8.self) == nil {
      return HTMLText.text(of: bytes, charset: nil)
    }
    return HTMLText.text(of: Charset.decode(bytes, as: part.charset))
  }
}
