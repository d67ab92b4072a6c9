import CXML

/// Web pages: headings, paragraphs, items, rows of tables and code; menus and other furniture are left out.
struct HTMLBlocks {
  private var blocks: [Block] = []
  private var text = ""
  private var kind = Block.Kind.paragraph
  private var level = 0
  private var lists = 0
  private var preformatted = 0
  private struct Table {
    /// Names of its columns; empty while none were met.
    var columns: [String] = []
    /// How many of the next rows a cell above them reaches into.
    var covered = 0
  }
  private struct Row {
    var cells: [String] = []
    /// How many of them are names.
    var names = 0
    /// Which column a cell is of cannot be told by counting: one is of several columns or rows, or of a row above.
    var isSpanned = false
  }
  /// Those that are open. Within a cell there may be another table.
  private var tables: [Table] = []
  private var rows: [Row] = []

  static func extract(_ file: InputFile, _ emit: @escaping Extractor.Emit) throws {
    let blocks = blocks(of: try file.withBytes { Array($0) }, charset: nil)
    var read = HundredthsRead(emit)
    for (index, block) in blocks.enumerated() {
      try emit(.block(block))
      try read.note(index + 1, of: blocks.count)
    }
  }

  /// - Parameter charset: in which the bytes are; nil leaves it to what the page says itself.
  static func blocks(of html: [UInt8], charset: String? = "UTF-8") -> [Block] {
    let options =
      HTML_PARSE_RECOVER.rawValue | HTML_PARSE_NOERROR.rawValue | HTML_PARSE_NOWARNING.rawValue
      | HTML_PARSE_NONET.rawValue
    // Pages that do not say otherwise are UTF-8 when they can be.
    let says = charset ?? (String(validating: html, as: UTF8.self) == nil ? nil : "UTF-8")
    let document = html.withUnsafeBytes {
      htmlReadMemory(
        $0.baseAddress?.assumingMemoryBound(to: CChar.self), Int32($0.count), nil, says, Int32(options))
    }
    guard let document else { return [] }
    defer { xmlFreeDoc(document) }
    var reader = HTMLBlocks()
    reader.walk(xmlDocGetRootElement(document))
    reader.close()
    return reader.blocks
  }

  /// The title that a page gives itself.
  package static func title(of html: [UInt8]) -> String? {
    let options = HTML_PARSE_RECOVER.rawValue | HTML_PARSE_NOERROR.rawValue | HTML_PARSE_NOWARNING.rawValue
    let head = html.prefix(256 << 10)
    let document = head.withUnsafeBytes {
      htmlReadMemory(
        $0.baseAddress?.assumingMemoryBound(to: CChar.self), Int32($0.count), nil,
        String(validating: head, as: UTF8.self) == nil ? nil : "UTF-8", Int32(options))
    }
    guard let document else { return nil }
    defer { xmlFreeDoc(document) }
    var title: String?
    visit(
      xmlDocGetRootElement(document),
      enter: { node in
        guard title == nil, node.pointee.type == XML_ELEMENT_NODE else { return false }
        guard name(node) == "title" else { return true }
        if let content = xmlNodeGetContent(node) {
          title = String(cString: content).collapsedBlanks
          cxml_free(content)
        }
        return false
      }, leave: { _ in })
    return title.flatMap { $0.isEmpty ? nil : $0 }
  }

  private static let furniture: Set<String> = [
    "head", "script", "style", "template", "noscript", "object", "svg", "nav", "iframe", "select", "button",
  ]
  private static let flowing: Set<String> = [
    "a", "abbr", "b", "bdi", "bdo", "cite", "code", "data", "del", "dfn", "em", "font", "i", "img", "ins",
    "kbd", "label", "mark", "q", "s", "samp", "small", "span", "strong", "sub", "sup", "time", "tt", "u",
    "var",
    "wbr",
  ]

  private mutating func walk(_ root: xmlNodePtr?) {
    // Both closures change the same value, one after the other.
    var reader = self
    Self.visit(root, enter: { reader.enter($0) }, leave: { reader.leave($0) })
    self = reader
  }

  /// Without recursion: pages are nested as deep as their writer likes. `enter` says whether to look within.
  private static func visit(
    _ root: xmlNodePtr?, enter: (xmlNodePtr) -> Bool, leave: (xmlNodePtr) -> Void
  ) {
    var node = root
    while let current = node {
      if enter(current), let child = current.pointee.children {
        node = child
        continue
      }
      node = current
      while let done = node {
        leave(done)
        if done == root { return }
        if let next = done.pointee.next {
          node = next
          break
        }
        node = done.pointee.parent
      }
    }
  }

  private static func name(_ node: xmlNodePtr) -> String {
    node.pointee.name.map { String(cString: $0) } ?? ""
  }

  private mutating func enter(_ node: xmlNodePtr) -> Bool {
    switch node.pointee.type {
    case XML_TEXT_NODE, XML_CDATA_SECTION_NODE:
      if let content = node.pointee.content { write(String(cString: content)) }
      return false
    case XML_ELEMENT_NODE: break
    default: return false
    }
    let name = Self.name(node)
    if Self.furniture.contains(name) { return false }
    switch name {
    case "br": text += preformatted > 0 ? "\n" : " "
    case "h1", "h2", "h3", "h4", "h5", "h6": begin(.heading, level: name.last?.wholeNumberValue ?? 1)
    case "li", "dt", "dd": begin(.item, level: max(1, lists))
    case "pre":
      begin(.code)
      preformatted += 1
    case "ul", "ol", "dl":
      begin(.paragraph)
      lists += 1
    case "table":
      begin(.paragraph)
      tables.append(Table())
    case "tr":
      begin(.row)
      rows.append(Row())
    case "td", "th": text = ""
    default: if !Self.flowing.contains(name), tables.isEmpty { begin(kind, level: level) }
    }
    return true
  }

  private mutating func leave(_ node: xmlNodePtr) {
    guard node.pointee.type == XML_ELEMENT_NODE else { return }
    let name = Self.name(node)
    if Self.furniture.contains(name) { return }
    switch name {
    case "h1", "h2", "h3", "h4", "h5", "h6", "li", "dt", "dd": begin(.paragraph)
    case "pre":
      begin(.paragraph)
      preformatted -= 1
    case "ul", "ol", "dl":
      begin(.paragraph)
      lists -= 1
    case "td", "th":
      cell(node, isName: name == "th")
      text = ""
    case "tr":
      if let row = rows.popLast() { text = told(row).filter { !$0.isEmpty }.joined(separator: " | ") }
      begin(.paragraph)
    case "thead", "tbody", "tfoot":
      // No cell reaches beyond these.
      if let table = tables.indices.last { tables[table].covered = 0 }
    case "table":
      begin(rows.isEmpty ? .paragraph : .row)
      _ = tables.popLast()
    default: if !Self.flowing.contains(name), tables.isEmpty { close() }
    }
  }

  private mutating func cell(_ node: xmlNodePtr, isName: Bool) {
    guard let row = rows.indices.last else { return }
    rows[row].cells.append(text.collapsedBlanks)
    if isName { rows[row].names += 1 }
    let (columns, below) = (Self.span(node, "colspan"), Self.span(node, "rowspan"))
    guard columns > 1 || below > 1 else { return }
    rows[row].isSpanned = true
    // The row itself is counted, too.
    if let table = tables.indices.last { tables[table].covered = max(tables[table].covered, below) }
  }

  /// Over how many columns or rows a cell reaches; of 0, which is all that are left, the most there may be.
  private static func span(_ node: xmlNodePtr, _ attribute: String) -> Int {
    guard let value = xmlGetProp(node, attribute) else { return 1 }
    defer { cxml_free(value) }
    let most = 65_534
    guard let span = Int(String(cString: value).trimmedBlanks), span >= 0 else { return 1 }
    return span == 0 ? most : min(span, most)
  }

  /// As a row of a table file is told (`TableRows`): below a row of names alone each value has its column's, so that it can be
  /// understood wherever the table is cut. A row that is divided otherwise, or below names that are, stays as it is.
  private mutating func told(_ row: Row) -> [String] {
    guard let table = tables.indices.last else { return row.cells }
    let isSpanned = row.isSpanned || tables[table].covered > 0
    tables[table].covered = max(0, tables[table].covered - 1)
    if row.names == row.cells.count {
      // One alone is of the rows below it, not of a column.
      if row.names > 1 { tables[table].columns = isSpanned ? [] : row.cells }
    } else if !isSpanned, tables[table].columns.count == row.cells.count {
      return zip(tables[table].columns, row.cells).map { $0.isEmpty || $1.isEmpty ? $1 : "\($0): \($1)" }
    }
    return row.cells
  }

  private mutating func write(_ more: String) { text += more }

  private mutating func begin(_ kind: Block.Kind, level: Int = 0) {
    close()
    self.kind = kind
    self.level = level
  }

  private mutating func close() {
    let whole = kind == .code ? text.trimmedBlanks : text.collapsedBlanks
    if !whole.isEmpty { blocks.append(Block(kind, level: level, whole)) }
    text = ""
  }
}
