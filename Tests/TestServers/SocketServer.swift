import Foundation

/// A TCP server on a free loopback port whose every byte the test decides.
///
/// Each connection is served on a thread of its own, so `serve` may block; the connection is closed when it
/// returns. Stopping closes the listening socket, not the connections.
package final class SocketServer: Sendable {
  package let port: Int
  private let listener: Int32

  /// - Parameter serve: called for each connection with its number, counted from 0 in order of arrival.
  package init(_ serve: @escaping @Sendable (_ connection: ServerConnection, _ number: Int) -> Void) throws {
    let (listener, port) = try Self.listen()
    self.listener = listener
    self.port = port
    let thread = Thread {
      var number = 0
      while case let descriptor = accept(listener, nil, nil), descriptor >= 0 {
        let connection = ServerConnection(descriptor: descriptor)
        let current = number
        let worker = Thread {
          serve(connection, current)
          connection.finish()
        }
        worker.stackSize = 256 << 10
        worker.start()
        number += 1
      }
      close(listener)
    }
    thread.start()
  }

  deinit {
    stop()
  }

  package var url: String { "http://127.0.0.1:\(port)" }

  package func stop() {
    // Ends the blocked `accept`; the thread closes the socket.
    shutdown(listener, Int32(SHUT_RDWR))
  }

  /// A loopback port on which nobody listens.
  package static func unusedPort() throws -> Int {
    let (listener, port) = try listen()
    close(listener)
    return port
  }

  private static func listen() throws -> (descriptor: Int32, port: Int) {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        bind(descriptor, pointer, length) == 0 && Foundation.listen(descriptor, 4_096) == 0
          && getsockname(descriptor, pointer, &length) == 0
      }
    }
    guard isBound else {
      close(descriptor)
      throw POSIXError(.init(rawValue: errno) ?? .EIO)
    }
    return (descriptor, Int(UInt16(bigEndian: address.sin_port)))
  }
}
