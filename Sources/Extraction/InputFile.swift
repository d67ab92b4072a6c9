import Foundation

/// The file to extract from, open for reading and seekable.
struct InputFile {
  let descriptor: Int32
  let size: Int

  init(descriptor: Int32) throws(ExtractionError) {
    var facts = stat()
    guard fstat(descriptor, &facts) == 0 else {
      throw ExtractionError(.unavailable, "the file cannot be read, error \(errno)")
    }
    self.descriptor = descriptor
    size = Int(facts.st_size)
  }

  /// Calls `body` with the file's bytes, mapped: what is not looked at is not read.
  func withBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) throws -> R {
    guard size > 0 else { return try body(UnsafeRawBufferPointer(start: nil, count: 0)) }
    let map = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0)
    guard let map, map != MAP_FAILED else {
      throw ExtractionError(.tooMuch, "the file's \(size) bytes are more than one extraction may hold")
    }
    defer { munmap(map, size) }
    return try body(UnsafeRawBufferPointer(start: map, count: size))
  }

  func rewind() { lseek(descriptor, 0, SEEK_SET) }

  func first(_ count: Int) throws -> [UInt8] { try withBytes { Array($0.prefix(count)) } }
}
