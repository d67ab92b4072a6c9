import Mail

/// A mail: its subject as the heading, what it says, and then what is attached to it, each file under its name.
enum MailBlocks {
  /// A mail in a mail, and one in that.
  private static let maximumDepth = 3

  static func extract(_ file: InputFile, depth: Int, _ emit: @escaping Extractor.Emit) throws {
    var limits = MIMELimits()
    limits.bytes = 100 << 20
    let message: MIMEMessage
    let bytes = try file.withBytes { Array($0) }
    do { message = try MIMEMessage(parsing: bytes, limits: limits) } catch {
      throw ExtractionError(.damaged, "\(error)")
    }
    if let subject = message.subject?.collapsedBlanks, !subject.isEmpty {
      try emit(.block(Block(.heading, level: 1, subject)))
    }
    let leaves = message.body?.leaves ?? []
    let texts = leaves.filter { !$0.isAttachment }
    let said = texts.first { $0.mediaType == "text/plain" } ?? texts.first { $0.mediaType == "text/html" }
    let attached = depth < maximumDepth ? leaves.filter { isAttached($0, besides: said) } : []
    if let said { for block in blocks(of: said) { try emit(.block(block)) } }
    try emit(.progress(done: 1, of: attached.count + 1))
    for (index, part) in attached.enumerated() {
      if let format = format(of: part) { try attachment(part, format, depth: depth + 1, emit) }
      try emit(.progress(done: index + 2, of: attached.count + 1))
    }
  }

  /// Not another form of what the mail says.
  private static func isAttached(_ part: MIMEPart, besides said: MIMEPart?) -> Bool {
    part.number != said?.number
      && (part.isAttachment || part.name != nil || !part.mediaType.hasPrefix("text/"))
  }

  private static func blocks(of text: MIMEPart) -> [Block] {
    let decoded = Charset.decode(text.bytes, as: text.charset)
    return text.mediaType == "text/html"
      ? HTMLBlocks.blocks(of: Array(decoded.utf8))
      : PlainText.paragraphs(of: decoded).map { Block(.paragraph, $0) }
  }

  /// By the file's name, for programs often say no more than that it is a file; nil where no text is taken from it.
  private static func format(of part: MIMEPart) -> DocumentFormat? {
    let format =
      part.name.flatMap { DocumentFormat(fileName: $0) } ?? DocumentFormat(mediaType: part.mediaType)
    return format == .sitemap ? nil : format
  }

  /// What cannot be read is said and does not make the mail fail: the rest of it is of use.
  private static func attachment(
    _ part: MIMEPart, _ format: DocumentFormat, depth: Int, _ emit: @escaping Extractor.Emit
  ) throws {
    let name = part.name?.collapsedBlanks ?? "attachment \(part.number)"
    try emit(.block(Block(.heading, level: 1, name)))
    let below: Extractor.Emit = { extracted in
      // How far the mail is read is told in its own parts.
      guard case .block(let block) = extracted else { return }
      let level = block.kind == .heading ? min(block.level + 1, 6) : block.level
      let place = [name, block.place].compactMap(\.self).joined(separator: ", ")
      try emit(.block(Block(block.kind, level: level, block.text, place: place)))
    }
    do {
      let file =
        part.mediaType.hasPrefix("text/") && part.charset != nil
        ? Array(Charset.decode(part.bytes, as: part.charset).utf8) : part.bytes
      try Extractor.extract(format, from: InputFile(file), mailDepth: depth, emit: below)
    } catch let error as ExtractionError where error.code != .tooMuch {
      try emit(.block(Block(.paragraph, "(\(error.description))", place: name)))
    }
  }
}
