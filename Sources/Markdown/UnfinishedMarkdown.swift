extension Markdown {
  /// As `html`, of a text that is still being written: what is open is shown as if it ended here, and what may yet turn
  /// out to be a mark is held back, so that nothing shown has to be taken back but for the rarest marks.
  package static func html(unfinished text: String) -> String { html(UnfinishedMarkdown.closed(text)) }
}

/// The beginning of a Markdown text, made into one of its own.
struct UnfinishedMarkdown {
  /// A run of `*`, `_` or `~` that opens, and is not closed yet.
  private struct Mark {
    let byte: UInt8
    var length: Int
    let end: Int
    var start: Int { end - length }
  }

  /// Links whose texts are longer are not expected: a bracket that is open for longer is one.
  private static let maximumLinkText = 200

  private let bytes: [UInt8]
  private var end: Int
  private var fence: Mark?
  /// Where the last paragraph, heading or item begins.
  private var block = 0
  private var marks: [Mark] = []
  private var brackets: [Int] = []
  /// How many backticks opened the code in which the text ends.
  private var ticks = 0

  static func closed(_ text: String) -> String {
    var scan = Self(bytes: Array(text.utf8), end: text.utf8.count)
    scan.readLines()
    if scan.fence != nil { return String(decoding: scan.bytes[..<scan.end], as: UTF8.self) }
    scan.readInlines()
    return scan.closed()
  }

  private init(bytes: [UInt8], end: Int) {
    self.bytes = bytes
    self.end = end
  }

  // MARK: lines

  private mutating func readLines() {
    var start = 0
    while start < end {
      let stop = bytes[start..<end].firstIndex(of: UInt8(ascii: "\n")) ?? end
      let isLast = stop == end
      let line = bytes[start..<stop].drop { $0 == UInt8(ascii: " ") }
      let mark = line.first ?? 0
      let run = line.prefix { $0 == mark }.count
      if let open = fence {
        let isOfMarks = mark == open.byte && line.dropFirst(run).allSatisfy(Self.isSpace)
        if isOfMarks, run >= open.length {
          fence = nil
          block = min(stop + 1, end)
        } else if isOfMarks, isLast {
          end = start
        }
      } else if mark == UInt8(ascii: "`") || mark == UInt8(ascii: "~"), run >= 3,
        !line.dropFirst(run).contains(UInt8(ascii: "`"))
      {
        if isLast { end = start } else { fence = Mark(byte: mark, length: run, end: start + run) }
        block = start
      } else if isLast, Self.isOfMarksAlone(line) {
        // An item, a heading or a rule that begins, or what makes a heading of the line before.
        end = start
      } else if line.isEmpty {
        block = min(stop + 1, end)
      } else if Self.beginsBlock(line) {
        block = start
      }
      start = stop + 1
    }
  }

  private static func isOfMarksAlone(_ line: ArraySlice<UInt8>) -> Bool {
    let rest = line.drop { "0123456789".utf8.contains($0) }
    if rest.startIndex > line.startIndex {
      return rest.first.map { ".)".utf8.contains($0) } ?? true && rest.dropFirst().allSatisfy(isSpace)
    }
    return line.allSatisfy { "-=*_#>+`~! ".utf8.contains($0) }
  }

  private static func beginsBlock(_ line: ArraySlice<UInt8>) -> Bool {
    guard let first = line.first else { return false }
    if "#>".utf8.contains(first) { return true }
    if "-*+".utf8.contains(first) { return line.dropFirst().first.map(isSpace) ?? true }
    let rest = line.drop { "0123456789".utf8.contains($0) }
    return rest.startIndex > line.startIndex && rest.first.map { ".)".utf8.contains($0) } == true
  }

  // MARK: within the last block

  private mutating func readInlines() {
    var at = block
    while at < end {
      switch bytes[at] {
      case UInt8(ascii: "\\"):
        if at + 1 == end { end = at } else { at += 2 }
      case UInt8(ascii: "`"): at = afterCode(at)
      case UInt8(ascii: "*"), UInt8(ascii: "_"), UInt8(ascii: "~"): at = afterMark(at)
      case UInt8(ascii: "["):
        brackets.append(at)
        at += 1
      case UInt8(ascii: "]"): at = afterBracket(at)
      // Of an image.
      case UInt8(ascii: "!") where at + 1 == end: end = at
      default: at += 1
      }
    }
  }

  private func run(_ at: Int) -> Int { bytes[at..<end].prefix { $0 == bytes[at] }.count }

  private mutating func afterCode(_ at: Int) -> Int {
    let length = run(at)
    if at + length == end {
      end = at
      return at
    }
    var next = at + length
    while next < end {
      guard bytes[next] == bytes[at] else {
        next += 1
        continue
      }
      let closing = run(next)
      if closing == length { return next + closing }
      // It may yet grow into the closing one.
      if next + closing == end, closing < length {
        end = next
        break
      }
      next += closing
    }
    ticks = length
    return end
  }

  private mutating func afterMark(_ at: Int) -> Int {
    let length = run(at)
    let next = at + length
    let before: UInt8? = at > block ? bytes[at - 1] : nil
    let followsText = before.map { !Self.isSpace($0) } ?? false
    if next == end {
      // May open, close or grow; what it closes is closed below.
      end = at
      return at
    }
    if followsText, let open = marks.lastIndex(where: { $0.byte == bytes[at] }) {
      marks.removeSubrange((open + 1)...)
      if marks[open].length <= length {
        marks.removeLast()
      } else {
        let rest = marks[open]
        marks[open] = Mark(byte: rest.byte, length: rest.length - length, end: rest.end - length)
      }
    } else if !Self.isSpace(bytes[next]), !followsText || before.map(Self.isPunctuation) == true,
      bytes[at] != UInt8(ascii: "~") || length == 2
    {
      marks.append(Mark(byte: bytes[at], length: length, end: next))
    }
    return next
  }

  private mutating func afterBracket(_ at: Int) -> Int {
    guard !brackets.isEmpty else { return at + 1 }
    guard at + 1 < end else {
      end = at
      return at
    }
    if bytes[at + 1] == UInt8(ascii: "(") {
      guard let close = bytes[at..<end].firstIndex(of: UInt8(ascii: ")")) else {
        // An address that is half there would lead elsewhere.
        end = at
        return at
      }
      brackets.removeLast()
      return close + 1
    }
    brackets.removeLast()
    return at + 1
  }

  // MARK: the end

  private func closed() -> String {
    var hidden: Set<Int> = []
    for open in brackets where open < end && end - open <= Self.maximumLinkText {
      hidden.insert(open)
      if open > block, bytes[open - 1] == UInt8(ascii: "!") { hidden.insert(open - 1) }
    }
    var end = self.end
    var marks = self.marks
    // What opens and has nothing in it yet.
    while let last = marks.last,
      (min(last.end, end)..<end).allSatisfy({ hidden.contains($0) || Self.isSpace(bytes[$0]) })
    {
      end = min(end, last.start)
      marks.removeLast()
    }
    var shown: [UInt8] = []
    for at in 0..<end where !hidden.contains(at) { shown.append(bytes[at]) }
    while let last = shown.last, Self.isSpace(last) { shown.removeLast() }
    shown += Array(repeating: UInt8(ascii: "`"), count: ticks)
    for mark in marks.reversed() { shown += Array(repeating: mark.byte, count: mark.length) }
    return String(decoding: shown, as: UTF8.self)
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

  private static func isPunctuation(_ byte: UInt8) -> Bool {
    (0x21...0x2F).contains(byte) || (0x3A...0x40).contains(byte) || (0x5B...0x60).contains(byte)
      || (0x7B...0x7E).contains(byte)
  }
}
