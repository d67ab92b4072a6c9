import CPostgres
import Foundation

/// How little a thread asks of the machine's scheduler, as `nice` has it: 0, and up to 19 for what goes on only while
/// nothing else wants the processor. A thread has that of the one that starts it, and a connection hands that of its
/// thread on to the server's process (setpriority(2), sched(7)).
package enum Niceness {
  package static let highest: Int32 = 19

  private static let one = __priority_which_t(PRIO_PROCESS.rawValue)

  /// - Parameter thread: by its number, or a process's; 0 for the one that asks.
  package static func of(_ thread: id_t = 0) -> Int32 { getpriority(one, thread) }

  /// Only ever nicer: the way back is root's.
  package static func raise(_ thread: id_t = 0, to niceness: Int32 = highest) {
    setpriority(one, thread, niceness)
  }

  /// Makes all of this process as nice as can be, and what it starts from now on, except the threads that `kept` starts.
  package static func yield<R>(except kept: () throws -> R) rethrows -> R {
    // Each thread has its own, in spite of POSIX.
    let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")) ?? []
    let result = try kept()
    for thread in threads.compactMap({ id_t($0) }) { raise(thread) }
    return result
  }

  /// Makes the server's process of a connection as nice as this thread, where both run on one machine and this user may.
  /// That process ends with the connection, so nobody else gets it.
  static func handOn(to connection: OpaquePointer) {
    let own = of()
    let process = PQbackendPID(connection)
    // The number alone may mean another process, where the server is elsewhere: its title names our port.
    guard own > 0, process > 0, let port = port(of: PQsocket(connection)),
      let title = try? String(contentsOfFile: "/proc/\(process)/cmdline", encoding: .utf8),
      title.hasPrefix("postgres: "), title.contains("(\(port)) ")
    else { return }
    raise(id_t(process), to: own)
    // A server's process is a session of its own, and sessions are weighed against each other first (sched(7), "The
    // autogroup feature"). Where there is no such feature, there is no such file. Others may change it ten times a second.
    for _ in 0..<5 {
      guard let group = fopen("/proc/\(process)/autogroup", "w") else { return }
      fputs("\(own)", group)
      if fclose(group) == 0 || errno != EAGAIN { return }
      usleep(100_000)
    }
  }

  /// This side's; nil where it is none of TCP.
  private static func port(of socket: Int32) -> UInt16? {
    var address = sockaddr_storage()
    var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let isKnown = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(socket, $0, &size) }
    }
    guard isKnown == 0 else { return nil }
    return withUnsafePointer(to: address) { address in
      switch Int32(address.pointee.ss_family) {
      case AF_INET:
        address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
          UInt16(bigEndian: $0.pointee.sin_port)
        }
      case AF_INET6:
        address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
          UInt16(bigEndian: $0.pointee.sin6_port)
        }
      default: nil
      }
    }
  }
}
