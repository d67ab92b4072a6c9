import Mail

/// A mail: its subject as the heading, whom it is from, and what it says. Attachments are not looked into.
enum MailBlocks {
  static func extract(_ file: InputFile, _ emit: Extractor.Emit) throws {
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
    let texts = message.body?.leaves.filter { !$0.isAttachment } ?? []
    if let plain = texts.first(where: { $0.mediaType == "text/plain" }) {
      for paragraph in PlainText.paragraphs(of: Charset.decode(plain.bytes, as: plain.charset)) {
        try emit(.block(Block(.paragraph, paragraph)))
      }
    } else if let html = texts.first(where: { $0.mediaType == "text/html" }) {
      for block in HTMLBlocks.blocks(of: Array(Charset.decode(html.bytes, as: html.charset).utf8)) {
        try emit(.block(block))
      }
    }
  }
}
