import Foundation
import Simulation
import Synchronization

/// A proxy before Postgres that delays what passes, takes it apart, holds it back, and cuts connections: in the middle
/// of what they carry, or just after the client has sent COMMIT: the server then commits, and the client never hears of
/// it.
///
/// Each connection has a thread. It follows the client's messages (PostgreSQL documentation, "Frontend/Backend
/// Protocol, Message Formats") to know which prepared statement is `commit`. Connections must not be encrypted.
final class PostgresCutter: Sendable {
  struct Mood: Sendable {
    /// How often a COMMIT is the last that a connection sends; half of these never reach the server.
    var cutsAtCommit = 0.0
    /// How often of what passes only a part does, and the connection is cut.
    var tears = 0.0
    /// Nothing passes.
    var isHeld = false
    /// What passes does so in pieces of any size, so that messages and their headers are split.
    var isInPieces = false
    /// The most milliseconds by which anything is late.
    var delay = 0
  }

  let port: Int
  private let listener: Int32
  private let server: (host: String, port: Int)
  private let mood = Mutex(Mood())
  private let numbers: Mutex<SeededNumbers>
  private let state = Mutex(State())

  private struct State {
    var counts = (atCommit: 0, torn: 0)
    var sockets: Set<Int32> = []
    var isClosed = false
    var hold = Hold.nothing
  }

  /// One COMMIT that is kept from the server.
  private enum Hold: Equatable {
    case nothing
    case next
    /// The client's port.
    case commit(of: Int)
  }

  private init(_ server: (host: String, port: Int), _ listener: Int32, _ port: Int, seed: UInt64) {
    self.server = server
    self.listener = listener
    self.port = port
    numbers = Mutex(SeededNumbers(seed: seed))
  }

  /// A function, because an initialiser that fails half way does not compile for release (Swift 6.3.1).
  static func start(to server: (host: String, port: Int), seed: UInt64) throws -> PostgresCutter {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    let port = try freePort()
    var yes: Int32 = 1
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
    guard Self.with("127.0.0.1", port, { bind(listener, $0, $1) }) == 0, listen(listener, 128) == 0 else {
      throw BenchError("the proxy cannot listen: errno \(errno)")
    }
    let cutter = PostgresCutter(server, listener, port, seed: seed)
    let thread = Thread { cutter.accept() }
    thread.name = "cutter"
    thread.start()
    return cutter
  }

  /// How many connections were cut at a COMMIT, and in the middle of anything.
  var counts: (atCommit: Int, torn: Int) { state.withLock { $0.counts } }

  func become(_ new: Mood) { mood.withLock { $0 = new } }

  /// The next COMMIT that a client sends does not reach the server until `releaseCommit`.
  func holdNextCommit() { state.withLock { $0.hold = .next } }

  /// The port of the client whose COMMIT is held.
  var heldCommit: Int? {
    state.withLock { if case .commit(let port) = $0.hold { port } else { nil } }
  }

  func releaseCommit() { state.withLock { $0.hold = .nothing } }

  /// Cuts every connection where it stands. Under the lock: the number of a socket that was closed may already be that of
  /// somebody else's.
  func cutAll() { state.withLock { for socket in $0.sockets { shutdown(socket, Int32(SHUT_RDWR)) } } }

  func close() {
    state.withLock { $0.isClosed = true }
    shutdown(listener, Int32(SHUT_RDWR))
    cutAll()
  }

  private func accept() {
    defer { Foundation.close(listener) }
    while true {
      let client = Foundation.accept(listener, nil, nil)
      if client < 0 {
        if state.withLock({ $0.isClosed }) { return }
        continue
      }
      let thread = Thread { [self] in pass(client) }
      thread.stackSize = 256 << 10
      thread.start()
    }
  }

  private func pass(_ client: Int32) {
    let upstream = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer {
      for socket in [client, upstream] {
        _ = state.withLock { $0.sockets.remove(socket) }
        Foundation.close(socket)
      }
    }
    guard Self.with(server.host, server.port, { connect(upstream, $0, $1) }) == 0 else { return }
    state.withLock { $0.sockets.formUnion([client, upstream]) }
    var yes: Int32 = 1
    for socket in [client, upstream] {
      setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
    }
    var follower = StatementFollower()
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      var watched = [
        pollfd(fd: client, events: Int16(POLLIN), revents: 0),
        pollfd(fd: upstream, events: Int16(POLLIN), revents: 0),
      ]
      guard poll(&watched, 2, -1) > 0 else { return }
      let mood = rest()
      if watched[0].revents != 0 {
        let count = recv(client, &buffer, buffer.count, 0)
        guard count > 0 else { return }
        let commits = follower.take(buffer[..<count])
        if commits { holdCommit(of: client) }
        let cuts = numbers.withLock { (cuts: $0.chance(mood.cutsAtCommit), arrives: $0.chance(0.5)) }
        if commits, cuts.cuts {
          state.withLock { $0.counts.atCommit += 1 }
          if cuts.arrives {
            Self.sendAll(upstream, buffer[..<count])
            shutdown(client, Int32(SHUT_RDWR))
            // The server's answer reaches nobody, but it is waited for: it says that the commit is done.
            _ = recv(upstream, &buffer, buffer.count, 0)
          }
          return
        }
        guard carry(buffer[..<count], to: upstream, mood) else { return }
      }
      if watched[1].revents != 0 {
        let count = recv(upstream, &buffer, buffer.count, 0)
        guard count > 0, carry(buffer[..<count], to: client, mood) else { return }
      }
    }
  }

  private func holdCommit(of client: Int32) {
    let isHeld = state.withLock { state in
      guard state.hold == .next else { return false }
      state.hold = .commit(of: ConnectionOwner.remotePort(of: client))
      return true
    }
    while isHeld, state.withLock({ $0.hold != .nothing && !$0.isClosed }) { usleep(5_000) }
  }

  /// Whether the connection goes on after it.
  private func carry(_ bytes: ArraySlice<UInt8>, to socket: Int32, _ mood: Mood) -> Bool {
    let part = numbers.withLock { $0.chance(mood.tears) ? Int.random(in: 0..<bytes.count, using: &$0) : nil }
    if let part {
      state.withLock { $0.counts.torn += 1 }
      Self.sendAll(socket, bytes.prefix(part))
      return false
    }
    guard mood.isInPieces else { return Self.sendAll(socket, bytes) }
    var left = bytes
    while !left.isEmpty {
      let size = numbers.withLock { Int.random(in: 1...max(1, left.count), using: &$0) }
      guard Self.sendAll(socket, left.prefix(size)) else { return false }
      left = left.dropFirst(size)
    }
    return true
  }

  /// Lets the time pass that the present mood wants.
  private func rest() -> Mood {
    while mood.withLock({ $0.isHeld }), !state.withLock({ $0.isClosed }) { usleep(5_000) }
    let mood = mood.withLock { $0 }
    if mood.delay > 0 {
      usleep(useconds_t(numbers.withLock { Int.random(in: 0...mood.delay * 1_000, using: &$0) }))
    }
    return mood
  }

  @discardableResult
  private static func sendAll(_ socket: Int32, _ bytes: ArraySlice<UInt8>) -> Bool {
    var left = bytes
    while !left.isEmpty {
      let sent = left.withUnsafeBytes { send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      guard sent > 0 else { return false }
      left = left.dropFirst(sent)
    }
    return true
  }

  private static func with<R>(
    _ host: String, _ port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> R
  ) -> R {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = inet_addr(host == "localhost" ? "127.0.0.1" : host)
    return withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
  }
}

/// Knows of what a client sends whether it executes `commit`.
struct StatementFollower {
  private var rest: [UInt8] = []
  private var isStarted = false
  private var commits: Set<[UInt8]> = []

  /// Whether these bytes complete a message that does.
  mutating func take(_ bytes: ArraySlice<UInt8>) -> Bool {
    rest += bytes
    var found = false
    var start = 0
    while true {
      // The first message has no type.
      let head = isStarted ? 1 : 0
      guard rest.count >= start + head + 4 else { break }
      let length = rest[(start + head)..<(start + head + 4)].reduce(0) { $0 << 8 | Int($1) }
      guard length >= 4, rest.count >= start + head + length else { break }
      let body = rest[(start + head + 4)..<(start + head + length)]
      if isStarted {
        found = meets(rest[start], body) || found
      } else {
        isStarted = true
      }
      start += head + length
    }
    rest.removeFirst(start)
    return found
  }

  private mutating func meets(_ type: UInt8, _ body: ArraySlice<UInt8>) -> Bool {
    let texts = body.split(separator: 0, maxSplits: 2, omittingEmptySubsequences: false)
    guard texts.count >= 2 else { return false }
    switch type {
    // Parse: the statement's name and its text.
    case UInt8(ascii: "P"):
      if Array(texts[1]) == Array("commit".utf8) { commits.insert(Array(texts[0])) }
      return false
    // Bind: a portal and the statement.
    case UInt8(ascii: "B"): return commits.contains(Array(texts[1]))
    default: return false
    }
  }
}
