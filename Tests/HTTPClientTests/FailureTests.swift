import HTTPClient
import TestServers
import Testing

/// What the client says about the outcome when there is no response: deliveries rest on it.
@Suite(.timeLimit(.minutes(1))) struct FailureTests {
  let client = HTTPClient()

  func failure(
    _ url: String, timeout: Duration = .seconds(20), maximumResponseBytes: Int = 1_000
  ) async throws -> HTTPClientError {
    try await failure(
      HTTPRequest(method: "POST", url: url, timeout: timeout, maximumResponseBytes: maximumResponseBytes))
  }

  func failure(_ request: HTTPRequest) async throws -> HTTPClientError {
    try #require(await #expect(throws: HTTPClientError.self) { try await client.send(request) })
  }

  @Test func aRefusedConnectionMeansNotSent() async throws {
    let error = try await failure("http://127.0.0.1:\(SocketServer.unusedPort())/secret-token")
    #expect(error.code == .unreachable)
    #expect(error.requestWasNotSent)
    #expect(!error.description.contains("secret-token"))
  }

  @Test func anUnknownHostMeansNotSent() async throws {
    let error = try await failure("http://nobody.invalid/")
    #expect(error.code == .unresolvedHost)
    #expect(error.requestWasNotSent)
  }

  @Test func aFailedTLSHandshakeMeansNotSent() async throws {
    let server = try SocketServer { connection, _ in
      _ = connection.read(5)
      connection.respond("400 Bad Request")
    }
    let error = try await failure("https://127.0.0.1:\(server.port)/")
    #expect(error.code == .tlsFailed)
    #expect(error.requestWasNotSent)
  }

  @Test func aTLSHandshakeThatNeverEndsIsAConnectTimeoutAndMeansNotSent() async throws {
    let server = try SocketServer { connection, _ in connection.waitForClose() }
    let error = try await failure(
      HTTPRequest(url: "https://127.0.0.1:\(server.port)/", connectTimeout: .milliseconds(200)))
    #expect(error.code == .timeout)
    #expect(error.requestWasNotSent)
  }

  @Test(arguments: [true, false])
  func aServerThatClosesBeforeAnsweringLeavesTheOutcomeUnknown(byReset: Bool) async throws {
    let server = try SocketServer { connection, _ in
      _ = connection.readRequest()
      if byReset { connection.resetOnClose() }
    }
    let error = try await failure(server.url)
    #expect(error.code == .connectionLost)
    #expect(!error.requestWasNotSent)
    #expect(error.isRetriable)
  }

  /// libcurl by itself would send the second request again on a fresh connection.
  @Test(arguments: ["GET", "POST"], [true, false])
  func aRequestOnAKeptConnectionThatBreaksIsNeverSentTwice(method: String, byReset: Bool) async throws {
    let requests = Signal()
    let server = try SocketServer { connection, _ in
      guard connection.readRequest() != nil else { return }
      requests.send()
      connection.respond()
      guard connection.readRequest() != nil else { return }
      requests.send()
      if byReset { connection.resetOnClose() }
    }
    let request = HTTPRequest(method: method, url: server.url, body: Array("once".utf8))
    #expect(try await client.send(request).status == 200)
    let error = try await failure(request)
    #expect(error.code == .connectionLost)
    #expect(!error.requestWasNotSent)
    #expect(requests.value == 2)
  }

  @Test func aSlowAnswerTimesOutWithTheOutcomeUnknown() async throws {
    let server = try SocketServer { connection, _ in connection.waitForClose() }
    let error = try await failure(server.url, timeout: .seconds(1))
    #expect(error.code == .timeout)
    #expect(!error.requestWasNotSent)
  }

  @Test(arguments: [
    "Content-Length: 1001\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n3E9\r\n", "Connection: close\r\n\r\n",
  ])
  func aBodyBeyondTheBoundIsRefused(framing: String) async throws {
    let server = try SocketServer { connection, _ in
      _ = connection.readRequest()
      connection.write("HTTP/1.1 200 OK\r\n" + framing + String(repeating: "x", count: 1_001))
      connection.waitForClose()
    }
    let error = try await failure(server.url, maximumResponseBytes: 1_000)
    #expect(error.code == .responseTooLarge)
    #expect(!error.requestWasNotSent)
  }

  @Test func aBodyOfExactlyTheBoundIsTaken() async throws {
    let server = try SocketServer { connection, _ in
      _ = connection.readRequest()
      connection.respond("200 OK", String(repeating: "x", count: 1_000))
    }
    #expect(
      try await client.send(HTTPRequest(url: server.url, maximumResponseBytes: 1_000)).body.count == 1_000)
  }

  @Test func endlessHeadersAreRefused() async throws {
    let server = try SocketServer { connection, _ in
      _ = connection.readRequest()
      connection.write("HTTP/1.1 200 OK\r\n")
      while connection.write("X-Filler: \(String(repeating: "x", count: 1_000))\r\n") {}
    }
    #expect(try await failure(server.url).code == .responseTooLarge)
  }

  @Test(arguments: ["hello\r\n\r\n", "HTTP/1.1 abc\r\n\r\n", "\0\0\0\0\0\0\0\0", "SSH-2.0-OpenSSH_9\r\n"])
  func anAnswerThatIsNotHTTPLeavesTheOutcomeUnknown(answer: String) async throws {
    let server = try SocketServer { connection, _ in
      _ = connection.readRequest()
      connection.write(answer)
    }
    let error = try await failure(server.url)
    #expect([.malformedResponse, .connectionLost].contains(error.code))
    #expect(!error.requestWasNotSent)
  }

  @Test func aBodyCutShortIsNotAResponse() async throws {
    let server = try SocketServer { connection, _ in
      _ = connection.readRequest()
      connection.write("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
    }
    #expect(try await failure(server.url).code == .connectionLost)
  }

  @Test func cancellingAbortsTheTransfer() async throws {
    let (arrived, left) = (Signal(), Signal())
    let server = try SocketServer { connection, _ in
      _ = connection.readRequest()
      arrived.send()
      connection.waitForClose()
      left.send()
    }
    let client = client
    let task = Task { try await client.send(HTTPRequest(method: "POST", url: server.url)) }
    await arrived.wait()
    task.cancel()
    let error = try #require(await #expect(throws: HTTPClientError.self) { try await task.value })
    #expect(error.code == .cancelled)
    #expect(!error.requestWasNotSent)
    await left.wait()
  }

  @Test func whatIsCancelledBeforeItStartsIsNotSent() async throws {
    let (client, port) = (client, try SocketServer.unusedPort())
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return try await client.send(HTTPRequest(url: "http://127.0.0.1:\(port)"))
    }
    let error = try #require(await #expect(throws: HTTPClientError.self) { try await task.value })
    #expect(error.code == .cancelled)
    #expect(error.requestWasNotSent)
  }

  @Test func shutdownFailsWhatRunsAndWhatComes() async throws {
    let arrived = Signal()
    let server = try SocketServer { connection, _ in
      _ = connection.readRequest()
      arrived.send()
      connection.waitForClose()
    }
    let client = client
    async let running = failure(server.url)
    await arrived.wait()
    client.shutdown()
    client.shutdown()
    let error = try await running
    #expect(error.code == .shutDown)
    #expect(!error.requestWasNotSent)
    let later = try await failure(server.url)
    #expect(later.code == .shutDown)
    #expect(later.requestWasNotSent)
  }
}
