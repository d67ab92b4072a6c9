import Channels
import HTTPClient
import TestServers
import Testing

/// Files over a real socket.
@Suite(.timeLimit(.minutes(1))) struct MessengerFetchTests {
  let client = HTTPClient(maximumConcurrentRequests: 4)

  func fetch(_ source: AttachmentSource, _ base: String, maximumBytes: Int = 100) async -> FetchOutcome {
    await MessengerChannel(baseURL: base, timeout: .seconds(5)).fetch(
      source, in: nil, maximumBytes: maximumBytes, from: MessengerServer.secrets(), using: client)
  }

  @Test func aFileIsFetchedWithoutTheToken() async throws {
    let server = try MessengerServer { connection, _ in
      connection.respond(headers: ["Content-Type: Image/PNG; x=y"], "bytes")
    }
    #expect(
      await fetch(.url(server.url + "/a?b=c"), server.url)
        == .fetched(bytes: Array("bytes".utf8), mediaType: "image/png"))
    #expect(!server.requests[0].head.contains("t0ken"))
    #expect(
      await fetch(.url(server.url + "/a"), server.url, maximumBytes: 4)
        == .failed(reason: "too-large", code: nil))
  }

  @Test(arguments: [
    "http://x.fbcdn.net/a", "https://evil.example/a", "https://x.fbcdn.net.evil.example/a",
    "https://evilfbcdn.net/a", "https://x.fbcdn.net@evil.example/a", "https://evil.example\\@x.fbcdn.net/a",
    "https://x.fbcdn.net:1/a", "https://127.0.0.1/a", "ftp://x.fbcdn.net/a", "https://", "",
  ])
  func whatIsNotMetasIsNotCalled(url: String) async {
    #expect(await fetch(.url(url), "https://graph.facebook.com") == .failed(reason: "unsupported", code: nil))
  }

  @Test(arguments: [
    ("403 Forbidden", FetchOutcome.failed(reason: "gone", code: nil)),
    ("404 Not Found", .failed(reason: "gone", code: nil)),
    ("302 Found", .failed(reason: "unsupported", code: nil)),
    ("429 Too Many Requests", .notFetched(reason: "throttled", code: nil, retryAfter: nil)),
    ("503 Service Unavailable", .notFetched(reason: "server-error", code: nil, retryAfter: nil)),
  ])
  func theStatusDecides(status: String, expected: FetchOutcome) async throws {
    let server = try MessengerServer { connection, _ in connection.respond(status, "") }
    #expect(await fetch(.url(server.url + "/a"), server.url) == expected)
  }

  @Test func otherSourcesAreNone() async {
    #expect(await fetch(.file("1"), "http://127.0.0.1") == .failed(reason: "unsupported", code: nil))
  }
}
