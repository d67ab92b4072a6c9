import Foundation

/// The server's end of a connection; for the thread that serves it.
package struct ServerConnection: Sendable {
  let descriptor: Int32

  package struct Request: Sendable {
    /// Request line and headers, as received, without the empty line.
    package let head: String
    package let body: [UInt8]
  }

  /// Waits for a whole request with its body by `Content-Length`; nil when the client closes before.
  package func readRequest() -> Request? {
    var head: [UInt8] = []
    while !head.suffix(4).elementsEqual("\r\n\r\n".utf8) {
      guard let byte = read(1)?.first, head.count < 1 << 20 else { return nil }
      head.append(byte)
    }
    let text = String(decoding: head.dropLast(4), as: UTF8.self)
    let lengths = text.split(separator: "\r\n").compactMap { line -> Int? in
      guard line.lowercased().hasPrefix("content-length:") else { return nil }
      return Int(line.drop { $0 != ":" }.dropFirst().trimmingPrefix(" "))
    }
    guard let body = read(lengths.first ?? 0) else { return nil }
    return Request(head: text, body: body)
  }

  /// Waits for exactly `count` bytes; nil at the end of the stream.
  package func read(_ count: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count {
      let received = bytes.withUnsafeMutableBytes {
        recv(descriptor, $0.baseAddress! + filled, count - filled, 0)
      }
      guard received > 0 else { return nil }
      filled += received
    }
    return bytes
  }

  /// Waits until the client closes its end, whatever it still sends.
  package func waitForClose() {
    while read(1) != nil {}
  }

  /// Returns whether the system took all bytes.
  @discardableResult
  package func write(_ bytes: some Collection<UInt8>) -> Bool {
    write(bytes, stallAfter: nil) == bytes.count
  }

  @discardableResult
  package func write(_ text: String) -> Bool {
    write(text.utf8)
  }

  /// Writes until the client takes nothing for `stallAfter`; returns the bytes that the system took.
  package func write(_ bytes: some Collection<UInt8>, stallAfter: Duration?) -> Int {
    let (seconds, attoseconds) = (stallAfter ?? .zero).components
    var time = timeval(tv_sec: Int(seconds), tv_usec: Int(attoseconds / 1_000_000_000_000))
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
    let bytes = Array(bytes)
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes {
        send(descriptor, $0.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { break }
      sent += count
    }
    return sent
  }

  /// Makes the close that follows a reset instead of an orderly end.
  package func resetOnClose() {
    var value = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &value, socklen_t(MemoryLayout<linger>.size))
  }

  /// Ends both directions at once, before `serve` returns.
  package func closeNow() {
    shutdown(descriptor, Int32(SHUT_RDWR))
  }

  func finish() {
    close(descriptor)
  }
}

extension ServerConnection {
  /// Writes a whole response with its length.
  package func respond(_ status: String = "200 OK", headers: [String] = [], _ body: String = "") {
    let lines = ["HTTP/1.1 \(status)", "Content-Length: \(body.utf8.count)"] + headers
    write(lines.joined(separator: "\r\n") + "\r\n\r\n" + body)
  }

  /// Begins a chunked response (RFC 9112, section 7.1).
  package func startChunks(headers: [String] = []) {
    write(
      (["HTTP/1.1 200 OK", "Transfer-Encoding: chunked"] + headers).joined(separator: "\r\n") + "\r\n\r\n")
  }

  package func chunk(_ bytes: some Collection<UInt8>) {
    write(Array("\(String(bytes.count, radix: 16))\r\n".utf8) + Array(bytes) + Array("\r\n".utf8))
  }

  package func endChunks() {
    write("0\r\n\r\n")
  }
}
