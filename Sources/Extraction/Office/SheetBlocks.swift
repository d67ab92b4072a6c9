/// Workbooks (ECMA-376, part 1, section 18): each sheet's rows, said with the names in its first row.
enum SheetBlocks {
  static func extract(_ file: InputFile, _ emit: @escaping Extractor.Emit) throws {
    let package = OfficePackage(file)
    let main = try package.mainPart("xl/workbook.xml")
    let relations = try package.relations(of: main)
    var sheets: [(name: String, part: String)] = []
    let isThere = try package.readXML(main) { node in
      guard case .open("sheet", let attributes) = node, let name = attributes["name"],
        attributes["state"] == nil || attributes["state"] == "visible",
        let part = attributes["id"].flatMap({ relations[$0]?.target })
      else { return }
      sheets.append((name, part))
    }
    guard isThere else { throw ExtractionError(.damaged, "the file is no xlsx: it has no workbook in it") }
    func target(_ type: String) -> String? { relations.values.first { $0.type == type }?.target }
    let strings = try target("sharedStrings").map { try sharedStrings(package, $0) } ?? []
    let dates = try target("styles").map { try SheetDates(package, $0) } ?? SheetDates()
    for (index, sheet) in sheets.enumerated() {
      let rows = TableRows(emit, place: "sheet \(sheet.name)")
      var reader = SheetReader(strings: strings, dates: dates, rows: rows)
      try package.readXML(sheet.part) {
        reader.take($0)
        try rows.finish()
      }
      try rows.finish()
      try emit(.progress(done: index + 1, of: sheets.count))
    }
  }

  private static func sharedStrings(_ package: OfficePackage, _ part: String) throws -> [String] {
    var strings: [String] = []
    var text = ""
    var isText = false
    var phonetic = 0
    try package.readXML(part) { node in
      switch node {
      case .open("si", _): text = ""
      case .open("rPh", _): phonetic += 1
      case .close("rPh"): phonetic -= 1
      case .open("t", _): isText = phonetic == 0
      case .close("t"): isText = false
      case .text(let more): if isText { text += more }
      case .close("si"): strings.append(text)
      default: break
      }
    }
    return strings
  }
}

/// Follows one sheet.
struct SheetReader {
  let strings: [String]
  let dates: SheetDates
  let rows: TableRows
  private var column = 0
  private var kind = ""
  private var style = 0
  private var value = ""
  private var isValue = false

  init(strings: [String], dates: SheetDates, rows: TableRows) {
    self.strings = strings
    self.dates = dates
    self.rows = rows
  }

  mutating func take(_ node: XMLStream.Node) {
    switch node {
    case .open("row", _): column = 0
    case .open("c", let attributes):
      // Cells that are empty are left out; the next says where it stands.
      let stands = attributes["r"].map(Self.column) ?? column
      // A sheet has 16,384 columns.
      while column < min(stands, 16_384) {
        rows.add("")
        column += 1
      }
      kind = attributes["t"] ?? "n"
      style = Int(attributes["s"] ?? "") ?? 0
      value = ""
    case .open("v", _), .open("t", _): isValue = true
    case .close("v"), .close("t"): isValue = false
    case .text(let text): if isValue { value += text }
    case .close("c"):
      rows.add(text)
      column += 1
    case .close("row"): rows.end()
    default: break
    }
  }

  private var text: String {
    switch kind {
    case "s": Int(value).flatMap { strings.indices.contains($0) ? strings[$0] : nil } ?? ""
    case "b": value == "1" ? "yes" : value.isEmpty ? "" : "no"
    case "n": dates.text(of: value, style: style) ?? value
    default: value
    }
  }

  /// From 0; of `C7` it is 2.
  private static func column(_ reference: String) -> Int {
    var column = 0
    for letter in reference.utf8 {
      guard (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(letter), column < 100_000 else { break }
      column = column * 26 + Int(letter - UInt8(ascii: "A")) + 1
    }
    return max(0, column - 1)
  }
}
