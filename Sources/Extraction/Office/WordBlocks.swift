/// Word documents (ECMA-376, part 1, section 17): body, tables, text boxes, then foot- and endnotes.
enum WordBlocks {
  static func extract(_ file: InputFile, _ emit: @escaping Extractor.Emit) throws {
    let package = OfficePackage(file)
    let main = try package.mainPart("word/document.xml")
    let relations = try package.relations(of: main).values
    func target(_ type: String) -> String? { relations.first { $0.type == type }?.target }
    let styles = try target("styles").map { try WordStyles(package, $0) } ?? WordStyles()
    var reader = WordReader(styles: styles)
    var read = HundredthsRead(emit)
    let body: Void? = try package.withPart(main) { part in
      try XMLStream.read(part) { node in
        for block in reader.take(node) {
          try emit(.block(block))
          if let size = part.size { try read.note(part.unfolded, of: size) }
        }
      }
    }
    try read.note(1, of: 1)
    guard body != nil else {
      throw ExtractionError(.damaged, "the file is no docx: it has no document in it")
    }
    for notes in ["footnotes", "endnotes"].compactMap(target) {
      var reader = WordReader(styles: styles)
      try package.readXML(notes) { for block in reader.take($0) { try emit(.block(block)) } }
    }
  }
}

/// Which styles are headings, and of which level.
struct WordStyles {
  private var levels: [String: Int] = [:]

  init() {}

  init(_ package: OfficePackage, _ part: String) throws {
    var id: String?
    var levels = levels
    try package.readXML(part) { node in
      switch node {
      case .open("style", let attributes): id = attributes["styleId"]
      case .open("name", let attributes):
        if let id, let level = attributes["val"].flatMap(Self.level) { levels[id] = level }
      case .open("outlineLvl", let attributes):
        if let id, levels[id] == nil, let level = attributes["val"].flatMap({ Int($0) }), level < 6 {
          levels[id] = level + 1
        }
      default: break
      }
    }
    self.levels = levels
  }

  func level(_ style: String) -> Int? { levels[style] ?? Self.level(style) }

  private static func level(_ name: String) -> Int? {
    let name = name.lowercased().filter { !$0.isWhitespace }
    if name == "title" { return 1 }
    guard name.hasPrefix("heading"), let level = Int(name.dropFirst(7)), level > 0 else { return nil }
    return min(level, 6)
  }
}

/// Follows a part of a Word document. Paragraphs may lie within paragraphs: text boxes.
struct WordReader {
  private struct Paragraph {
    var text = ""
    var level: Int?
    var list: Int?
  }

  let styles: WordStyles
  private var open: [Paragraph] = []
  /// The rows of the tables that are open, with the cells that are whole.
  private var rows: [[String]] = []
  private var cells: [[String]] = []
  /// In something whose text does not count.
  private var hidden = 0
  private var isText = false

  init(styles: WordStyles) { self.styles = styles }

  mutating func take(_ node: XMLStream.Node) -> [Block] {
    switch node {
    case .open(let name, let attributes): open(name, attributes)
    case .text(let text): if isText, hidden == 0, !open.isEmpty { open[open.count - 1].text += text }
    case .close(let name): return close(name)
    }
    return []
  }

  private mutating func open(_ name: String, _ attributes: XMLStream.Attributes) {
    switch name {
    // What older programs show instead, what was struck out, and notes that only draw a line.
    case "Fallback", "del", "moveFrom": hidden += 1
    case "p": open.append(Paragraph())
    case "t": isText = true
    case "tab": if !open.isEmpty { open[open.count - 1].text += "\t" }
    case "br", "cr": if hidden == 0, !open.isEmpty { open[open.count - 1].text += "\n" }
    case "noBreakHyphen": if hidden == 0, !open.isEmpty { open[open.count - 1].text += "\u{2011}" }
    case "pStyle":
      if !open.isEmpty { open[open.count - 1].level = attributes["val"].flatMap { styles.level($0) } }
    case "ilvl": if !open.isEmpty { open[open.count - 1].list = Int(attributes["val"] ?? "") }
    case "numId": if !open.isEmpty, open[open.count - 1].list == nil { open[open.count - 1].list = 0 }
    case "tr": rows.append([])
    case "tc": cells.append([])
    default: break
    }
  }

  private mutating func close(_ name: String) -> [Block] {
    switch name {
    case "Fallback", "del", "moveFrom": hidden -= 1
    case "t": isText = false
    case "p":
      guard let paragraph = open.popLast() else { break }
      let text = paragraph.text.trimmedBlanks
      guard !text.isEmpty, hidden == 0 else { break }
      if !cells.isEmpty {
        cells[cells.count - 1].append(text.collapsedBlanks)
      } else if let level = paragraph.level {
        return [Block(.heading, level: level, text)]
      } else if let list = paragraph.list {
        return [Block(.item, level: min(list + 1, 9), text)]
      } else {
        return [Block(.paragraph, text)]
      }
    case "tc":
      let cell = cells.popLast() ?? []
      if !rows.isEmpty { rows[rows.count - 1].append(cell.joined(separator: " ")) }
    case "tr":
      let row = (rows.popLast() ?? []).filter { !$0.isEmpty }.joined(separator: " | ")
      guard !row.isEmpty else { break }
      if cells.isEmpty { return [Block(.row, row)] }
      cells[cells.count - 1].append(row)
    default: break
    }
    return []
  }
}
