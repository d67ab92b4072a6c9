import Testing

@testable import HTTPClient

@Suite struct RequestValidationTests {
  let client = HTTPClient()

  func refusal(_ request: HTTPRequest) async throws -> HTTPClientError {
    try #require(await #expect(throws: HTTPClientError.self) { try await client.send(request) })
  }

  @Test(arguments: ["a\r\nX-Other: b", "a\nb", "a\rb", "a\0b"])
  func aHeaderValueCannotStartAnotherHeader(value: String) async throws {
    let error = try await refusal(HTTPRequest(url: "http://127.0.0.1:1", headers: [("X-One", value)]))
    #expect(error.code == .invalidRequest)
    #expect(error.requestWasNotSent)
    #expect(!error.message.contains("Other"))
  }

  @Test(arguments: ["", "a b", "a:b", "a\r\nb", "ä"])
  func aHeaderNameMustBeAToken(name: String) async throws {
    #expect(
      try await refusal(HTTPRequest(url: "http://127.0.0.1:1", headers: [(name, "")])).code == .invalidRequest
    )
  }

  @Test(arguments: ["content-length", "Transfer-Encoding"])
  func framingHeadersBelongToTheClient(name: String) async throws {
    #expect(
      try await refusal(HTTPRequest(url: "http://127.0.0.1:1", headers: [(name, "1")])).code
        == .invalidRequest)
  }

  @Test(arguments: [
    "", "127.0.0.1", "file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/", "http://",
    "http://a b/",
    "http://127.0.0.1/\r\nX: y", "http://user:secret@127.0.0.1/", "http://127.0.0.1:99999/",
    "http://127.0.0.1/\0",
  ])
  func onlyWellFormedHTTPURLsWithoutCredentialsAreTaken(url: String) async throws {
    let error = try await refusal(HTTPRequest(url: url))
    #expect(error.code == .invalidRequest)
    #expect(error.requestWasNotSent)
    #expect(!error.message.contains("secret"))
  }

  @Test func theMethodMustBeAToken() async throws {
    #expect(
      try await refusal(HTTPRequest(method: "GET /x", url: "http://127.0.0.1:1")).code == .invalidRequest)
  }
}
