import Foundation
import Postgres
import Synchronization
import TestKit

/// A process of the engine's own binary, with what it prints in a file.
final class Program: Sendable {
  let name: String
  let process: pid_t
  private let output: URL
  private let exit = Exit()

  /// - Parameter environment: every setting of the engine; those of the tests' own environment are not passed on.
  init(_ binary: URL, _ arguments: [String], environment: [String: String], output: URL) throws {
    name = "aigentable " + arguments.joined(separator: " ")
    self.output = output
    let inherited = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("AIGENTABLE_") }
    let variables = inherited.merging(environment) { $1 }.map { "\($0.key)=\($0.value)" }
    process = try Self.spawn([binary.path] + arguments, variables, output.path)
    // Foundation's Process sees an end only when every descendant is gone as well, and Postgres stays.
    let thread = Thread { [process, exit] in
      var status: Int32 = 0
      while waitpid(process, &status, 0) < 0 && errno == EINTR {}
      // The low seven bits are the signal, the next eight the status (wait(2)).
      exit.end(status & 0x7F == 0 ? (status >> 8) & 0xFF : status & 0x7F)
    }
    thread.stackSize = 256 << 10
    thread.start()
  }

  private static func spawn(_ words: [String], _ variables: [String], _ output: String) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    posix_spawn_file_actions_adddup2(&actions, 1, 2)
    let arguments = words.map { strdup($0) } + [nil]
    let environment = variables.map { strdup($0) } + [nil]
    defer { for text in arguments + environment { free(text) } }
    var process = pid_t()
    let error = posix_spawn(&process, words[0], &actions, nil, arguments, environment)
    guard error == 0 else { throw TestSetupError("\(words[0]) cannot be started: error \(error)") }
    return process
  }

  /// Everything it printed so far, on both of its streams.
  var printed: String { (try? String(contentsOf: output, encoding: .utf8)) ?? "" }

  var hasEnded: Bool { exit.status != nil }

  /// Waits for its end; the status, or the number of the signal that ended it.
  @discardableResult
  func ended() async -> Int32 { await exit.wait() }

  /// Ends it as a crash does, without a word to it.
  func crash() async {
    kill(process, SIGKILL)
    await ended()
  }

  /// Asks it to end and waits until it has.
  @discardableResult
  func stop() async -> Int32 {
    if !hasEnded { kill(process, SIGTERM) }
    return await ended()
  }

  /// The binary that `AIGENTABLE_BINARY` names, or else the release binary of this checkout.
  static func binary() throws -> URL {
    let named = ProcessInfo.processInfo.environment["AIGENTABLE_BINARY"]
    let url = named.map { URL(fileURLWithPath: $0) } ?? TestDatabase.home.folder(".build/release/aigentable")
    guard FileManager.default.isExecutableFile(atPath: url.path) else {
      throw TestSetupError(
        "\(url.path) is no program: build it with `swift build -c release --product aigentable`, "
          + "or name another one in AIGENTABLE_BINARY")
    }
    return url
  }
}

/// The end of a process, for any number of tasks that wait for it.
private final class Exit: Sendable {
  private struct State {
    var status: Int32?
    var waiting: [CheckedContinuation<Int32, Never>] = []
  }

  private let state = Mutex(State())

  var status: Int32? { state.withLock { $0.status } }

  func end(_ status: Int32) {
    let waiting = state.withLock { state in
      state.status = status
      defer { state.waiting = [] }
      return state.waiting
    }
    for continuation in waiting { continuation.resume(returning: status) }
  }

  func wait() async -> Int32 {
    await withCheckedContinuation { continuation in
      let status = state.withLock { state in
        if state.status == nil { state.waiting.append(continuation) }
        return state.status
      }
      if let status { continuation.resume(returning: status) }
    }
  }
}
