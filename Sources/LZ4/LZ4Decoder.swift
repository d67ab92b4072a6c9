import CLZ4

/// Reads LZ4 frames piece by piece; several may stand one behind the other, as `lz4` allows. Checksums are checked.
/// What comes out of one call is bounded only by what went in (at most 255 times as much), so feed it pieces.
///
/// For one task at a time. After an error it cannot go on.
package final class LZ4Decoder {
  private let context: OpaquePointer
  private let checks: Bool
  /// Whether everything that was begun is complete.
  package private(set) var isAtEnd = true
  private static let piece = 256 << 10

  /// - Parameter checks: whether a wrong checksum is an error; without that, what is there comes out as it is.
  package init(checks: Bool = true) {
    self.checks = checks
    var context: OpaquePointer?
    let code = LZ4F_createDecompressionContext(&context, UInt32(LZ4F_VERSION))
    guard LZ4F_isError(code) == 0, let context else { fatalError("liblz4 has no memory for a context") }
    self.context = context
  }

  deinit { LZ4F_freeDecompressionContext(context) }

  /// Takes more of the frames; returns the content that is known by then.
  package func decode(_ bytes: some Collection<UInt8>) throws(LZ4Error) -> [UInt8] {
    let bytes = Array(bytes)
    var output: [UInt8] = []
    var read = 0
    var isFull = false
    while read < bytes.count || isFull {
      var (taken, made, hint) = (bytes.count - read, 0, 0)
      output += [UInt8](unsafeUninitializedCapacity: Self.piece) { buffer, count in
        made = buffer.count
        hint = bytes.withUnsafeBytes { bytes in
          var options = LZ4F_decompressOptions_t()
          options.skipChecksums = checks ? 0 : 1
          return LZ4F_decompress(
            context, buffer.baseAddress, &made, bytes.baseAddress.map { $0 + read }, &taken, &options)
        }
        count = LZ4F_isError(hint) == 0 ? made : 0
      }
      guard LZ4F_isError(hint) == 0 else {
        throw LZ4Error(.malformed, String(cString: LZ4F_getErrorName(hint)))
      }
      read += taken
      isAtEnd = hint == 0
      // More may be held back than the buffer took.
      isFull = made == Self.piece && !isAtEnd
      if taken == 0, made == 0 { break }
    }
    return output
  }

  /// Everything in `bytes`, which must be whole frames, at least one.
  package static func content(
    of bytes: [UInt8], atMost limit: Int
  ) throws(LZ4Error) -> [UInt8] {
    let decoder = LZ4Decoder()
    var content: [UInt8] = []
    var rest = bytes[...]
    guard !rest.isEmpty else { throw LZ4Error(.truncated, "there are no bytes") }
    while !rest.isEmpty {
      content += try decoder.decode(rest.prefix(64 << 10))
      rest = rest.dropFirst(64 << 10)
      guard content.count <= limit else { throw LZ4Error(.tooLarge, "more than \(limit) bytes come out") }
    }
    guard decoder.isAtEnd else { throw LZ4Error(.truncated, "the frame does not end") }
    return content
  }

  /// What comes out of frames that were damaged, until nothing more does: what was changed comes out changed.
  package static func salvage(_ bytes: [UInt8], atMost limit: Int) -> [UInt8] {
    let decoder = LZ4Decoder(checks: false)
    var content: [UInt8] = []
    // Small pieces: with the one that cannot be read its content is lost.
    for start in stride(from: 0, to: bytes.count, by: 256) where content.count <= limit {
      guard let piece = try? decoder.decode(bytes[start..<min(start + 256, bytes.count)]) else { break }
      content += piece
    }
    return content
  }
}
