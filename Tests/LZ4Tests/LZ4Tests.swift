import Foundation
import LZ4
import Testing

struct LZ4Tests {
  /// Compressible and not, empty, and around the size of a block.
  static let contents: [[UInt8]] = [
    [], [7], Array("the same words, ".utf8), Array(repeating: 0, count: 1 << 20),
    (0..<(256 << 10)).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) },
    (0..<300_000).map { _ in UInt8.random(in: 0...255) },
  ]

  @Test(arguments: contents) func aFrameGivesItsContentBack(content: [UInt8]) throws {
    let frame = LZ4Encoder.frame(content)
    #expect(try LZ4Decoder.content(of: frame, atMost: 4 << 20) == content)
  }

  @Test(arguments: contents) func theCommandReadsFramesAndItsFramesAreRead(content: [UInt8]) throws {
    #expect(try lz4(["-d", "-c"], LZ4Encoder.frame(content)) == content)
    #expect(try LZ4Decoder.content(of: lz4(["-z", "-c"], content), atMost: 4 << 20) == content)
  }

  @Test func piecesOfAnySizeAndFramesBehindEachOtherAreRead() throws {
    let encoder = LZ4Encoder()
    var file: [UInt8] = []
    var content: [UInt8] = []
    for round in 0..<3 {
      for piece in 0..<5 {
        let bytes = (0..<(piece * 20_000)).map { UInt8(truncatingIfNeeded: $0 / (round + 1)) }
        content += bytes
        file += encoder.encode(bytes)
      }
      file += encoder.finish()
    }
    let decoder = LZ4Decoder()
    var read: [UInt8] = []
    var rest = file[...]
    while !rest.isEmpty {
      let size = Int.random(in: 1...5_000)
      read += try decoder.decode(rest.prefix(size))
      rest = rest.dropFirst(size)
    }
    #expect(decoder.isAtEnd)
    #expect(read == content)
  }

  @Test func changedCutOffAndOversizedFramesAreRefused() throws {
    let content = (0..<40_000).map { UInt8(truncatingIfNeeded: $0 * 7 / 5) }
    let frame = LZ4Encoder.frame(content)
    func refusal(_ bytes: [UInt8], atMost limit: Int = 100_000) -> LZ4Error.Code? {
      do {
        _ = try LZ4Decoder.content(of: bytes, atMost: limit)
        return nil
      } catch { return error.code }
    }
    for _ in 0..<200 {
      var changed = frame
      let index = Int.random(in: changed.indices)
      changed[index] ^= UInt8(1 << Int.random(in: 0..<8))
      #expect(refusal(changed) != nil, "byte \(index) was changed unseen")
    }
    for end in [1, 6, 7, 100, frame.count / 2, frame.count - 1] {
      #expect(refusal(Array(frame.prefix(end))) == .truncated)
    }
    #expect(refusal([]) == .truncated)
    #expect(refusal(Array("PK no frame at all".utf8)) == .malformed)
    #expect(refusal(frame, atMost: 39_999) == .tooLarge)
  }

  /// Runs Debian's `lz4`.
  private func lz4(_ arguments: [String], _ input: [UInt8]) throws -> [UInt8] {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("lz4-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let source = folder.appendingPathComponent("in")
    try Data(input).write(to: source)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["lz4", "-q"] + arguments + [source.path]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let bytes = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    return Array(bytes)
  }
}
