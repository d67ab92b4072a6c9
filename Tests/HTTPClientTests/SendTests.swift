import HTTPClient
import TestServers
import Testing

@Suite(.timeLimit(.minutes(1))) struct SendTests {
  let client = HTTPClient()

  @Test func aRequestArrivesAsWrittenAndItsResponseAsAnswered() async throws {
    let server = try SocketServer { connection, _ in
      guard let request = connection.readRequest() else { return }
      connection.respond(
        "201 Created", headers: ["X-Seen: \(request.head.split(separator: "\r\n")[0])", "X-Empty:"],
        String(decoding: request.body, as: UTF8.self) + "|" + request.head)
    }
    let response = try await client.send(
      HTTPRequest(
        method: "POST", url: "\(server.url)/a?b=c", headers: [("X-One", "1"), ("X-None", "")],
        body: Array("päck".utf8)))
    #expect(response.status == 201)
    #expect(response.headers["x-SEEN"] == "POST /a?b=c HTTP/1.1")
    #expect(response.headers["X-Empty"] == "")
    #expect(response.headers["X-Missing"] == nil)
    let text = String(decoding: response.body, as: UTF8.self)
    #expect(text.hasPrefix("päck|"))
    #expect(text.contains("X-One: 1") && text.contains("X-None:") && text.contains("Content-Length: 5"))
    #expect(!text.contains("Content-Type") && !text.contains("Expect"))
  }

  @Test(arguments: ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY"])
  func everyMethodIsSentAsNamed(method: String) async throws {
    let server = try SocketServer { connection, _ in
      // A server that closed the kept connection could do so just when the second request is sent.
      while let request = connection.readRequest() {
        connection.respond(request.head.hasPrefix("\(method) / HTTP/1.1\r\n") ? "204 No Content" : "400 Bad")
      }
    }
    #expect(try await client.send(HTTPRequest(method: method, url: server.url)).status == 204)
    #expect(try await client.send(HTTPRequest(method: method, url: server.url, body: [1])).status == 204)
  }

  @Test func theLengthInAnAnswerToHEADIsNotWaitedFor() async throws {
    let server = try SocketServer { connection, _ in
      _ = connection.readRequest()
      connection.write("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n")
      connection.waitForClose()
    }
    let response = try await client.send(HTTPRequest(method: "HEAD", url: server.url))
    #expect(response.headers["content-length"] == "99999999999")
  }

  @Test func aLargeBodyIsSentWithoutAskingFirst() async throws {
    let server = try SocketServer { connection, _ in
      guard let request = connection.readRequest() else { return }
      connection.respond("200 OK", "\(request.body.count) \(request.body.allSatisfy { $0 == 7 })")
    }
    let body = [UInt8](repeating: 7, count: 5_000_000)
    let response = try await client.send(HTTPRequest(method: "POST", url: server.url, body: body))
    #expect(response.body == Array("5000000 true".utf8))
  }

  @Test func redirectsAreNotFollowed() async throws {
    let server = try SocketServer { connection, _ in
      _ = connection.readRequest()
      connection.respond("302 Found", headers: ["Location: http://127.0.0.1:1/"])
    }
    #expect(try await client.send(HTTPRequest(url: server.url)).status == 302)
  }

  @Test func interimResponsesAndTrailersAreNotTheHead() async throws {
    let server = try SocketServer { connection, _ in
      _ = connection.readRequest()
      connection.write("HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n")
      connection.write(
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-A: 1\r\n\r\n2\r\nhi\r\n0\r\nX-T: 2\r\n\r\n")
    }
    let response = try await client.send(HTTPRequest(url: server.url))
    #expect(response.headers["X-A"] == "1")
    #expect(response.headers["Link"] == nil && response.headers["X-T"] == nil)
    #expect(response.body == Array("hi".utf8))
  }

  @Test func aConnectionIsUsedAgain() async throws {
    let connections = Signal()
    let server = try SocketServer { connection, _ in
      connections.send()
      while connection.readRequest() != nil { connection.respond() }
    }
    for _ in 0..<20 { _ = try await client.send(HTTPRequest(method: "POST", url: server.url)) }
    #expect(connections.value == 1)
  }

  @Test func aConnectionThatTheServerClosedIsReplaced() async throws {
    let closed = Signal()
    let server = try SocketServer { connection, _ in
      _ = connection.readRequest()
      connection.respond()
      connection.closeNow()
      closed.send()
    }
    for count in 1...5 {
      #expect(try await client.send(HTTPRequest(method: "POST", url: server.url)).status == 200)
      await closed.wait(until: count)
    }
  }
}
