import Foundation
import Synchronization

/// The event streams of all visitors, read by a few threads: what is measured is the engine, not its visitors.
final class BenchStreams: Sendable {
  typealias Told = @Sendable (_ visitor: Int, _ event: Substring, _ data: Substring) -> Void

  /// Each thread polls its share, so that one event does not cost a look at all streams.
  private static let shares = 64

  private let readers: [BenchStreamReader]

  /// - Parameter told: called with every event, of one visitor by one thread.
  init(told: @escaping Told) { readers = (0..<Self.shares).map { _ in BenchStreamReader(told: told) } }

  func start() { for reader in readers { reader.start() } }
  func close() { for reader in readers { reader.close() } }

  /// How many streams the engine has ended.
  var ended: Int { readers.reduce(0) { $0 + $1.ended } }

  /// Returns once the engine has begun the stream.
  func open(_ visitor: Int, port: Int, path: String, token: String) async throws {
    let (opened, isOpen) = AsyncStream.makeStream(of: Bool.self)
    let request = "GET \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer \(token)\r\n\r\n"
    let descriptor = try Self.connect(port)
    let stream = BenchStream(visitor: visitor) { isOpen.yield($0) }
    let bytes = Array(request.utf8)
    guard send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
      throw BenchError("a request was not taken: errno \(errno)")
    }
    readers[visitor % readers.count].add(descriptor, stream)
    guard await opened.first(where: { _ in true }) == true else {
      throw BenchError("the stream of visitor \(visitor) was refused: \(stream.head)")
    }
  }

  private static func connect(_ port: Int) throws -> Int32 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    let connected = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Foundation.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard descriptor >= 0, connected == 0 else {
      throw BenchError("no connection to port \(port): errno \(errno)")
    }
    return descriptor
  }
}

/// One thread and the streams that it reads.
private final class BenchStreamReader: Sendable {
  private struct State {
    var added: [(Int32, BenchStream)] = []
    var ended = 0
    var isClosed = false
  }

  private let told: BenchStreams.Told
  private let state = Mutex(State())

  init(told: @escaping BenchStreams.Told) { self.told = told }

  var ended: Int { state.withLock { $0.ended } }

  func add(_ descriptor: Int32, _ stream: BenchStream) {
    state.withLock { $0.added.append((descriptor, stream)) }
  }
  func close() { state.withLock { $0.isClosed = true } }

  func start() {
    let thread = Thread { [self] in read() }
    thread.name = "visitors"
    thread.start()
  }

  private func read() {
    var streams: [BenchStream] = []
    var watched: [pollfd] = []
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let (added, isClosed) = state.withLock { state in
        defer { state.added = [] }
        return (state.added, state.isClosed)
      }
      for (descriptor, stream) in added {
        streams.append(stream)
        watched.append(pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0))
      }
      guard !isClosed else { break }
      // Comes back to look for streams that were added.
      guard poll(&watched, nfds_t(watched.count), 20) > 0 else { continue }
      for index in watched.indices where watched[index].revents != 0 {
        let length = recv(watched[index].fd, &buffer, buffer.count, 0)
        if length > 0 {
          streams[index].take(buffer[..<length], told)
        } else {
          Foundation.close(watched[index].fd)
          // A negative descriptor is passed over.
          watched[index].fd = -1
          streams[index].end()
          state.withLock { $0.ended += 1 }
        }
      }
    }
    for socket in watched where socket.fd >= 0 { Foundation.close(socket.fd) }
  }
}

/// What one stream has said so far. Only touched by the thread that reads.
///
/// The engine writes whole events, each in one chunk of the body (RFC 9112, section 7.1), so the lines with the
/// chunks' lengths stand between events and are passed over as lines without a name.
private final class BenchStream: @unchecked Sendable {
  let visitor: Int
  private(set) var head = ""
  private let isOpen: @Sendable (Bool) -> Void
  private var isBody = false
  private var rest: [UInt8] = []
  private var event: Substring = ""

  init(visitor: Int, isOpen: @escaping @Sendable (Bool) -> Void) {
    self.visitor = visitor
    self.isOpen = isOpen
  }

  func take(_ bytes: ArraySlice<UInt8>, _ told: BenchStreams.Told) {
    rest += bytes
    if !isBody {
      guard let end = rest.firstRange(of: Array("\r\n\r\n".utf8)) else { return }
      head = String(decoding: rest[..<end.lowerBound], as: UTF8.self)
      rest.removeFirst(end.upperBound)
      isBody = true
      isOpen(head.hasPrefix("HTTP/1.1 200"))
    }
    guard let last = rest.lastIndex(of: UInt8(ascii: "\n")) else { return }
    // By bytes: to a String, the end of a chunk's line would be one character with what stands before it.
    let lines = rest[...last].split(separator: UInt8(ascii: "\n")).map {
      String(decoding: $0, as: UTF8.self)[...]
    }
    rest.removeFirst(last + 1)
    for line in lines {
      if line.hasPrefix("event: ") {
        event = line.dropFirst(7)
      } else if line.hasPrefix("data: ") {
        told(visitor, event, line.dropFirst(6))
      }
    }
  }

  func end() { isOpen(false) }
}
