import CSeccomp
import Foundation

/// The body of the zygote: standard input is a socket, over which each file comes with what its lines are to be
/// written to, and a socket that says when to stop and that it ended. It has one thread: another one would not live
/// on in what is forked.
package struct ZygoteWorker {
  private let limits: ExtractionLimits
  private let ended = cseccomp_ended_children()
  /// What runs, by the sockets that it is known by.
  private var children: [Int32: pid_t] = [:]
  /// Those that nobody wants to go on; their sockets have no more to tell.
  private var unwanted: Set<Int32> = []

  /// Returns when nobody can ask any more.
  package static func run(limits: ExtractionLimits) {
    WarmUp.run()
    var worker = ZygoteWorker(limits: limits)
    while worker.turn() {}
    for child in worker.children.values { kill(child, SIGKILL) }
  }

  private init(limits: ExtractionLimits) { self.limits = limits }

  private mutating func turn() -> Bool {
    let watched = [STDIN_FILENO, ended] + children.keys.filter { !unwanted.contains($0) }
    var polled = watched.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    guard poll(&polled, nfds_t(polled.count), -1) > 0 else { return errno == EINTR }
    for item in polled.dropFirst(2) where item.revents != 0 {
      // Nothing is ever written there: it was shut.
      if let child = children[item.fd] { kill(child, SIGKILL) }
      unwanted.insert(item.fd)
    }
    if polled[1].revents != 0 { reap() }
    return polled[0].revents == 0 || receive()
  }

  private mutating func reap() {
    var signal = signalfd_siginfo()
    while read(ended, &signal, MemoryLayout<signalfd_siginfo>.size) > 0 {}
    var status: Int32 = 0
    while case let child = waitpid(-1, &status, WNOHANG), child > 0 {
      guard let control = children.first(where: { $0.value == child })?.key else { continue }
      var byte: UInt8 = 1
      // Who waits has perhaps died.
      _ = send(control, &byte, 1, Int32(MSG_NOSIGNAL))
      close(control)
      children[control] = nil
      unwanted.remove(control)
    }
  }

  private mutating func receive() -> Bool {
    var word = [CChar](repeating: 0, count: 64)
    var files: [Int32] = [-1, -1, -1]
    let count = cseccomp_receive(STDIN_FILENO, &word, word.count, &files)
    guard count > 0 else { return false }
    let name = String(decoding: word[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer {
      close(files[0])
      close(files[1])
    }
    let zygote = getpid()
    let child = cseccomp_fork()
    if child == 0 { extract(name, input: files[0], output: files[1], zygote) }
    if child > 0 { children[files[2]] = child } else { close(files[2]) }
    return true
  }

  /// In the child, which has nothing to return to.
  private func extract(_ name: String, input: Int32, output: Int32, _ zygote: pid_t) -> Never {
    cseccomp_die_with_parent()
    if getppid() != zygote { _exit(1) }
    dup2(input, STDIN_FILENO)
    dup2(output, STDOUT_FILENO)
    cseccomp_close_all_from(3)
    cseccomp_unblock_signals()
    if let format = DocumentFormat(rawValue: name) { ExtractionWorker.run(format, limits: limits) }
    _exit(0)
  }
}
