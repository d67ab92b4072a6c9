import Channels
import Contracts
import Crypto
import FoundationEssentials
import HTTPClient
import TestServers
import Testing

/// Files over a real socket: first the address, then the bytes.
@Suite(.timeLimit(.minutes(1))) struct WhatsAppFetchTests {
  private typealias Platform = WhatsAppSendTests.Platform
  private let client = HTTPClient(maximumConcurrentRequests: 4)
  private static let bytes = Array("some bytes".utf8)

  private func fetch(
    _ source: AttachmentSource = .file("77"),
    maximumBytes: Int = 1_000,
    from url: String
  ) async -> FetchOutcome {
    let connection = ConnectionCreated.Private(
      account: "1065",
      appSecret: nil,
      verifyToken: nil,
      accessToken: "t0ken"
    )
    return await WhatsAppChannel(baseURL: url, timeout: .seconds(5)).fetch(
      source,
      in: nil,
      maximumBytes: maximumBytes,
      from: connection,
      using: client
    )
  }

  /// Says where the file is, and then gives it.
  private func platform(
    sha256: String? = SHA256.hash(data: bytes).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(),
    size: String = "10",
    place: String? = nil,
    file: @escaping @Sendable (ServerConnection) -> Void = { $0.respond("200 OK", "some bytes") }
  ) throws -> Platform {
    try Platform(answering: { connection, number, request in
      guard number == 0 else { return file(connection) }
      let checksum = sha256.map { #","sha256":"\#($0)""# } ?? ""
      let host = request.head.split(separator: "\r\n").first { $0.hasPrefix("Host: ") }?.dropFirst(6) ?? ""
      let own = "http://\(host)/file?mid=77"
      connection.respond(
        "200 OK",
        #"{"url":"\#(place ?? own)","mime_type":"image/jpeg; a=b","file_size":\#(size)\#(checksum),"id":"77"}"#
      )
    })
  }

  @Test func theAddressIsAskedForAndThenTheBytes() async throws {
    let platform = try platform()
    #expect(await fetch(from: platform.server.url) == .fetched(bytes: Self.bytes, mediaType: "image/jpeg"))
    #expect(
      platform.requests.map { $0.head.split(separator: "\r\n").first } == [
        "GET /v26.0/77?phone_number_id=1065 HTTP/1.1", "GET /file?mid=77 HTTP/1.1",
      ]
    )
    #expect(platform.requests.allSatisfy { $0.head.contains("Authorization: Bearer t0ken") })
  }

  @Test func theChecksumMayBeBase64AndTheSizeText() async throws {
    let platform = try platform(
      sha256: Data(SHA256.hash(data: Self.bytes)).base64EncodedString(),
      size: #""10""#
    )
    #expect(await fetch(from: platform.server.url) == .fetched(bytes: Self.bytes, mediaType: "image/jpeg"))
  }

  @Test func bytesThatAreNotTheFilesAreRefused() async throws {
    let wrong = FetchOutcome.failed(reason: "wrong-checksum", code: nil)
    let checksum = try platform(sha256: String(repeating: "0", count: 64))
    #expect(await fetch(from: checksum.server.url) == wrong)
    let size = try platform(sha256: nil, size: "11")
    #expect(await fetch(from: size.server.url) == wrong)
  }

  @Test func aFileThatIsTooLargeIsNotRead() async throws {
    let tooLarge = FetchOutcome.failed(reason: "too-large", code: nil)
    let announced = try platform(size: "1001")
    #expect(await fetch(from: announced.server.url) == tooLarge)
    #expect(announced.requests.count == 1)
    let endless = try platform(size: "null") { connection in
      connection.startChunks()
      let chunk = [UInt8](repeating: 0, count: 64 << 10)
      for _ in 0..<64 { connection.chunk(chunk) }
      connection.waitForClose()
    }
    #expect(await fetch(from: endless.server.url) == tooLarge)
  }

  @Test(arguments: [
    "https://example.com/file", "https://fbsbx.com.example.com/file", "http://lookaside.fbsbx.com/file",
    "https://lookaside.fbsbx.com:8443/file", "https://a@lookaside.fbsbx.com/file", "http://127.0.0.1:9/file",
    "file:///etc/passwd", "", "https://",
  ])
  func theTokenIsShownToMetaAlone(place: String) async throws {
    let platform = try platform(place: place)
    #expect(await fetch(from: platform.server.url) == .failed(reason: "unsupported", code: nil))
    #expect(platform.requests.count == 1)
  }

  @Test(arguments: [
    ("400 Bad Request", "100", FetchOutcome.failed(reason: "gone", code: 100)),
    ("401 Unauthorized", "190", .failed(reason: "unauthorised", code: 190)),
    ("400 Bad Request", "4", .notFetched(reason: "throttled", code: 4, retryAfter: nil)),
    ("500 Internal Server Error", "1", .notFetched(reason: "server-error", code: 1, retryAfter: nil)),
    ("404 Not Found", "null", .failed(reason: "gone", code: nil)),
    ("403 Forbidden", "null", .failed(reason: "unauthorised", code: nil)),
    ("302 Found", "null", .failed(reason: "unsupported", code: nil)),
    ("429 Too Many Requests", "null", .notFetched(reason: "throttled", code: nil, retryAfter: .seconds(9))),
    (
      "503 Service Unavailable", "null",
      .notFetched(reason: "server-error", code: nil, retryAfter: .seconds(9))
    ),
    ("200 OK", "null", .notFetched(reason: "server-error", code: nil, retryAfter: .seconds(9))),
  ])
  func theAnswerDecidesWhetherToTryAgain(status: String, code: String, expected: FetchOutcome) async throws {
    let platform = try Platform { connection, _ in
      let headers = code == "null" ? ["Retry-After: 9"] : []
      connection.respond(status, headers: headers, #"{"error":{"code":\#(code)}}"#)
    }
    #expect(await fetch(from: platform.server.url) == expected)
  }

  @Test func aBrokenConnectionMayBeTriedAgain() async throws {
    let broken = try platform { $0.closeNow() }
    #expect(
      await fetch(from: broken.server.url)
        == .notFetched(reason: "connection-lost", code: nil, retryAfter: nil)
    )
  }

  @Test func whatIsNoFileIsNotAskedFor() async throws {
    let platform = try platform()
    #expect(await fetch(.file("../me"), from: platform.server.url) == .failed(reason: "gone", code: nil))
    #expect(await fetch(.part(1), from: platform.server.url) == .failed(reason: "unsupported", code: nil))
    #expect(
      await fetch(.url("https://a.example"), from: platform.server.url)
        == .failed(reason: "unsupported", code: nil)
    )
    #expect(platform.requests.isEmpty)
  }
}
