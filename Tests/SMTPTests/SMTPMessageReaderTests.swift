import TestKit
import Testing

@testable import SMTP

@Suite struct SMTPMessageReaderTests {
  @Test(arguments: [
    (".\r\n", ""),
    ("a\r\n.\r\n", "a\r\n"),
    ("..\r\n.\r\n", ".\r\n"),
    (".a\r\n.\r\n", "a\r\n"),
    ("a.\r\n.\r\n", "a.\r\n"),
    (".\ra\r\n.\r\n", "\ra\r\n"),
    ("\r\n\r\n.\r\n", "\r\n\r\n"),
    ("a\r\r\n.\r\n", "a\r\r\n"),
  ])
  func dotsThatWerePutBeforeOthersAreTakenOff(sent: String, message: String) {
    var reader = SMTPMessageReader(maximumBytes: 100)
    #expect(read(Array(sent.utf8), by: &reader) == sent.utf8.count)
    #expect(String(decoding: reader.bytes, as: UTF8.self) == message)
    #expect(!reader.hasBareLineFeed)
  }

  /// Anything, stuffed as RFC 5321 says and cut anywhere, comes out as it was.
  @Test func whatWasStuffedComesOutHoweverItIsCut() {
    let seed = LogRandom.seed(for: "smtp message")
    var random = LogRandom(seed: seed)
    let dot = UInt8(ascii: ".")
    let bytes: [UInt8] = [dot, UInt8(ascii: "a"), 0, 0xFF, UInt8(ascii: "\t")]
    for _ in 0..<2_000 {
      var message: [UInt8] = []
      var sent: [UInt8] = []
      for _ in 0..<Int.random(in: 0...8, using: &random) {
        var line: [UInt8] = []
        for _ in 0..<Int.random(in: 0...6, using: &random) {
          line.append(bytes[Int.random(in: bytes.indices, using: &random)])
        }
        if line.first == dot { sent.append(dot) }
        line += [13, 10]
        message += line
        sent += line
      }
      sent += [dot, 13, 10]
      var reader = SMTPMessageReader(maximumBytes: 1_000)
      var rest = (sent + Array("NOOP\r\n".utf8))[...]
      var used = 0
      while !rest.isEmpty {
        let piece = Array(rest.prefix(Int.random(in: 1...5, using: &random)))
        if let end = read(piece, by: &reader) {
          used += end
          break
        }
        used += piece.count
        rest = rest.dropFirst(piece.count)
      }
      #expect(reader.bytes == message)
      #expect(used == sent.count)
      #expect(reader.length == sent.count)
    }
  }

  @Test func whatIsTooLongIsReadToItsEndAndNotKept() {
    var reader = SMTPMessageReader(maximumBytes: 10)
    #expect(read(Array("12345678901234567890\r\n.\r\n".utf8), by: &reader) == 25)
    #expect(reader.isTooLarge)
    #expect(reader.bytes.isEmpty)
  }

  private func read(_ bytes: [UInt8], by reader: inout SMTPMessageReader) -> Int? {
    bytes.withUnsafeBufferPointer { reader.read($0) }
  }
}
