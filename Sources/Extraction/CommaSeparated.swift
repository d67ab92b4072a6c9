import CCsv

/// Tables of values (RFC 4180), apart by commas, semicolons or tabs.
enum CommaSeparated {
  static func extract(_ file: InputFile, _ emit: @escaping Extractor.Emit) throws {
    let text = try PlainText.text(of: file)
    var parser = csv_parser()
    guard csv_init(&parser, 0) == 0 else {
      throw ExtractionError(.unavailable, "there is no memory for a table")
    }
    defer { csv_free(&parser) }
    csv_set_delim(&parser, delimiter(of: text))
    let rows = TableRows(emit)
    let pointer = Unmanaged.passUnretained(rows).toOpaque()
    let bytes = Array(text.utf8)
    var read = HundredthsRead(emit)
    var start = 0
    while start < bytes.count {
      let length = min(pieceBytes, bytes.count - start)
      let taken = bytes.withUnsafeBytes { whole in
        csv_parse(
          &parser, whole.baseAddress?.advanced(by: start), length,
          { field, length, rows in
            let bytes = UnsafeRawBufferPointer(start: field, count: length)
            TableRows.from(rows)?.add(String(decoding: bytes, as: UTF8.self))
          }, { _, rows in TableRows.from(rows)?.end() }, pointer)
      }
      guard taken == length else {
        throw ExtractionError(.damaged, "the table breaks off at byte \(start + taken)")
      }
      start += length
      try rows.finish()
      try read.note(start, of: bytes.count)
    }
    // A quoted value that nothing ended: the rest of the file would pass for it.
    let isOpen = parser.quoted != 0 && parser.pstate == Self.withinValue
    csv_fini(
      &parser,
      { field, length, rows in
        let bytes = UnsafeRawBufferPointer(start: field, count: length)
        TableRows.from(rows)?.add(String(decoding: bytes, as: UTF8.self))
      }, { _, rows in TableRows.from(rows)?.end() }, pointer)
    try rows.finish()
    guard !isOpen else { throw ExtractionError(.damaged, "the table ends within a quoted value") }
  }

  /// What is parsed before it is told how far the table is read.
  private static let pieceBytes = 64 << 10

  /// The parser's state within a value (`FIELD_BEGUN` of libcsv.c).
  private static let withinValue: Int32 = 2

  /// What is most frequent in the first line.
  private static func delimiter(of text: String) -> UInt8 {
    let line = text.utf8.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
    let candidates = [UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "\t")]
    return candidates.max { a, b in line.count { $0 == a } < line.count { $0 == b } } ?? UInt8(ascii: ",")
  }
}

/// The rows of a table whose first names the columns: each later one says them with its values, so that it
/// can be understood alone.
final class TableRows {
  private let emit: Extractor.Emit
  private let place: String?
  private var names: [String]?
  private var cells: [String] = []
  private var failure: (any Error)?

  init(_ emit: @escaping Extractor.Emit, place: String? = nil) {
    self.emit = emit
    self.place = place
  }

  static func from(_ pointer: UnsafeMutableRawPointer?) -> TableRows? {
    pointer.map { Unmanaged<TableRows>.fromOpaque($0).takeUnretainedValue() }
  }

  func add(_ cell: String) { if failure == nil { cells.append(cell.collapsedBlanks) } }

  func end() {
    defer { cells = [] }
    guard failure == nil, cells.contains(where: { !$0.isEmpty }) else { return }
    guard let names else {
      // Numbers name no column.
      guard cells.allSatisfy({ Double($0) == nil }) else {
        names = []
        return write()
      }
      names = cells
      return write()
    }
    cells = cells.enumerated().compactMap { column, cell in
      if cell.isEmpty { return nil }
      return column < names.count && !names[column].isEmpty ? "\(names[column]): \(cell)" : cell
    }
    write()
  }

  /// Throws what `emit` threw first.
  func finish() throws { if let failure { throw failure } }

  private func write() {
    let text = cells.filter { !$0.isEmpty }.joined(separator: " | ")
    do { try emit(.block(Block(.row, text, place: place))) } catch { failure = error }
  }
}
