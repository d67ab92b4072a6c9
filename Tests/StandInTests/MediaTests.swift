import Crypto
import HTTPClient
import JSON
import StandIn
import TestServers
import Testing

@Suite("media")
struct MediaTests {
  private let authorization = [("Authorization", "Bearer token")]

  @Test func givesBackWhatWasUploaded() async throws {
    try await RunningStandIn.with { standIn async throws in
      // Bytes that look like the form's own.
      let bytes = (0...255).map { UInt8($0) } + Array("\r\n--a\r\n\r\n --b".utf8)
      let id = try #require(try await standIn.upload(bytes, "image/png"))
      let described = try await standIn.call("GET", "/v26.0/\(id)", headers: authorization).json
      #expect(described["mime_type"]?.string == "image/png")
      #expect(described["file_size"]?.int == Int64(bytes.count))
      let digest = SHA256.hash(data: bytes).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
      #expect(described["sha256"]?.string == digest)
      let url = try #require(described["url"]?.string)
      #expect(url.hasPrefix(standIn.url))
      let path = String(url.dropFirst(standIn.url.count))
      #expect(try await standIn.call("GET", path).status == 401)
      let file = try await standIn.call("GET", path, headers: authorization)
      #expect(file.body == bytes)
      #expect(file.headers["Content-Type"] == "image/png")
    }
  }

  @Test func sendsAFileThatWasUploaded() async throws {
    try await RunningStandIn.with { standIn async throws in
      let id = try #require(try await standIn.upload([1], "image/png"))
      let body = #"{"messaging_product":"whatsapp","to":"15550100","type":"image","image":{"id":"\#(id)"}}"#
      #expect(try await standIn.send(body).status == 200)
    }
  }

  /// "Supported media types": each has a longest file of its own.
  @Test(arguments: [("image/png", 5 << 20), ("image/webp", 500 << 10)])
  func aFileHasTheSizeThatItsTypeMayHave(type: String, maximum: Int) async throws {
    try await RunningStandIn.with { standIn async throws in
      #expect(try await standIn.upload([UInt8](repeating: 1, count: maximum), type) != nil)
      let bytes = [UInt8](repeating: 1, count: maximum + 1)
      let form = Array(
        ("--b\r\nContent-Disposition: form-data; name=\"messaging_product\"\r\n\r\nwhatsapp\r\n"
          + "--b\r\nContent-Disposition: form-data; name=\"type\"\r\n\r\n\(type)\r\n"
          + "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n").utf8)
      let answer = try await standIn.uploadForm(form + bytes + Array("\r\n--b--\r\n".utf8))
      #expect(try answer.status == 400 && answer.json["error"]?["code"]?.int == 131053)
    }
  }

  @Test func forgetsTheOldestBeyondItsCapacity() async throws {
    try await RunningStandIn.with(StandInOptions(mediaCapacity: 16 << 20)) { standIn async throws in
      let first = try #require(
        try await standIn.upload([UInt8](repeating: 1, count: 9 << 20), "application/pdf"))
      let second = try #require(
        try await standIn.upload([UInt8](repeating: 1, count: 9 << 20), "application/pdf"))
      #expect(try await standIn.call("GET", "/v26.0/\(first)", headers: authorization).status == 400)
      #expect(try await standIn.call("GET", "/v26.0/\(second)", headers: authorization).status == 200)
      #expect(try await standIn.uploadForm([UInt8](repeating: 1, count: (16 << 20) + 1)).status == 413)
    }
  }

  @Test(arguments: [
    ("", "multipart/form-data; boundary=b"), ("--b--", "multipart/form-data; boundary=b"),
    ("--b\r\n", "multipart/form-data; boundary=b"), ("x", "multipart/form-data"), ("{}", "application/json"),
    (
      "--b\r\nContent-Disposition: form-data; name=\"messaging_product\"\r\n\r\nwhatsapp\r\n--b--\r\n",
      "multipart/form-data; boundary=b"
    ),
    (
      "--b\r\nContent-Disposition: form-data; name=\"messaging_product\"\r\n\r\nwhatsapp\r\n"
        + "--b\r\nContent-Disposition: form-data; name=\"type\"\r\n\r\nimage/gif\r\n--b--\r\n",
      "multipart/form-data; boundary=b"
    ),
  ])
  func refusesAFormThatIsNone(form: String, type: String) async throws {
    try await RunningStandIn.with { standIn async throws in
      #expect(try await standIn.uploadForm(Array(form.utf8), type: type).status == 400)
    }
  }

  @Test func knowsNoFileThatWasNotUploaded() async throws {
    try await RunningStandIn.with { standIn async throws in
      let answer = try await standIn.call("GET", "/v26.0/77", headers: authorization)
      #expect(answer.status == 400)
      #expect(try answer.json["error"]?["code"]?.int == 100)
      #expect(try await standIn.call("GET", "/v26.0/77").status == 401)
    }
  }
}
