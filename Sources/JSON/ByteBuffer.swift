/// A growing run of bytes that is written at its end only: what an array would do, less its checks at each
/// byte.
struct ByteBuffer: ~Copyable {
  private(set) var bytes: UnsafeMutablePointer<UInt8>
  private(set) var count = 0
  private var capacity: Int

  init(capacity: Int) {
    self.bytes = .allocate(capacity: capacity)
    self.capacity = capacity
  }

  deinit {
    bytes.deallocate()
  }

  /// The last byte; 0 when empty.
  var last: UInt8 {
    @inline(__always) get { count == 0 ? 0 : bytes[count - 1] }
  }

  var array: [UInt8] { Array(UnsafeBufferPointer(start: bytes, count: count)) }

  /// Makes room for more bytes; returns where to write them. `wrote` says how many were.
  @inline(__always)
  mutating func room(_ more: Int) -> UnsafeMutablePointer<UInt8> {
    if capacity - count < more { grow(more) }
    return bytes + count
  }

  @inline(__always)
  mutating func wrote(_ more: Int) {
    count += more
  }

  @inline(__always)
  mutating func append(_ byte: UInt8) {
    room(1).pointee = byte
    count += 1
  }

  mutating func append(_ source: UnsafeBufferPointer<UInt8>) {
    guard let start = source.baseAddress else { return }
    room(source.count).update(from: start, count: source.count)
    count += source.count
  }

  mutating func append(_ text: StaticString) {
    append(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  /// Drops the last bytes.
  mutating func truncate(to count: Int) {
    self.count = min(self.count, count)
  }

  @inline(never)
  private mutating func grow(_ more: Int) {
    capacity = max(capacity * 2, count + more)
    let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
    larger.update(from: bytes, count: count)
    bytes.deallocate()
    bytes = larger
  }
}
