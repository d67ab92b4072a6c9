/// Puts pieces of text into lines, as HTML runs them together and its blocks set them apart.
struct HTMLTextWriter {
  private var lines: [String] = []
  private var line = ""
  private var quotations = 0
  private var preformatted = 0
  /// A blank has been read and nothing behind it.
  private var hasBlank = false
  private var wantsEmptyLine = false
  private var links: [(address: String, start: Int)] = []

  /// - Parameter text: UTF-8 with a zero behind it.
  mutating func write(_ text: UnsafePointer<UInt8>) {
    if preformatted > 0 { return writePreformatted(String(cString: text)) }
    var text = text
    while text.pointee != 0 {
      let blank = WhiteSpace.length(text)
      if blank > 0 {
        hasBlank = true
        text += blank
      } else if text[0] == 0xC2, text[1] == 0xA0 {
        put(" ")
        text += 2
      } else {
        let length = WhiteSpace.distance(text)
        put(String(decoding: UnsafeBufferPointer(start: text, count: length), as: UTF8.self))
        text += length
      }
    }
  }

  private mutating func writePreformatted(_ text: String) {
    let parts = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    for (index, part) in parts.enumerated() {
      if index > 0 { breakLine() }
      if !part.isEmpty { put(String(part)) }
    }
  }

  private mutating func write(_ text: String) {
    (Array(text.utf8) + [0]).withUnsafeBufferPointer { bytes in
      if let start = bytes.baseAddress { write(start) }
    }
  }

  mutating func open(_ element: HTMLElement) {
    if element.isBlock {
      endLine()
      if element.isParagraph { wantsEmptyLine = true }
    }
    if element.isQuotation { quotations += 1 }
    switch element.name {
    case "br": breakLine()
    case "li": put("- ")
    case "td", "th": hasBlank = true
    case "pre": preformatted += 1
    case "img": if let text = element["alt"]?.trimmingBlanks, !text.isEmpty { write("[\(text)]") }
    case "a": links.append((element["href"] ?? "", line.utf8.count))
    default: break
    }
  }

  mutating func close(_ element: HTMLElement) {
    switch element.name {
    case "pre": preformatted -= 1
    case "a": closeLink()
    default: break
    }
    if element.isBlock {
      endLine()
      if element.isParagraph { wantsEmptyLine = true }
    }
    if element.isQuotation { quotations -= 1 }
  }

  mutating func finished() -> String {
    endLine()
    while lines.last?.isEmpty == true { lines.removeLast() }
    return lines.joined(separator: "\n")
  }

  private mutating func closeLink() {
    guard let link = links.popLast(), link.address.hasPrefix("http"), link.address.utf8.count <= 2_048 else {
      return
    }
    let said =
      line.utf8.count > link.start ? String(decoding: line.utf8.dropFirst(link.start), as: UTF8.self) : ""
    let text = said.trimmingBlanks
    if text.isEmpty || link.address.contains(text) { return }
    write(" (\(link.address))")
  }

  private mutating func put(_ text: String) {
    if line.isEmpty {
      if wantsEmptyLine, lines.last?.isEmpty == false { lines.append(prefix.trimmingBlanks) }
      wantsEmptyLine = false
    } else if hasBlank {
      line += " "
    }
    hasBlank = false
    line += text
  }

  private var prefix: String { String(repeating: "> ", count: min(quotations, 5)) }

  private mutating func endLine() {
    hasBlank = false
    guard !line.isEmpty else { return }
    breakLine()
  }

  /// Also ends an empty line.
  private mutating func breakLine() {
    let text = line.trimmingBlanks
    if !text.isEmpty || lines.last?.trimmingBlanks.isEmpty == false {
      lines.append((prefix + text).trimmingEnd)
    }
    line = ""
    hasBlank = false
  }
}

extension String {
  fileprivate var trimmingEnd: String {
    String(self[..<(lastIndex { !$0.isWhitespace }.map { index(after: $0) } ?? startIndex)])
  }
}
