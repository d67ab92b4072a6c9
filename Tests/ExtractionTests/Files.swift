import CArchive
import Extraction
import Foundation
import TestKit

/// Files made for one test, extracted as the engine does it: in a process of their own.
enum Extraction {
  static func of(
    _ bytes: [UInt8], _ format: DocumentFormat, limits: ExtractionLimits = ExtractionLimits(),
    isCancelled: () -> Bool = { false }
  ) throws -> [Block] {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("extraction-\(UUID())")
    defer { try? FileManager.default.removeItem(at: file) }
    try Data(bytes).write(to: file)
    return try of(file, format, limits: limits, isCancelled: isCancelled)
  }

  static func of(
    _ file: URL, _ format: DocumentFormat, limits: ExtractionLimits = ExtractionLimits(),
    isCancelled: () -> Bool = { false }
  ) throws -> [Block] {
    let handle = try FileHandle(forReadingFrom: file)
    defer { try? handle.close() }
    var blocks: [Block] = []
    try ExtractionProcess.forTests(limits).run(
      format, descriptor: handle.fileDescriptor, isCancelled: isCancelled
    ) { extracted in
      if case .block(let block) = extracted { blocks.append(block) }
    }
    return blocks
  }

  /// The code with which an extraction fails; nil when it does not.
  static func failure(
    _ bytes: [UInt8], _ format: DocumentFormat, limits: ExtractionLimits = ExtractionLimits(),
    isCancelled: () -> Bool = { false }
  ) throws -> ExtractionError.Code? {
    do {
      _ = try of(bytes, format, limits: limits, isCancelled: isCancelled)
      return nil
    } catch let error as ExtractionError { return error.code }
  }
}

enum Zip {
  /// An archive of these parts, deflated.
  static func archive(_ parts: [(name: String, content: String)]) -> [UInt8] {
    archive(parts.map { ($0.name, Array($0.content.utf8)) })
  }

  static func archive(_ parts: [(String, [UInt8])]) -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: 8 << 20)
    var used = 0
    buffer.withUnsafeMutableBytes { room in
      let archive = archive_write_new()
      archive_write_set_format_zip(archive)
      archive_write_open_memory(archive, room.baseAddress, room.count, &used)
      for (name, bytes) in parts {
        let entry = archive_entry_new()
        archive_entry_set_pathname(entry, name)
        archive_entry_set_size(entry, Int64(bytes.count))
        archive_entry_set_filetype(entry, 0o100000)
        archive_write_header(archive, entry)
        _ = bytes.withUnsafeBytes { archive_write_data(archive, $0.baseAddress, $0.count) }
        archive_entry_free(entry)
      }
      archive_write_close(archive)
      archive_write_free(archive)
    }
    return Array(buffer.prefix(used))
  }
}

enum PDF {
  /// Pages of lines, each at its size in points.
  static func document(_ pages: [[(size: Int, text: String)]]) -> [UInt8] {
    var objects: [String] = []
    let kids = pages.indices.map { "\(4 + $0 * 2) 0 R" }.joined(separator: " ")
    objects.append("<</Type/Catalog/Pages 2 0 R>>")
    objects.append("<</Type/Pages/Kids[\(kids)]/Count \(pages.count)>>")
    objects.append("<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>")
    for (index, lines) in pages.enumerated() {
      var y = 780
      var content = "BT "
      for line in lines {
        y -= line.size + 4
        content += "/F1 \(line.size) Tf 1 0 0 1 60 \(y) Tm (\(line.text)) Tj "
      }
      content += "ET"
      objects.append(
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 3 0 R>>>>/Contents \(5 + index * 2) 0 R>>"
      )
      objects.append("<</Length \(content.utf8.count)>>\nstream\n\(content)\nendstream")
    }
    var text = "%PDF-1.4\n"
    var offsets: [Int] = []
    for (index, object) in objects.enumerated() {
      offsets.append(text.utf8.count)
      text += "\(index + 1) 0 obj\n\(object)\nendobj\n"
    }
    let start = text.utf8.count
    text += "xref\n0 \(objects.count + 1)\n0000000000 65535 f \n"
    for offset in offsets { text += String(format: "%010d 00000 n \n", offset) }
    text += "trailer\n<</Size \(objects.count + 1)/Root 1 0 R>>\nstartxref\n\(start)\n%%EOF\n"
    return Array(text.utf8)
  }
}
