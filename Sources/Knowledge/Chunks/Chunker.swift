import Extraction

/// Where documents are cut.
package struct ChunkSizes: Sendable, Equatable {
  /// Of one chunk, estimated (`TokenEstimate`).
  package var tokens: Int
  /// What of the end of a chunk is said again by the next, where nothing but its size divided them.
  package var overlap: Int

  package init(tokens: Int = 240, overlap: Int = 32) {
    self.tokens = max(16, tokens)
    self.overlap = min(max(0, overlap), max(16, tokens) / 2)
  }
}

/// Gathers blocks into chunks: a heading begins one, nothing is cut that fits, and what does not fit is cut
/// between sentences or, failing that, words.
package struct Chunker {
  private let sizes: ChunkSizes
  private var headings: [Heading] = []
  private var place = ""
  private var pieces: [String] = []
  private var tokens = 0
  /// How many of `pieces` are said again from the chunk before.
  private var repeated = 0

  private struct Heading {
    let level: Int
    let text: String
    let place: String
    /// A chunk stands under it, and names it.
    var isNamed = false
  }

  package init(_ sizes: ChunkSizes = ChunkSizes()) { self.sizes = sizes }

  package static func chunks(of blocks: [Block], _ sizes: ChunkSizes = ChunkSizes()) -> [Chunk] {
    var chunker = Chunker(sizes)
    var chunks = blocks.flatMap { chunker.add($0) }
    chunks += chunker.finish()
    return chunks
  }

  /// Returns the chunks that are whole now.
  package mutating func add(_ block: Block) -> [Chunk] {
    if block.kind == .heading {
      let chunks = close(overlapping: false) + leave(block.level)
      headings.append(
        Heading(
          level: block.level,
          text: block.text.prefix(200).split(whereSeparator: \.isNewline).joined(separator: " "),
          place: block.place ?? ""))
      return chunks
    }
    var chunks: [Chunk] = []
    for piece in Self.pieces(of: block.text, atMost: sizes.tokens - sizes.overlap) {
      let size = TokenEstimate.count(piece)
      if tokens + size > sizes.tokens, pieces.count > repeated { chunks += close(overlapping: true) }
      if pieces.count == repeated { place = block.place ?? "" }
      pieces.append(block.kind == .item ? "- " + piece : piece)
      tokens += size
    }
    return chunks
  }

  /// The last chunks.
  package mutating func finish() -> [Chunk] { close(overlapping: false) + leave(.min) }

  /// Ends what stands under headings from a level down. Those of them that nothing stood under are found by themselves: a slide
  /// may have a title alone, and a notice is one that is set large.
  private mutating func leave(_ level: Int) -> [Chunk] {
    let outer = headings.filter { $0.level < level }
    let bare = headings.filter { $0.level >= level && !$0.isNamed && !$0.text.isEmpty }
    headings = outer
    guard let first = bare.first else { return [] }
    for index in headings.indices { headings[index].isNamed = true }
    return [
      Chunk(
        heading: outer.map(\.text).joined(separator: " › "), place: first.place,
        text: bare.map(\.text).joined(separator: "\n"))
    ]
  }

  private mutating func close(overlapping: Bool) -> [Chunk] {
    guard pieces.count > repeated else {
      if !overlapping {
        pieces = []
        tokens = 0
        repeated = 0
      }
      return []
    }
    let chunk = Chunk(
      heading: headings.map(\.text).joined(separator: " › "), place: place,
      text: pieces.joined(separator: "\n"))
    for index in headings.indices { headings[index].isNamed = true }
    let tail = overlapping ? Self.tail(of: pieces[pieces.count - 1], atMost: sizes.overlap) : ""
    pieces = tail.isEmpty ? [] : [tail]
    repeated = pieces.count
    tokens = TokenEstimate.count(tail)
    return [chunk]
  }

  /// The last sentences that fit.
  private static func tail(of text: String, atMost tokens: Int) -> String {
    var tail = ""
    for sentence in sentences(of: text).reversed() {
      let longer = sentence + tail
      guard TokenEstimate.count(longer) <= tokens else { break }
      tail = longer
    }
    return tail.trimmed
  }

  private static func pieces(of text: String, atMost tokens: Int) -> [String] {
    guard TokenEstimate.count(text) > tokens else { return [text] }
    var pieces: [String] = []
    var piece = ""
    var size = 0
    func close() {
      if !piece.trimmed.isEmpty { pieces.append(piece.trimmed) }
      piece = ""
      size = 0
    }
    for sentence in sentences(of: text).flatMap({ parts(of: $0, atMost: tokens) }) {
      let count = TokenEstimate.count(sentence)
      if size + count > tokens { close() }
      piece += sentence
      size += count
    }
    close()
    return pieces
  }

  /// With the blanks behind them.
  private static func sentences(of text: String) -> [String] {
    var sentences: [String] = []
    var start = text.startIndex
    var last: Character = " "
    for index in text.indices {
      let character = text[index]
      if !character.isWhitespace, last.isWhitespace, start < index {
        let before = text[start..<index].trimmed.last
        if before.map({ ".!?。！？:;".contains($0) }) == true || last.isNewline {
          sentences.append(String(text[start..<index]))
          start = index
        }
      }
      last = character
    }
    if start < text.endIndex { sentences.append(String(text[start...])) }
    return sentences
  }

  /// A sentence that is too long, between words; a word that is too long, anywhere.
  private static func parts(of sentence: String, atMost tokens: Int) -> [String] {
    guard TokenEstimate.count(sentence) > tokens else { return [sentence] }
    var parts: [String] = []
    var rest = sentence[...]
    while TokenEstimate.count(rest) > tokens {
      let window = rest.prefix(tokens * 3)
      let cut =
        window.lastIndex(where: \.isWhitespace).flatMap { $0 > window.startIndex ? $0 : nil }
        ?? window.endIndex
      parts.append(String(rest[..<cut]))
      rest = rest[cut...]
    }
    parts.append(String(rest))
    return parts
  }
}

extension StringProtocol {
  fileprivate var trimmed: String {
    var part = self[...]
    while part.first?.isWhitespace == true { part.removeFirst() }
    while part.last?.isWhitespace == true { part.removeLast() }
    return String(part)
  }
}
