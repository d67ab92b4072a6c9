import CCurl
import Foundation
import Synchronization

/// One thread that waits for any number of sockets, at the price of the ready ones (epoll(7)), and for moments. What
/// stands at the engine's both ends shares the processors with it: it must cost next to nothing.
///
/// Unchecked: everything but the inbox is touched by the loop's thread alone.
final class SocketLoop: @unchecked Sendable {
  typealias Work = @Sendable () -> Void

  private struct Moment {
    let at: ContinuousClock.Instant
    let work: () -> Void
  }

  private let poll = epoll_create1(Int32(EPOLL_CLOEXEC))
  private let bell = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
  private let inbox = Mutex<[Work]>([])
  private let isStopped = Done()
  /// What is to be done when a descriptor is ready.
  private var watched: [Int32: () -> Void] = [:]
  /// In order of time, the next one last.
  private var moments: [Moment] = []

  init() throws {
    guard poll >= 0, bell >= 0 else { throw BenchError("no file descriptors are left") }
    watch(bell) { [bell] in
      var count: eventfd_t = 0
      eventfd_read(bell, &count)
    }
  }

  func start(_ name: String) {
    let thread = Thread { [self] in run() }
    thread.name = name
    thread.start()
  }

  /// Ends the thread and closes what is watched.
  func stop() {
    isStopped.set()
    eventfd_write(bell, 1)
  }

  /// From any thread: lets the loop's do it.
  func enter(_ work: @escaping Work) {
    inbox.withLock { $0.append(work) }
    eventfd_write(bell, 1)
  }

  /// Calls `onReady` whenever something can be read.
  func watch(_ descriptor: Int32, _ onReady: @escaping () -> Void) {
    var event = epoll_event(events: EPOLLIN.rawValue, data: epoll_data_t(fd: descriptor))
    epoll_ctl(poll, EPOLL_CTL_ADD, descriptor, &event)
    watched[descriptor] = onReady
  }

  /// Closes it.
  func end(_ descriptor: Int32) {
    watched[descriptor] = nil
    close(descriptor)
  }

  func at(_ moment: ContinuousClock.Instant, _ work: @escaping () -> Void) {
    var (low, high) = (0, moments.count)
    while low < high {
      let middle = (low + high) / 2
      if moments[middle].at > moment { low = middle + 1 } else { high = middle }
    }
    moments.insert(Moment(at: moment, work: work), at: low)
  }

  private func run() {
    var events = [epoll_event](repeating: epoll_event(), count: 256)
    while !isStopped.isSet {
      let count = epoll_wait(poll, &events, Int32(events.count), wait())
      for event in events.prefix(max(0, Int(count))) { watched[event.data.fd]?() }
      for work in inbox.withLock({ inbox in
        defer { inbox = [] }
        return inbox
      }) { work() }
      let now = ContinuousClock.now
      while let next = moments.last, next.at <= now { moments.removeLast().work() }
    }
    for descriptor in watched.keys { close(descriptor) }
    close(poll)
    (watched, moments) = ([:], [])
  }

  /// In milliseconds, never less than what is left.
  private func wait() -> Int32 {
    guard let next = moments.last else { return -1 }
    let left = (next.at - .now) / .milliseconds(1)
    return left <= 0 ? 0 : Int32(min(left.rounded(.up), 60_000))
  }
}

/// A socket of the loopback interface.
enum LoopbackSocket {
  static func connected(to port: Int) throws -> Int32 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = address(port)
    let connected = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard descriptor >= 0, connected == 0 else {
      throw BenchError("no connection to port \(port): errno \(errno)")
    }
    noDelay(descriptor)
    return descriptor
  }

  /// On a free port.
  static func listening(backlog: Int32) throws -> (descriptor: Int32, port: Int) {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
    var address = address(0)
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isListening = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, size) == 0 && listen(descriptor, backlog) == 0
          && getsockname(descriptor, $0, &size) == 0
      }
    }
    guard descriptor >= 0, isListening else { throw BenchError("nothing can be listened to: errno \(errno)") }
    return (descriptor, Int(UInt16(bigEndian: address.sin_port)))
  }

  /// Small writes leave at once.
  static func noDelay(_ descriptor: Int32) {
    var on: Int32 = 1
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
  }

  /// False when not all of it is taken at once, as when the other side is gone or reads nothing.
  static func send(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
    Foundation.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
      == bytes.count
  }

  private static func address(_ port: Int) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    return address
  }
}
