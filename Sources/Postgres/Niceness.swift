import Foundation

/// How little a thread asks of the machine's scheduler, as `nice` has it: 0, and up to 19 for what goes on only while
/// nothing else wants the processor. A thread has that of the one that starts it (setpriority(2), sched(7)).
///
/// The server's processes are left as they are: one that holds a lock and gets no processor holds up who waits for it.
/// With them as nice as can be, the p99 of live writes beside a rebuild was several times as large.
package enum Niceness {
  package static let highest: Int32 = 19

  private static let one = __priority_which_t(PRIO_PROCESS.rawValue)

  /// Makes all of this process as nice as can be, and what it starts from now on, except the threads that `kept` starts.
  package static func yield<R>(except kept: () throws -> R) rethrows -> R {
    // Each thread has its own, in spite of POSIX.
    let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")) ?? []
    let result = try kept()
    for thread in threads.compactMap({ id_t($0) }) { setpriority(one, thread, highest) }
    return result
  }
}
