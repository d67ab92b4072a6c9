import HTTPClient
import TestServers
import Testing

@Suite(.timeLimit(.minutes(1))) struct StreamTests {
  let client = HTTPClient()

  @Test func piecesArriveAsTheyAreSent() async throws {
    let received = Signal()
    let server = try SocketServer { connection, _ in
      _ = connection.readRequest()
      connection.startChunks(headers: ["X-A: 1"])
      for number in 1...5 {
        connection.chunk("piece \(number)".utf8)
        // The next one is not sent before this one was seen.
        guard received.block(until: number) else { return }
      }
      connection.endChunks()
    }
    let (status, pieces) = try await client.stream(HTTPRequest(url: server.url)) { head, chunks in
      #expect(head.headers["x-a"] == "1")
      var pieces: [String] = []
      for try await chunk in chunks {
        pieces.append(String(decoding: chunk, as: UTF8.self))
        received.send()
      }
      return (head.status, pieces)
    }
    #expect(status == 200)
    #expect(pieces == (1...5).map { "piece \($0)" })
  }

  @Test func aSlowConsumerHoldsTheServerBack() async throws {
    let total = 64 << 20
    let readOn = Signal()
    let stalls = AsyncStream<Int>.makeStream()
    let server = try SocketServer { connection, _ in
      _ = connection.readRequest()
      connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(total)\r\n\r\n")
      let body = [UInt8](repeating: 1, count: total)
      let sent = connection.write(body, stallAfter: .milliseconds(300))
      stalls.continuation.yield(sent)
      readOn.block()
      connection.write(body.dropFirst(sent))
    }
    let request = HTTPRequest(url: server.url, maximumResponseBytes: total)
    let received = try await client.stream(request) { _, chunks in
      for await sent in stalls.stream {
        // What the client may hold, and what the system's socket buffers take beside it.
        #expect(sent < 24 << 20)
        break
      }
      readOn.send()
      var received = 0
      for try await chunk in chunks {
        #expect(chunk.count <= 256 << 10)
        received += chunk.count
      }
      return received
    }
    #expect(received == total)
  }

  @Test func aStreamThatBreaksOffThrowsAfterItsLastPiece() async throws {
    let server = try SocketServer { connection, _ in
      _ = connection.readRequest()
      connection.startChunks()
      connection.chunk("part".utf8)
    }
    try await client.stream(HTTPRequest(url: server.url)) { _, chunks in
      var iterator = chunks.makeAsyncIterator()
      let first = try await iterator.next()
      #expect(first == Array("part".utf8))
      var failure: HTTPClientError?
      do { _ = try await iterator.next() } catch { failure = error as? HTTPClientError }
      #expect(failure?.code == .connectionLost)
      #expect(failure?.requestWasNotSent == false)
    }
  }

  @Test func aStreamBeyondTheBoundIsCutOff() async throws {
    let server = try SocketServer { connection, _ in
      _ = connection.readRequest()
      connection.write("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
      while connection.write([UInt8](repeating: 1, count: 10_000)) {}
    }
    let error = await #expect(throws: HTTPClientError.self) {
      try await client.stream(HTTPRequest(url: server.url, maximumResponseBytes: 1 << 20)) { _, chunks in
        for try await _ in chunks {}
      }
    }
    #expect(error?.code == .responseTooLarge)
  }

  @Test func leavingEarlyAbortsTheTransfer() async throws {
    let left = Signal()
    let server = try SocketServer { connection, _ in
      _ = connection.readRequest()
      connection.startChunks()
      while connection.write("1\r\nx\r\n") {}
      left.send()
    }
    let first = try await client.stream(HTTPRequest(url: server.url)) { _, chunks in
      var iterator = chunks.makeAsyncIterator()
      return try await iterator.next()?.first
    }
    #expect(first == UInt8(ascii: "x"))
    await left.wait()
  }

  @Test func cancellingTheReaderAbortsTheTransfer() async throws {
    let (started, left) = (Signal(), Signal())
    let server = try SocketServer { connection, _ in
      _ = connection.readRequest()
      connection.startChunks()
      connection.chunk("x".utf8)
      connection.waitForClose()
      left.send()
    }
    let client = client
    let task = Task {
      try await client.stream(HTTPRequest(url: server.url)) { _, chunks in
        for try await _ in chunks { started.send() }
      }
    }
    await started.wait()
    task.cancel()
    let error = await #expect(throws: HTTPClientError.self) { try await task.value }
    #expect(error?.code == .cancelled)
    await left.wait()
  }

  @Test func aFailureBeforeTheHeadIsThrownByTheStream() async throws {
    let port = try SocketServer.unusedPort()
    let error = await #expect(throws: HTTPClientError.self) {
      try await client.stream(HTTPRequest(url: "http://127.0.0.1:\(port)")) { _, _ in }
    }
    #expect(error?.code == .unreachable)
    #expect(error?.requestWasNotSent == true)
  }
}
