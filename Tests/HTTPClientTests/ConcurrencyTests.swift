import HTTPClient
import TestServers
import Testing

@Suite(.timeLimit(.minutes(2))) struct ConcurrencyTests {
  @Test func aThousandRequestsRunAtOnce() async throws {
    let arrived = Signal()
    let server = try SocketServer { connection, _ in
      guard let request = connection.readRequest() else { return }
      arrived.send()
      // Nobody is answered before everybody is there.
      if arrived.block(until: 1_000) {
        connection.respond("200 OK", String(decoding: request.body, as: UTF8.self))
      }
    }
    let client = HTTPClient(limits: HTTPClientLimits(maximumConcurrentRequestsPerHost: 1_000))
    let answers = try await withThrowingTaskGroup(of: (Int, HTTPResponse).self) { group in
      for number in 0..<1_000 {
        group.addTask {
          let body = Array("\(number)".utf8)
          return (number, try await client.send(HTTPRequest(method: "POST", url: server.url, body: body)))
        }
      }
      return try await group.reduce(into: [:]) { $0[$1.0] = String(decoding: $1.1.body, as: UTF8.self) }
    }
    #expect(answers.count == 1_000)
    #expect(answers.allSatisfy { "\($0.key)" == $0.value })
  }

  @Test func neverMoreThanTheBoundRunAtOnce() async throws {
    let connections = Signal()
    let server = try SocketServer { connection, _ in
      connections.send()
      while connection.readRequest() != nil { connection.respond() }
    }
    let client = HTTPClient(limits: HTTPClientLimits(maximumConcurrentRequestsPerHost: 3))
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<300 {
        group.addTask { _ = try await client.send(HTTPRequest(url: server.url)) }
      }
      try await group.waitForAll()
    }
    #expect((1...3).contains(connections.value))
  }

  @Test func whoWaitsForASlotCanTimeOutOrBeCancelled() async throws {
    let server = try HeldServer()
    let client = HTTPClient(maximumConcurrentRequests: 1)
    async let first = client.send(HTTPRequest(url: server.url))
    await server.arrived.wait()

    let late = try #require(
      await #expect(throws: HTTPClientError.self) {
        try await client.send(HTTPRequest(url: server.url, timeout: .milliseconds(50)))
      })
    #expect(late.code == .timeout)
    #expect(late.requestWasNotSent)

    let waiting = Task { try await client.send(HTTPRequest(url: server.url)) }
    waiting.cancel()
    let cancelled = try #require(await #expect(throws: HTTPClientError.self) { try await waiting.value })
    #expect(cancelled.code == .cancelled)
    #expect(cancelled.requestWasNotSent)

    server.release.send()
    #expect(try await first.status == 200)
    #expect(server.arrived.value == 1)
  }

  @Test func oneMoreThanMayWaitIsTurnedAwayAtOnce() async throws {
    let server = try HeldServer()
    let client = HTTPClient(
      limits: HTTPClientLimits(maximumConcurrentRequests: 1, maximumWaitingRequests: 0))
    async let first = client.send(HTTPRequest(url: server.url))
    await server.arrived.wait()
    let error = try #require(
      await #expect(throws: HTTPClientError.self) { try await client.send(HTTPRequest(url: server.url)) })
    #expect(error.code == .overloaded)
    #expect(error.requestWasNotSent)
    server.release.send()
    #expect(try await first.status == 200)
    #expect(try await client.send(HTTPRequest(url: server.url)).status == 200)
  }
}

/// Answers nobody before it is released.
private struct HeldServer {
  let arrived = Signal()
  let release = Signal()
  let server: SocketServer

  init() throws {
    let (arrived, release) = (arrived, release)
    server = try SocketServer { connection, _ in
      while connection.readRequest() != nil {
        arrived.send()
        release.block()
        connection.respond()
      }
    }
  }

  var url: String { server.url }
}
