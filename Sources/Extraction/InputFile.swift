import Foundation

/// What is extracted from: a file, or a part of one that was decoded already.
struct InputFile {
  private enum Source {
    /// Open for reading and seekable.
    case descriptor(Int32)
    case bytes([UInt8])
  }

  private let source: Source
  let size: Int

  init(descriptor: Int32) throws(ExtractionError) {
    var facts = stat()
    guard fstat(descriptor, &facts) == 0 else {
      throw ExtractionError(.unavailable, "the file cannot be read, error \(errno)")
    }
    source = .descriptor(descriptor)
    size = Int(facts.st_size)
  }

  init(_ bytes: [UInt8]) {
    source = .bytes(bytes)
    size = bytes.count
  }

  /// Calls `body` with the bytes, of a file mapped: what is not looked at is not read.
  func withBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
    switch source {
    case .bytes(let bytes): return try bytes.withUnsafeBytes(body)
    case .descriptor(let descriptor):
      guard size > 0 else { return try body(UnsafeRawBufferPointer(start: nil, count: 0)) }
      let map = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0)
      guard let map, map != MAP_FAILED else {
        throw ExtractionError(.tooMuch, "the file's \(size) bytes are more than one extraction may hold")
      }
      defer { munmap(map, size) }
      return try body(UnsafeRawBufferPointer(start: map, count: size))
    }
  }

  func first(_ count: Int) throws -> [UInt8] { try withBytes { Array($0.prefix(count)) } }
}
