import Foundation
import Synchronization

/// The event streams of all visitors, read by one thread: what is measured is the engine, not its visitors.
final class BenchStreams: Sendable {
  typealias Told = @Sendable (_ visitor: Int, _ event: BenchStreamEvent) -> Void

  private let loop: SocketLoop
  private let told: Told
  private let endings = Mutex(0)

  /// - Parameter told: called with every event, by the loop's thread.
  init(on loop: SocketLoop, told: @escaping Told) {
    self.loop = loop
    self.told = told
  }

  /// How many streams the engine has ended.
  var ended: Int { endings.withLock { $0 } }

  /// Returns once the engine has begun the stream.
  func open(_ visitor: Int, port: Int, path: String, token: String) async throws {
    let (opened, isOpen) = AsyncStream.makeStream(of: String.self)
    let request = "GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer \(token)\r\n\r\n"
    let descriptor = try LoopbackSocket.connected(to: port)
    guard LoopbackSocket.send(Array(request.utf8), to: descriptor) else {
      throw BenchError("a request was not taken: errno \(errno)")
    }
    loop.enter { [self] in
      let stream = BenchStream { isOpen.yield($0) }
      loop.watch(descriptor) { [self] in read(descriptor, stream, visitor) }
    }
    let head = await opened.first { _ in true } ?? ""
    guard head.hasPrefix("HTTP/1.1 200") else {
      throw BenchError("the stream of visitor \(visitor) was refused: \(head)")
    }
  }

  private func read(_ descriptor: Int32, _ stream: BenchStream, _ visitor: Int) {
    let isOpen = stream.receive(from: descriptor) { told(visitor, $0) }
    guard !isOpen else { return }
    loop.end(descriptor)
    endings.withLock { $0 += 1 }
  }
}

/// What a visitor's page listens to.
enum BenchStreamEvent {
  /// Part of a reply.
  case delta
  /// A message, as JSON.
  case message([UInt8])
}

/// What one stream has said so far. Only touched by the thread that reads.
///
/// The engine writes whole events, each in one chunk of the body (RFC 9112, section 7.1), so the lines with the
/// chunks' lengths stand between events and are passed over as lines without a name.
private final class BenchStream: @unchecked Sendable {
  /// Told the head, or nothing when there is none.
  private let onHead: @Sendable (String) -> Void
  private var isBody = false
  /// The bytes of a line whose end is still to come.
  private var rest: [UInt8] = []
  private var event = Kind.other

  private enum Kind { case delta, message, other }

  /// Of whatever is read; one for all, as it is empty between two calls.
  nonisolated(unsafe) private static var buffer = [UInt8](repeating: 0, count: 256 << 10)

  init(onHead: @escaping @Sendable (String) -> Void) { self.onHead = onHead }

  /// Takes what is there; false once the stream has ended.
  func receive(from descriptor: Int32, _ told: (BenchStreamEvent) -> Void) -> Bool {
    Self.buffer.withUnsafeMutableBytes { buffer in
      let length = recv(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
      guard length > 0 else {
        if length < 0, errno == EAGAIN || errno == EINTR { return true }
        if !isBody { onHead("") }
        return false
      }
      let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<length])
      guard isBody, rest.isEmpty else {
        rest += bytes
        let all = rest
        rest = []
        all.withUnsafeBytes { take($0, told) }
        return true
      }
      take(bytes, told)
      return true
    }
  }

  private func take(_ bytes: UnsafeRawBufferPointer, _ told: (BenchStreamEvent) -> Void) {
    var start = 0
    if !isBody {
      guard let end = Array(bytes).firstRange(of: Array("\r\n\r\n".utf8)) else {
        rest = Array(bytes)
        return
      }
      start = end.upperBound
      isBody = true
      onHead(String(decoding: bytes[..<end.lowerBound], as: UTF8.self))
    }
    while let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) {
      line(UnsafeRawBufferPointer(rebasing: bytes[start..<end]), told)
      start = end + 1
    }
    if start < bytes.count { rest = Array(bytes[start...]) }
  }

  private func line(_ line: UnsafeRawBufferPointer, _ told: (BenchStreamEvent) -> Void) {
    if line.starts(with: Self.eventName) {
      let name = line.dropFirst(Self.eventName.count)
      event =
        name.elementsEqual(Self.delta) ? .delta : name.elementsEqual(Self.message) ? .message : .other
    } else if event != .other, line.starts(with: Self.dataName) {
      told(event == .delta ? .delta : .message(Array(line.dropFirst(Self.dataName.count))))
    }
  }

  private static let eventName = Array("event: ".utf8)
  private static let dataName = Array("data: ".utf8)
  private static let delta = Array("delta".utf8)
  private static let message = Array("message".utf8)
}
