import CArchive
import Foundation

/// The zip archive that an Office file is (ECMA-376, part 2), read by libarchive.
struct OfficePackage {
  /// All parts together may unfold to so many bytes.
  static let maximumUnfolded = 1 << 30
  static let maximumParts = 20_000

  private let file: InputFile

  init(_ file: InputFile) { self.file = file }

  /// Calls `body` with a part that can be read once, from its start; nil where there is no such part.
  func withPart<R>(_ name: String, _ body: (PartReader) throws -> R) throws -> R? {
    let wanted = name.hasPrefix("/") ? String(name.dropFirst()) : name
    return try withArchive { archive in
      var entry: OpaquePointer?
      for _ in 0..<Self.maximumParts {
        let result = archive_read_next_header(archive, &entry)
        if result == ARCHIVE_EOF { return nil }
        guard result == ARCHIVE_OK || result == ARCHIVE_WARN else { throw Self.damaged(archive) }
        guard let path = archive_entry_pathname(entry), String(cString: path) == wanted else { continue }
        if archive_entry_is_encrypted(entry) != 0 {
          throw ExtractionError(.encrypted, "the file is encrypted")
        }
        let size = archive_entry_size_is_set(entry) != 0 ? Int(archive_entry_size(entry)) : nil
        return try body(PartReader(archive: archive, size: size))
      }
      throw ExtractionError(.tooMuch, "the file has more than \(Self.maximumParts) parts")
    }
  }

  private func withArchive<R>(_ body: (OpaquePointer) throws -> R) throws -> R {
    guard let archive = archive_read_new() else {
      throw ExtractionError(.unavailable, "there is no memory for an archive")
    }
    defer { archive_read_free(archive) }
    archive_read_support_format_zip_seekable(archive)
    return try file.withBytes { bytes in
      guard archive_read_open_memory(archive, bytes.baseAddress, bytes.count) == ARCHIVE_OK else {
        throw Self.damaged(archive)
      }
      return try body(archive)
    }
  }

  fileprivate static func damaged(_ archive: OpaquePointer) -> ExtractionError {
    let why = archive_error_string(archive).map { ": " + String(cString: $0) } ?? ""
    return ExtractionError(.damaged, "the file is damaged or truncated\(why)")
  }
}

/// A part while it is read.
final class PartReader {
  private let archive: OpaquePointer
  /// Of the part unfolded, as the archive says, which may lie; nil when it does not say.
  let size: Int?
  /// How many bytes were read.
  private(set) var unfolded = 0
  private(set) var failure: ExtractionError?

  fileprivate init(archive: OpaquePointer, size: Int?) {
    self.archive = archive
    self.size = size
  }

  /// Returns how many bytes were written to `buffer`; 0 at the end, -1 after a failure.
  func read(into buffer: UnsafeMutableRawPointer, _ length: Int) -> Int {
    let count = archive_read_data(archive, buffer, length)
    guard count >= 0 else {
      failure = OfficePackage.damaged(archive)
      return -1
    }
    unfolded += count
    guard unfolded <= OfficePackage.maximumUnfolded else {
      failure = ExtractionError(
        .tooMuch, "the file unfolds to more than \(OfficePackage.maximumUnfolded) bytes")
      return -1
    }
    return count
  }
}
