/// The files that were uploaded, of at most `capacity` bytes together; the oldest are forgotten for another.
struct StoredMedia: Sendable {
  struct File: Sendable, Equatable {
    let id: String
    let mediaType: String
    let bytes: [UInt8]
  }

  let capacity: Int
  private var files: [File] = []
  private var size = 0
  private var last = 0

  init(capacity: Int) { self.capacity = capacity }

  subscript(id: String) -> File? { files.first { $0.id == id } }

  /// - Parameter bytes: at most `capacity`.
  mutating func store(_ bytes: [UInt8], mediaType: String) -> File {
    last += 1
    // As Meta's ids, a number of many digits.
    let file = File(id: "\(1_000_000_000_000_000 + last)", mediaType: mediaType, bytes: bytes)
    files.append(file)
    size += bytes.count
    while size > capacity { size -= files.removeFirst().bytes.count }
    return file
  }
}
