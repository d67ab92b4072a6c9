import Foundation
import Testing

@testable import API

@Suite struct MultipartFormTests {
  private static let boundary = "--b1"
  /// What nearly is a boundary stands in the file, and at its end.
  private static let file = "one\r\n----b\r\n--\r\n----b2\r\n-\r\n----b"
  private static let form = Array(
    """
    preamble\r
    ----b1\r
    Content-Disposition: form-data; name="title"\r
    \r
    A title\r
    ----b1\r
    Content-Disposition: form-data; name="file"; filename="a.txt"\r
    Content-Type: text/plain\r
    \r
    \(file)\r
    ----b1--\r
    epilogue
    """.utf8)

  /// The parts with what they hold, of a form that comes in these pieces.
  private func parts(_ pieces: [ArraySlice<UInt8>]) throws -> [String] {
    var form = try #require(MultipartForm(contentType: "multipart/form-data; boundary=\(Self.boundary)"))
    var parts: [String] = []
    for piece in pieces {
      try form.take(piece) { given in
        switch given {
        case .part(let name, let fileName, let type): parts.append("\(name) \(fileName ?? "") \(type ?? "") ")
        case .data(let bytes): parts[parts.count - 1] += String(decoding: bytes, as: UTF8.self)
        case .end: parts.append("end")
        }
      }
    }
    #expect(form.isWhole)
    return parts
  }

  @Test func whereverItIsCutTheSameIsRead() throws {
    let whole = ["title   A title", "file a.txt text/plain \(Self.file)", "end"]
    #expect(try parts([Self.form[...]]) == whole)
    for cut in Self.form.indices {
      #expect(try parts([Self.form[..<cut], Self.form[cut...]]) == whole, "cut at \(cut)")
    }
    #expect(try parts(Self.form.indices.map { Self.form[$0...$0] }) == whole)
  }

  /// Bodies of nothing but beginnings of a boundary, in pieces that cut it anywhere.
  @Test(arguments: ["\r", "\r\n", "\r\n--", "\r\n----b", "\r\n----b\r\n----", "-"])
  func whatAlmostIsABoundaryComesThroughAsItIs(unit: String) throws {
    let body = Array(String(repeating: unit, count: 3_000).utf8)
    let whole =
      Array("------b1\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n".utf8.dropFirst(2)) + body
      + Array("\r\n----b1--\r\n".utf8)
    for size in [1, 2, 5, 7, 4_096, whole.count] {
      var form = try #require(MultipartForm(contentType: "multipart/form-data; boundary=\(Self.boundary)"))
      var data: [UInt8] = []
      for start in stride(from: 0, to: whole.count, by: size) {
        try form.take(whole[start..<min(whole.count, start + size)]) { piece in
          if case .data(let bytes) = piece { data += bytes }
        }
      }
      #expect(form.isWhole && data == body, "in pieces of \(size)")
    }
  }

  @Test func whatBreaksOffIsNotWhole() throws {
    let end = try #require(Self.form.firstRange(of: Array("----b1--".utf8)))
    for count in stride(from: 0, through: end.upperBound - 1, by: 7) {
      var form = try #require(MultipartForm(contentType: "multipart/form-data; boundary=\(Self.boundary)"))
      try form.take(Self.form[..<count]) { _ in }
      #expect(!form.isWhole, "cut at \(count)")
    }
  }
}
