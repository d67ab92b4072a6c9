import Foundation

/// A kept connection to a server of ours, one request at a time. It reads as much of HTTP/1.1 as such answers
/// need: a status of 200 and a Content-Length.
final class BenchClient {
  let descriptor: Int32
  /// Of the next request.
  private(set) var number: Int
  private(set) var sentAt = ContinuousClock.now
  private var head: [UInt8] = []
  /// The body's length and what of it is still to come; nil before its head is whole.
  private var body: (length: Int, left: Int)?
  private var buffer = [UInt8](repeating: 0, count: 64 << 10)

  init(port: Int, number: Int) throws {
    self.number = number
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    let connected = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard connected == 0 else { throw BenchError("no connection to port \(port): errno \(errno)") }
  }

  deinit { close(descriptor) }

  func send(_ request: [UInt8], at time: ContinuousClock.Instant) throws {
    sentAt = time
    number += 1
    guard Foundation.send(descriptor, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else {
      throw BenchError("a request was not taken: errno \(errno)")
    }
  }

  /// Reads what is there; the body's length once the answer is whole.
  func receive() throws -> Int? {
    let count = recv(descriptor, &buffer, buffer.count, 0)
    guard count > 0 else { throw BenchError("the server closed a connection") }
    if let body {
      self.body?.left = body.left - count
    } else {
      head += buffer[..<count]
      let length = head.withUnsafeBytes { head in
        (0..<max(0, head.count - 3)).first {
          head.loadUnaligned(fromByteOffset: $0, as: UInt32.self) == Self.endOfHead
        }
      }
      guard let length else { return nil }
      try begin(head[..<length], with: head.count - length - 4)
    }
    guard let body, body.left <= 0 else { return nil }
    self.body = nil
    head = []
    return body.length
  }

  /// CR LF CR LF.
  private static let endOfHead = UInt32(bigEndian: 0x0D0A_0D0A)
  private static let lengthField = Array("content-length:".utf8)

  /// By bytes: what the clients spend is taken from the server, which shares the processors with them.
  private func begin(_ fields: ArraySlice<UInt8>, with count: Int) throws {
    let field = fields.split(separator: UInt8(ascii: "\n")).first { line in
      line.count > Self.lengthField.count && zip(line, Self.lengthField).allSatisfy { $0 | 0x20 == $1 }
    }
    guard fields.starts(with: "HTTP/1.1 200".utf8), let field else {
      let head = String(decoding: fields, as: UTF8.self)
      throw BenchError("an answer is not one of 200 with a length: \(head)")
    }
    let length = field.dropFirst(Self.lengthField.count).reduce(0) { value, digit in
      (48...57).contains(digit) ? value * 10 + Int(digit - 48) : value
    }
    body = (length, length - count)
  }
}
