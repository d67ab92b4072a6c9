/// A piece of a document that can be found and quoted.
package struct Chunk: Sendable, Equatable {
  /// The heading that it stands under, or empty.
  package let heading: String
  package let text: String
}

/// Cuts Markdown or plain text at headings and paragraphs into chunks of at most `maximumCharacters`.
///
/// A paragraph longer than that is cut between sentences or, failing that, words. Text inside a fence is not
/// taken for a heading.
package struct Chunker: Sendable {
  package let maximumCharacters: Int

  package init(maximumCharacters: Int = 1_200) { self.maximumCharacters = maximumCharacters }

  package func chunks(of text: String) -> [Chunk] {
    var chunks: [Chunk] = []
    var heading = ""
    var current = ""
    func close() {
      if !current.isEmpty { chunks.append(Chunk(heading: heading, text: current)) }
      current = ""
    }
    for block in blocks(of: text) {
      switch block {
      case .heading(let title):
        close()
        heading = title
      case .paragraph(let paragraph):
        for piece in pieces(of: paragraph) {
          if !current.isEmpty, current.count + piece.count + 2 > maximumCharacters { close() }
          current += (current.isEmpty ? "" : "\n\n") + piece
        }
      }
    }
    close()
    return chunks
  }

  private enum Block {
    case heading(String)
    case paragraph(String)
  }

  private func blocks(of text: String) -> [Block] {
    var blocks: [Block] = []
    var lines: [Substring] = []
    var isFenced = false
    func close() {
      if !lines.isEmpty { blocks.append(.paragraph(lines.joined(separator: "\n"))) }
      lines = []
    }
    // A carriage return and line feed are one character.
    for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
      let trimmed = line.trimmed
      if trimmed.hasPrefix("```") { isFenced.toggle() }
      if !isFenced, let title = headingTitle(trimmed) {
        close()
        blocks.append(.heading(title))
      } else if trimmed.isEmpty, !isFenced {
        close()
      } else {
        lines.append(line)
      }
    }
    close()
    return blocks
  }

  /// The title of an ATX heading (CommonMark 0.31 §4.2).
  private func headingTitle(_ line: Substring) -> String? {
    let marks = line.prefix { $0 == "#" }.count
    guard (1...6).contains(marks) else { return nil }
    let rest = line.dropFirst(marks)
    guard rest.first == " " || rest.first == "\t" else { return nil }
    return String(rest.trimmed)
  }

  private func pieces(of paragraph: String) -> [String] {
    var pieces: [String] = []
    var rest = paragraph[...]
    while rest.count > maximumCharacters {
      let window = rest.prefix(maximumCharacters)
      let cut =
        window.indices.last { ".!?".contains(window[$0]) && window.index(after: $0) < window.endIndex }
        .map { window.index(after: $0) } ?? window.lastIndex(where: \.isWhitespace) ?? window.endIndex
      let end = cut == window.startIndex ? window.endIndex : cut
      pieces.append(String(rest[..<end].trimmed))
      rest = rest[end...].trimmed
    }
    if !rest.isEmpty { pieces.append(String(rest)) }
    return pieces.filter { !$0.isEmpty }
  }
}

extension Substring {
  fileprivate var trimmed: Substring {
    var part = drop(while: \.isWhitespace)
    while part.last?.isWhitespace == true { part.removeLast() }
    return part
  }
}
