import Synchronization
import TestServers
import Testing

@testable import HTTPClient

/// Requests whose URL somebody else chose reach the public internet, and nothing else.
@Suite(.timeLimit(.minutes(1))) struct DestinationTests {
  @Test(arguments: [
    "0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.255.1.1", "169.254.169.254", "172.16.0.1",
    "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.168.1.1", "198.18.0.1", "198.19.255.255", "198.51.100.7",
    "203.0.113.7", "224.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fc00::1", "fd12::1", "ff02::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::1", "2001::1", "2001:db8::1",
    "3fff::1", "2001:10::1", "", "localhost", "1.2.3", "fe80::1%eth0",
  ])
  func anAddressThatIsNotPublic(text: String) { #expect(!PublicAddress.includes(text)) }

  @Test(arguments: [
    "1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.1", "172.15.0.1", "172.32.0.1", "198.17.0.1",
    "198.20.0.1",
    "223.255.255.1", "2606:4700::1111", "2a00:1450::1", "2001:4860:4860::8888", "::ffff:8.8.8.8",
    "64:ff9b::808:808", "2002:808:808::1",
  ])
  func anAddressThatIsPublic(text: String) { #expect(PublicAddress.includes(text)) }

  @Test(arguments: ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]"])
  func aPrivateAddressIsRefusedBeforeAnyConnection(host: String) async throws {
    let connections = Atomic(0)
    let server = try SocketServer { connection, _ in
      connections.add(1, ordering: .relaxed)
      connection.respond("200 OK", "secret")
    }
    let client = HTTPClient()
    let url = "http://\(host):\(server.port)/"
    let error = try #require(
      await #expect(throws: HTTPClientError.self) {
        try await client.send(HTTPRequest(url: url, destination: .publicInternet))
      })
    #expect(error.code == .addressRefused)
    #expect(error.requestWasNotSent && !error.isRetriable)
    #expect(connections.load(ordering: .relaxed) == 0)
  }

  @Test func aKeptConnectionToAPrivateAddressIsNotUsedEither() async throws {
    let requests = Atomic(0)
    let server = try SocketServer { connection, _ in
      while connection.readRequest() != nil {
        requests.add(1, ordering: .relaxed)
        connection.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
      }
    }
    let client = HTTPClient()
    #expect(try await client.send(HTTPRequest(url: server.url)).status == 200)
    let error = await #expect(throws: HTTPClientError.self) {
      try await client.send(HTTPRequest(url: server.url, destination: .publicInternet))
    }
    #expect(error?.code == .addressRefused)
    #expect(requests.load(ordering: .relaxed) == 1)
  }
}
