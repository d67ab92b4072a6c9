import Foundation
import HTTPClient
import JSON
import TestKit
import Testing

/// A document nearly as large as any may be, through the whole engine.
@Suite struct DocumentMemoryTests {
  /// It goes through the way in, the store and the reader in parts; the engine, which is all of them, holds none whole.
  @Test(.timeLimit(.minutes(4)))
  func aDocumentOf90MegabytesIsTakenAndIndexedInAFractionOfItsSize() async throws {
    try await TestDatabase.with(connections: 2, migrated: false) { database in
      try await Installation.with(database: database.url) { installation in
        let engine = try await installation.serve()
        // What the first document makes room for is there for all others.
        try await installation.indexed(try await installation.upload("Small", filler: 3 << 20))
        // The peak is counted anew from here on (proc(5), clear_refs).
        try "5".write(toFile: "/proc/\(engine.process)/clear_refs", atomically: false, encoding: .utf8)
        let before = try engine.kibibytes("VmRSS")
        let large = try await installation.upload("Large", filler: 90 << 20)
        try await installation.indexed(large)
        let document = try await installation.get("/v1/documents/\(large)")
        #expect((document["bytes"]?.int ?? 0) > 90 << 20)
        #expect(document["chunks"]?.int == 1, "\(document)")
        let peak = try engine.kibibytes("VmHWM")
        #expect(peak - before < 45 << 10, "\(before) KiB before, \(peak) at most")
        #expect(await engine.stop() == 0, "\(engine.printed)")
      }
    }
  }
}

extension Program {
  /// Of its memory, as proc(5) has it under this name.
  fileprivate func kibibytes(_ name: String) throws -> Int {
    let status = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
    let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("\(name):") })
    return try #require(line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) })
  }
}

extension Installation {
  private var authorization: (String, String) {
    ("Authorization", "Bearer \(demo["AIGENTABLE_API_KEY"] ?? "")")
  }

  /// Hands in a page with so many bytes that are no text, so that it is read in no time; returns its id.
  fileprivate func upload(_ title: String, filler: Int) async throws -> String {
    let boundary = "part-of-the-test"
    let comment = Array("<!-- \(String(repeating: "filler ", count: 20_000))-->\n".utf8)
    var body = Array(
      """
      --\(boundary)\r
      Content-Disposition: form-data; name="file"; filename="\(title).html"\r
      \r
      <h1>\(title)</h1>

      """.utf8)
    body.reserveCapacity(filler + (1 << 20))
    let end = body.count + filler
    while body.count < end { body += comment }
    body += Array("<p>The needle.</p>\r\n--\(boundary)--\r\n".utf8)
    let response = try await place.client.send(
      HTTPRequest(
        method: "POST", url: "\(place.engine)/v1/documents",
        headers: [("Content-Type", "multipart/form-data; boundary=\(boundary)"), authorization], body: body,
        timeout: .seconds(120)))
    guard response.status == 202, let id = try JSONValue(parsing: response.body)["id"]?.string else {
      throw TestSetupError("a document was answered with \(response.status)")
    }
    return id
  }
}
