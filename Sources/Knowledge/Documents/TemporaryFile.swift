import Extraction
import Foundation

/// A file without a name, gone when it is closed or this process ends.
package struct TemporaryFile: Sendable {
  package let descriptor: Int32

  package init() throws(ExtractionError) {
    let folder = FileManager.default.temporaryDirectory
    var path = Array(folder.appendingPathComponent("aigentable-document-XXXXXX").path.utf8CString)
    descriptor = mkstemp(&path)
    guard descriptor >= 0 else {
      throw ExtractionError(.unavailable, "no temporary file can be made, error \(errno)")
    }
    unlink(path)
  }

  package func write(_ bytes: [UInt8]) throws(ExtractionError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
      guard count > 0 else {
        throw ExtractionError(.unavailable, "a temporary file cannot be written, error \(errno)")
      }
      rest = rest.dropFirst(count)
    }
  }

  /// The bytes from `offset` on, at most `count`; none at the end.
  package func read(from offset: Int, atMost count: Int) throws(ExtractionError) -> [UInt8] {
    var length = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      length = pread(descriptor, buffer.baseAddress, count, off_t(offset))
      initialized = max(0, length)
    }
    guard length >= 0 else {
      throw ExtractionError(.unavailable, "a temporary file cannot be read, error \(errno)")
    }
    return bytes
  }

  package func close() { Foundation.close(descriptor) }
}
