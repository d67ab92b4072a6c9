import CSeccomp
import Foundation
import Synchronization

/// The process that extractions are forked from. It has loaded the program and its libraries once, which takes
/// thirty times as long as a fork, and never opens a document itself, so nothing of one can be left in it for the next.
///
/// It is started when it is first needed, and again when it died. It ends when this does: its socket closes.
final class Zygote: Sendable {
  /// A running extraction, by a socket that only it and the zygote share.
  struct Child {
    fileprivate let control: Int32

    /// Ends it if it still runs. Returns once it was reaped; false when the zygote died before it said so.
    func end() -> Bool {
      shutdown(control, Int32(SHUT_WR))
      defer { close(control) }
      var byte: UInt8 = 0
      while true {
        let count = read(control, &byte, 1)
        if count < 0, errno == EINTR { continue }
        return count == 1
      }
    }
  }

  private struct Running {
    let socket: Int32
    let process: pid_t
  }

  private let command: [String]
  private let running = Mutex<Running?>(nil)

  init(command: [String]) { self.command = command }

  deinit { end() }

  /// Returns once it has ended; it is started again when it is needed.
  func end() { running.withLock { Self.end(&$0) } }

  /// - Parameters:
  ///   - input: the file, at its beginning.
  ///   - output: what the child writes its lines to.
  func fork(_ format: DocumentFormat, input: Int32, output: Int32) throws(ExtractionError) -> Child {
    let control = try Self.pair(SOCK_STREAM)
    defer { close(control.theirs) }
    let word = Array(format.rawValue.utf8).map { CChar(bitPattern: $0) }
    do {
      try ask(word, [input, output, control.theirs])
      return Child(control: control.ours)
    } catch {
      close(control.ours)
      throw error
    }
  }

  private func ask(_ word: [CChar], _ files: [Int32]) throws(ExtractionError) {
    try running.withLock { (running: inout Running?) throws(ExtractionError) in
      var error: Int32 = 0
      for _ in 0..<2 {
        let current: Running
        if let running { current = running } else { current = try start() }
        running = current
        error = cseccomp_send(current.socket, word, word.count, files)
        if error == 0 { return }
        // It was killed, by whoever wanted memory for instance.
        Self.end(&running)
      }
      throw ExtractionError(.unavailable, "\(command[0]) cannot be asked to read a file, error \(error)")
    }
  }

  private func start() throws(ExtractionError) -> Running {
    let sockets = try Self.pair(SOCK_SEQPACKET)
    defer { close(sockets.theirs) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, sockets.theirs, STDIN_FILENO)
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
    cseccomp_close_from(&actions, 3)
    let words = Self.cStrings(command)
    defer { for word in words { free(word) } }
    let environment = Self.cStrings(Self.environment)
    defer { for word in environment { free(word) } }
    var process: pid_t = 0
    let error = posix_spawn(&process, command[0], &actions, nil, words, environment)
    guard error == 0 else {
      close(sockets.ours)
      throw ExtractionError(.unavailable, "\(command[0]) cannot be started, error \(error)")
    }
    return Running(socket: sockets.ours, process: process)
  }

  private static var environment: [String] {
    // Message catalogues and the like are not for this; fontconfig looks for a home.
    // What a library lacks is looked up once here, not in each process that is forked (ld.so(8)).
    var words = ["LC_ALL=C.UTF-8", "HOME=/nonexistent", "LD_BIND_NOW=1"]
    #if DEBUG
    // Where a build that counts the lines that run writes them: it maps the file before anything is shut in.
    let counts = "LLVM_PROFILE_FILE"
    if let file = ProcessInfo.processInfo.environment[counts] { words.append("\(counts)=\(file)") }
    #endif
    return words
  }

  private static func end(_ running: inout Running?) {
    guard let ending = running else { return }
    running = nil
    close(ending.socket)
    var status: Int32 = 0
    while waitpid(ending.process, &status, 0) < 0, errno == EINTR {}
  }

  /// Two ends, neither of which another program gets.
  private static func pair(
    _ kind: __socket_type
  ) throws(ExtractionError) -> (ours: Int32, theirs: Int32) {
    var ends: [Int32] = [0, 0]
    guard socketpair(AF_UNIX, Int32(kind.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
      throw ExtractionError(.unavailable, "no socket can be made, error \(errno)")
    }
    return (ends[0], ends[1])
  }

  private static func cStrings(_ words: [String]) -> [UnsafeMutablePointer<CChar>?] {
    words.map { (word: String) in strdup(word) } + [nil]
  }
}
