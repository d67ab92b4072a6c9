import Foundation
import Mail

/// Text files: paragraphs between empty lines.
enum PlainText {
  static func extract(_ file: InputFile, _ emit: @escaping Extractor.Emit) throws {
    let paragraphs = paragraphs(of: try text(of: file))
    var read = HundredthsRead(emit)
    for (index, paragraph) in paragraphs.enumerated() {
      try emit(.block(Block(.paragraph, paragraph)))
      try read.note(index + 1, of: paragraphs.count)
    }
  }

  /// UTF-8, UTF-16 behind a byte order mark, or else Windows-1252.
  static func text(of file: InputFile) throws -> String {
    try file.withBytes { bytes in
      if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
        guard let text = String(data: Data(bytes), encoding: .utf16) else {
          throw ExtractionError(.damaged, "the text is not valid utf-16")
        }
        return text
      }
      let start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
      let rest = UnsafeRawBufferPointer(rebasing: bytes[start...])
      return String(validating: rest, as: UTF8.self) ?? Charset.decode(Array(rest), as: "windows-1252")
    }
  }

  static func paragraphs(of text: String) -> [String] {
    var paragraphs: [String] = []
    var lines: [Substring] = []
    func close() {
      let paragraph = lines.joined(separator: "\n").trimmedBlanks
      if !paragraph.isEmpty { paragraphs.append(paragraph) }
      lines = []
    }
    for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
      if line.allSatisfy(\.isWhitespace) { close() } else { lines.append(line) }
    }
    close()
    return paragraphs
  }
}

extension StringProtocol {
  var trimmedBlanks: String {
    var part = self[...]
    while part.first?.isWhitespace == true { part.removeFirst() }
    while part.last?.isWhitespace == true { part.removeLast() }
    return String(part)
  }

  /// Runs of blanks are one.
  var collapsedBlanks: String { split(whereSeparator: \.isWhitespace).joined(separator: " ") }
}
