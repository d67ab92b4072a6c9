import CPostgres
import Foundation
import Synchronization

/// Notifications of one connection that listens, on a thread of its own.
///
/// Delivery is a hint: notifications sent while the connection is broken are lost, so `onReconnect` is called
/// whenever it is made anew, and receivers look for themselves.
package final class PostgresListener: Sendable {
  private let stopping = Flag()
  private let isSimulated: Bool
  private let ended = DispatchSemaphore(value: 0)
  private let wakeRead: Int32
  private let wakeWrite: Int32

  /// - Parameters:
  ///   - channels: the names to LISTEN to; lower-case identifiers.
  ///   - onNotification: channel and payload; called on the listener's thread, must not block.
  package init(
    url: String, channels: [String],
    onReconnect: @escaping @Sendable () -> Void,
    onNotification: @escaping @Sendable (_ channel: String, _ payload: String) -> Void
  ) {
    isSimulated = Simulation.postgres != nil
    if let simulated = Simulation.postgres {
      (wakeRead, wakeWrite) = (-1, -1)
      simulated.listen(channels, onNotification)
      return
    }
    var ends: [Int32] = [0, 0]
    precondition(pipe(&ends) == 0, "no pipe could be made: errno \(errno)")
    wakeRead = ends[0]
    wakeWrite = ends[1]
    let thread = Thread { [stopping, wakeRead, ended] in
      while !stopping.isSet {
        do {
          let connection = try PostgresConnection(url: url, applicationName: "aigentable-listener")
          for channel in channels { try connection.executeScript("listen \(channel)") }
          onReconnect()
          Self.forward(from: connection, wake: wakeRead, to: onNotification)
        } catch {
          // The server is away: look again shortly, or at once when told to stop.
          var wake = pollfd(fd: wakeRead, events: Int16(POLLIN), revents: 0)
          _ = poll(&wake, 1, 250)
        }
      }
      close(wakeRead)
      ended.signal()
    }
    thread.name = "pg-listen"
    thread.start()
  }

  /// Returns once the thread is done with libpq, which a process must not leave in the middle of a call.
  package func stop() {
    guard stopping.set(), !isSimulated else { return }
    var byte: UInt8 = 1
    _ = write(wakeWrite, &byte, 1)
    ended.wait()
    close(wakeWrite)
  }

  deinit { stop() }

  /// Returns when the connection breaks or the wake pipe is written to.
  private static func forward(
    from connection: PostgresConnection, wake: Int32, to onNotification: (String, String) -> Void
  ) {
    let socket = PQsocket(connection.handle)
    while true {
      while let notification = PQnotifies(connection.handle) {
        onNotification(
          String(cString: notification.pointee.relname), String(cString: notification.pointee.extra))
        PQfreemem(notification)
      }
      var watched = [
        pollfd(fd: socket, events: Int16(POLLIN), revents: 0),
        pollfd(fd: wake, events: Int16(POLLIN), revents: 0),
      ]
      guard poll(&watched, 2, -1) > 0 else {
        if errno == EINTR { continue }
        return
      }
      if watched[1].revents != 0 { return }
      guard PQconsumeInput(connection.handle) == 1 else { return }
    }
  }
}

/// Set once, never cleared.
private final class Flag: Sendable {
  private let value = Mutex(false)

  var isSet: Bool { value.withLock { $0 } }

  /// False when it was set before.
  func set() -> Bool {
    value.withLock { value in
      defer { value = true }
      return !value
    }
  }
}
