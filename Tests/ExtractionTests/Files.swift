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
