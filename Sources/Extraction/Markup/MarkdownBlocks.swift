import Markdown

/// Markdown: its headings, paragraphs, items and code.
enum MarkdownBlocks {
  static func extract(_ file: InputFile, _ emit: @escaping Extractor.Emit) throws {
    let text = try PlainText.text(of: file)
    guard let events = Markdown.events(of: text, maximumBytes: text.utf8.count) else {
      throw ExtractionError(.tooMuch, "the text is too large for markdown")
    }
    var writer = MarkdownBlockWriter()
    var read = HundredthsRead(emit)
    for (index, event) in events.enumerated() {
      for block in writer.take(event) { try emit(.block(block)) }
      try read.note(index + 1, of: events.count)
    }
  }
}

/// Turns the events of Markdown into blocks.
struct MarkdownBlockWriter {
  private var text = ""
  private var kind = Block.Kind.paragraph
  private var level = 0
  private var depth = 0

  mutating func take(_ event: MarkdownEvent) -> [Block] {
    switch event {
    case .open(.heading(let level)): return closing { $0.begin(.heading, level) }
    case .open(.item): return closing { $0.begin(.item, max(1, $0.depth)) }
    case .open(.list): return closing { $0.depth += 1 }
    case .close(.list): return closing { $0.depth -= 1 }
    case .close(.heading), .close(.paragraph), .close(.item): return closing { $0.begin(.paragraph, 0) }
    case .text(let text), .code(let text): self.text += text
    case .softBreak, .lineBreak: text += "\n"
    case .codeBlock(let code, _):
      let before = closing { _ in }
      let code = code.trimmedBlanks
      return code.isEmpty ? before : before + [Block(.code, code)]
    case .html(let html, let isBlock):
      guard isBlock else { return [] }
      let before = closing { _ in }
      return before + HTMLBlocks.blocks(of: Array(html.utf8))
    case .open, .close, .rule: break
    }
    return []
  }

  private mutating func begin(_ kind: Block.Kind, _ level: Int) {
    self.kind = kind
    self.level = level
  }

  /// What was gathered is a block of its own.
  private mutating func closing(_ change: (inout Self) -> Void) -> [Block] {
    let whole = text.trimmedBlanks
    let block = whole.isEmpty ? nil : Block(kind, level: level, whole)
    text = ""
    change(&self)
    return block.map { [$0] } ?? []
  }
}
