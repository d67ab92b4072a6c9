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
