import Foundation

/// What the visitors write, over a few kept connections of one thread, one request at a time on each.
///
/// Unchecked: only touched by the loop's thread.
final class BenchPosts: @unchecked Sendable {
  /// Told the status; 0 when the connection broke.
  typealias Answered = (_ status: Int) -> Void

  /// Browsers, too, keep their connections, and post far less than they listen.
  private static let maximumConnections = 128

  private let loop: SocketLoop
  private let port: Int
  private var idle: [BenchPostConnection] = []
  private var count = 0
  private var waiting: [(request: [UInt8], answered: Answered)] = []

  init(on loop: SocketLoop, port: Int) {
    self.loop = loop
    self.port = port
  }

  /// On the loop's thread.
  func send(_ request: [UInt8], _ answered: @escaping Answered) {
    if let connection = idle.popLast() { return send(request, answered, on: connection) }
    guard count < Self.maximumConnections else { return waiting.append((request, answered)) }
    guard let descriptor = try? LoopbackSocket.connected(to: port) else { return answered(0) }
    count += 1
    let connection = BenchPostConnection(descriptor)
    loop.watch(descriptor) { [self] in read(connection) }
    send(request, answered, on: connection)
  }

  private func send(_ request: [UInt8], _ answered: @escaping Answered, on connection: BenchPostConnection) {
    connection.answered = answered
    if !LoopbackSocket.send(request, to: connection.descriptor) { drop(connection) }
  }

  private func read(_ connection: BenchPostConnection) {
    switch connection.receive() {
    case .some(0): drop(connection)
    case .some(let status):
      let answered = connection.answered
      connection.answered = nil
      if waiting.isEmpty {
        idle.append(connection)
      } else {
        let next = waiting.removeFirst()
        send(next.request, next.answered, on: connection)
      }
      answered?(status)
    case nil: break
    }
  }

  private func drop(_ connection: BenchPostConnection) {
    idle.removeAll { $0 === connection }
    loop.end(connection.descriptor)
    count -= 1
    let answered = connection.answered
    connection.answered = nil
    answered?(0)
    guard !waiting.isEmpty else { return }
    let next = waiting.removeFirst()
    send(next.request, next.answered)
  }
}

/// Reads as much of HTTP/1.1 as the answers to posts need: a status, and a Content-Length.
private final class BenchPostConnection {
  let descriptor: Int32
  var answered: ((Int) -> Void)?
  private var rest: [UInt8] = []
  private var buffer = [UInt8](repeating: 0, count: 4_096)

  init(_ descriptor: Int32) { self.descriptor = descriptor }

  /// The status once the answer is whole; 0 when the connection has ended.
  func receive() -> Int? {
    let length = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
    guard length > 0 else { return length < 0 && (errno == EAGAIN || errno == EINTR) ? nil : 0 }
    rest += buffer[..<length]
    guard let head = HTTPHead(rest), rest.count >= head.length + head.bodyLength else { return nil }
    rest = []
    return head.firstLine.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
  }
}

/// The head of a request or an answer (RFC 9112), as far as it says where its body ends.
struct HTTPHead {
  let firstLine: Substring
  /// With the empty line.
  let length: Int
  /// The Content-Length; 0 without.
  let bodyLength: Int

  /// nil while it is not whole.
  init?(_ bytes: [UInt8]) {
    guard let end = bytes.firstRange(of: Self.end) else { return nil }
    length = end.upperBound
    let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
    firstLine = lines.first ?? ""
    let field = lines.first { $0.prefix(Self.lengthName.count).lowercased() == Self.lengthName }
    bodyLength =
      field.flatMap { Int($0.dropFirst(Self.lengthName.count).trimmingCharacters(in: .whitespaces)) } ?? 0
  }

  private static let end = Array("\r\n\r\n".utf8)
  private static let lengthName = "content-length:"
}
