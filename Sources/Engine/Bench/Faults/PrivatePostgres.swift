import Foundation
import Postgres

/// A Postgres of the bench's own, made with the scripts of `ops/lib`, on a small file system of its own: it can be
/// stopped, killed and filled without harm to anybody else. Where none can be mounted it lies in a plain folder, and
/// is not filled.
struct PrivatePostgres: Sendable {
  /// Where its file system is mounted, or the plain folder.
  let folder: URL
  let url: String
  /// Its date.
  let clock: JumpingClock
  /// Why it has no file system of its own; nil where it has one.
  let plain: String?

  /// In MiB; a fresh cluster takes a tenth of it.
  private static let size = 700
  /// Few, so that they can be used up.
  static let connections = 100

  static func with<R>(_ body: (PrivatePostgres) async throws -> R) async throws -> R {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("aigentable-server-\(UUID())")
    try FileManager.default.createDirectory(
      at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
    let plain: String?
    do {
      _ = try await Blocking.shell(
        "mount -t tmpfs -o size=\(size)m,mode=755 aigentable-faults \"$1\"", [folder.path])
      plain = nil
    } catch {
      plain = """
        a file system of \(size) MiB cannot be mounted on \(folder.path), which it takes to fill a disk: \(error); as \
        root it can be where mounting is allowed (in a container: CAP_SYS_ADMIN)
        """
    }
    let result: Result<R, any Error>
    do {
      let clock = try await JumpingClock(in: folder, home: try Home.located().url)
      let first = try await start(folder, clock)
      let server = PrivatePostgres(folder: folder, url: first, clock: clock, plain: plain)
      let pool = PostgresPool(url: first, connections: 1)
      try await pool.withConnection {
        try $0.executeScript("alter system set max_connections = \(connections)")
        try $0.executeScript("alter system set max_wal_size = '128MB'")
        try $0.executeScript("alter system set checkpoint_timeout = '30s'")
      }
      pool.shutdown()
      try await server.end()
      try await server.start()
      result = .success(try await body(server))
    } catch { result = .failure(error) }
    let remove = plain == nil ? "umount \"$1\" || umount -l \"$1\"; rmdir \"$1\"" : "rm -rf \"$1\""
    _ = try? await Blocking.shell("\(libraries)\npostgres_stop \"$1\"; \(remove)", [folder.path])
    return try result.get()
  }

  /// Starts it again where it does not run, on the same port, with what it had committed.
  func start() async throws { _ = try await Self.start(folder, clock) }

  private func end() async throws {
    _ = try await Blocking.shell("\(Self.libraries)\npostgres_stop \"$1\"", [folder.path])
  }

  private static var libraries: String {
    get throws {
      let home = try Home.located()
      return ["say", "ports", "postgres"].map { ". '\(home.folder("ops/lib/\($0).sh").path)'" }
        .joined(separator: "\n")
    }
  }

  private static func start(_ folder: URL, _ clock: JumpingClock) async throws -> String {
    let settings = clock.settings.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    let printed = try await Blocking.shell(
      """
      \(libraries)
      export "${@:2}"
      postgres_start "$1"; printf 'url=%s' "$postgres_url"
      """, [folder.path] + settings)
    guard let start = printed.range(of: "url=postgresql://") else {
      throw BenchError("no Postgres: \(printed.suffix(2_000))")
    }
    return String(printed[start.lowerBound...].dropFirst("url=".count))
  }

  // MARK: What befalls it

  /// The postmaster; nil when it does not run.
  private var postmaster: Int32? {
    let file = folder.appendingPathComponent("data/postmaster.pid")
    guard let text = try? String(contentsOf: file, encoding: .utf8),
      let pid = text.split(separator: "\n").first.flatMap({ Int32($0) }),
      // After a crash the number may be another's, or nobody's any more.
      let home = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/cwd"),
      URL(fileURLWithPath: home).resolvingSymlinksInPath().path
        == folder.appendingPathComponent("data").resolvingSymlinksInPath().path
    else { return nil }
    return pid
  }

  var isRunning: Bool { postmaster != nil }

  /// Stops every process of it where it stands; the closure that it returns lets them go on.
  func freeze() throws -> () -> Void {
    guard let postmaster else { throw BenchError("the private Postgres does not run") }
    // First the one that would start others.
    kill(postmaster, SIGSTOP)
    let all = [postmaster] + Self.children(of: postmaster)
    for process in all { kill(process, SIGSTOP) }
    return { for process in all.reversed() { kill(process, SIGCONT) } }
  }

  /// Kills one process that serves a client; the others are then ended by the server itself, which recovers.
  func killBackend(_ draw: (ClosedRange<Int>) -> Int) throws {
    guard let postmaster else { throw BenchError("the private Postgres does not run") }
    let backends = Self.children(of: postmaster).filter { process in
      let line = try? Data(contentsOf: URL(fileURLWithPath: "/proc/\(process)/cmdline"))
      // "postgres: aigentable aigentable 127.0.0.1(40512) idle"
      return String(decoding: line ?? Data(), as: UTF8.self).contains("127.0.0.1(")
    }
    guard !backends.isEmpty else { throw BenchError("nobody is connected to the private Postgres") }
    kill(backends[draw(0...(backends.count - 1))], SIGKILL)
  }

  /// Kills the postmaster; its children notice and end.
  func killPostmaster() throws {
    guard let postmaster else { throw BenchError("the private Postgres does not run") }
    kill(postmaster, SIGKILL)
  }

  private static func children(of parent: Int32) -> [Int32] {
    let folders = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return folders.compactMap(Int32.init).filter { process in
      let text = (try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)) ?? ""
      // The name, in parentheses, may hold anything; after it come the state and the parent.
      let fields = text[(text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ")
      return fields.count > 2 && Int32(fields[2]) == parent
    }
    .sorted()
  }

  private var ballast: URL { folder.appendingPathComponent("ballast") }

  /// Leaves not one block free; throws where that would be the disk of others.
  func fillDisk() throws {
    if let plain { throw BenchError(plain) }
    let file = open(ballast.path, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    guard file >= 0 else { throw BenchError("\(ballast.path) cannot be made: errno \(errno)") }
    defer { close(file) }
    let zeros = [UInt8](repeating: 0, count: 1 << 20)
    for block in [1 << 20, 4 << 10] {
      while write(file, zeros, block) > 0 {}
      guard errno == ENOSPC else { throw BenchError("\(ballast.path) cannot be written: errno \(errno)") }
    }
  }

  func freeDisk() throws { try FileManager.default.removeItem(at: ballast) }

  /// Takes every connection that there is, ends those of others, and keeps what becomes free for a while.
  func useUpConnections(for duration: Duration) async throws -> Int {
    try await Blocking.run { [url] in
      var held: [PostgresConnection] = []
      let end = ContinuousClock.now + duration
      while ContinuousClock.now < end {
        do { held.append(try PostgresConnection(url: url, applicationName: "aigentable-hog")) } catch {
          guard let one = held.first else { throw error }
          _ = try one.execute(
            """
            select pg_terminate_backend(pid) from pg_stat_activity
            where backend_type = 'client backend' and application_name not similar to 'aigentable-(hog|bench)%'
            """)
          usleep(5_000)
        }
      }
      return held.count
    }
  }
}
