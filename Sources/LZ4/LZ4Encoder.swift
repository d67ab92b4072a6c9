import CLZ4

/// Writes one LZ4 frame (lz4_Frame_format.md 1.6.2) piece by piece, as `lz4` reads it: blocks of 256 KiB with a
/// checksum each, and one over the whole content, so that a changed or cut-off file is told from a sound one. Holds
/// about one block.
///
/// For one task at a time.
package final class LZ4Encoder {
  private let context: OpaquePointer
  private var preferences: LZ4F_preferences_t
  private var hasBegun = false
  /// So that a call never asks for more than one buffer of this bound.
  private static let piece = 256 << 10

  package init() {
    var context: OpaquePointer?
    let code = LZ4F_createCompressionContext(&context, UInt32(LZ4F_VERSION))
    guard LZ4F_isError(code) == 0, let context else { fatalError("liblz4 has no memory for a context") }
    self.context = context
    preferences = LZ4F_preferences_t()
    preferences.frameInfo.blockSizeID = LZ4F_max256KB
    preferences.frameInfo.contentChecksumFlag = LZ4F_contentChecksumEnabled
    preferences.frameInfo.blockChecksumFlag = LZ4F_blockChecksumEnabled
  }

  deinit { LZ4F_freeCompressionContext(context) }

  /// Takes more content; returns what of the frame is ready, perhaps nothing yet.
  package func encode(_ bytes: [UInt8]) -> [UInt8] {
    var output = begin()
    bytes.withUnsafeBytes { bytes in
      var rest = bytes[...]
      while !rest.isEmpty {
        let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(Self.piece))
        write(LZ4F_compressBound(piece.count, &preferences), to: &output) { buffer in
          LZ4F_compressUpdate(context, buffer.baseAddress, buffer.count, piece.baseAddress, piece.count, nil)
        }
        rest = rest.dropFirst(piece.count)
      }
    }
    return output
  }

  /// Returns the end of the frame. What is encoded afterwards begins another one, which may stand right behind it.
  package func finish() -> [UInt8] {
    var output = begin()
    write(LZ4F_compressBound(0, &preferences), to: &output) { buffer in
      LZ4F_compressEnd(context, buffer.baseAddress, buffer.count, nil)
    }
    hasBegun = false
    return output
  }

  /// A whole frame.
  package static func frame(_ bytes: [UInt8]) -> [UInt8] {
    let encoder = LZ4Encoder()
    return encoder.encode(bytes) + encoder.finish()
  }

  private func begin() -> [UInt8] {
    guard !hasBegun else { return [] }
    hasBegun = true
    var output: [UInt8] = []
    write(Int(LZ4F_HEADER_SIZE_MAX), to: &output) { buffer in
      LZ4F_compressBegin(context, buffer.baseAddress, buffer.count, &preferences)
    }
    return output
  }

  /// The only failure that the library knows here is a buffer below the bound that it gave itself.
  private func write(
    _ bound: Int, to output: inout [UInt8], _ body: (UnsafeMutableRawBufferPointer) -> Int
  ) {
    output += [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
      count = body(UnsafeMutableRawBufferPointer(buffer))
      precondition(LZ4F_isError(count) == 0, "lz4: \(String(cString: LZ4F_getErrorName(count)))")
    }
  }
}
