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

  @Test func whatBreaksOffIsNotWhole() throws {
    let end = try #require(Self.form.firstRange(of: Array("----b1--".utf8)))
    for count in stride(from: 0, through: end.upperBound - 1, by: 7) {
      var form = try #require(MultipartForm(contentType: "multipart/form-data; boundary=\(Self.boundary)"))
      try form.take(Self.form[..<count]) { _ in }
      #expect(!form.isWhole, "cut at \(count)")
    }
  }
}
