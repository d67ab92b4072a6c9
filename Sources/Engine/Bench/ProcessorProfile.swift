import Foundation
import Postgres
import Synchronization

/// Where processor time goes: this process, and each kind of connection that it has to Postgres, by the name under
/// which it connected. Only of a server on this machine; of another the connections are left out.
struct ProcessorProfile: Sendable {
  private struct Backend: Sendable {
    let name: String
    let seconds: Double
  }

  /// How often it is looked: of a connection that ends, what comes after the last look is not seen.
  private static let interval = Duration.milliseconds(200)

  private var own: Double
  private var backends: [Int32: Backend]
  /// How much was written ahead, in bytes.
  private var logged: Double

  /// What `body` took.
  static func during<R>(
    _ database: BenchDatabase, _ body: () async throws -> R
  ) async throws -> (R, ProcessorProfile) {
    let isDone = Done()
    let before = try await look(database)
    async let watched = watch(database, from: before, until: isDone)
    defer { isDone.set() }
    let result = try await body()
    isDone.set()
    return (result, try await watched)
  }

  /// What one of `units` took, by name.
  func each(of units: Int) -> [String: Double] {
    let units = Double(max(1, units))
    var seconds = ["this process": own]
    for backend in backends.values { seconds["postgres \(backend.name)", default: 0] += backend.seconds }
    var figures = ["bytes of write-ahead log each": logged / units]
    for (name, seconds) in seconds where seconds > 0 {
      figures["us of cpu each, \(name)"] = seconds / units * 1e6
    }
    return figures
  }

  private static func watch(
    _ database: BenchDatabase, from before: ProcessorProfile, until isDone: Done
  ) async throws -> ProcessorProfile {
    var last = before
    while true {
      let isLast = isDone.isSet
      let now = try await look(database)
      (last.own, last.logged) = (now.own, now.logged)
      last.backends.merge(now.backends) { $1 }
      if isLast { break }
      try await Task.sleep(for: interval)
    }
    last.own -= before.own
    last.logged -= before.logged
    for (pid, backend) in before.backends {
      guard let end = last.backends[pid] else { continue }
      last.backends[pid] = Backend(name: end.name, seconds: end.seconds - backend.seconds)
    }
    return last
  }

  private static func look(_ database: BenchDatabase) async throws -> ProcessorProfile {
    let (backends, logged) = try await database.pool.withConnection { connection in
      let rows = try connection.execute(
        "select pid, application_name from pg_stat_activity where datname = current_database()")
      let logged = try connection.execute("select (pg_current_wal_lsn() - '0/0')::double precision")
      return (rows.map { ($0.int4(0), $0.text(1)) }, logged[0].double(0))
    }
    return ProcessorProfile(
      own: processorSeconds(),
      backends: Dictionary(
        uniqueKeysWithValues: backends.compactMap { pid, name in
          Self.seconds(of: pid).map { (pid, Backend(name: Self.kind(name), seconds: $0)) }
        }), logged: logged)
  }

  /// Without the number that tells the connections of one pool apart.
  private static func kind(_ name: String) -> String {
    guard let dash = name.lastIndex(of: "-"), name[dash...].dropFirst().allSatisfy(\.isNumber) else {
      return name
    }
    return String(name[..<dash])
  }

  /// proc(5), `/proc/pid/stat`: the 14th and 15th field, behind a name that may hold spaces and parentheses.
  private static func seconds(of pid: Int32) -> Double? {
    guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
      text.contains("(postgres)"), let end = text.lastIndex(of: ")")
    else { return nil }
    let times = text[end...].split(separator: " ").dropFirst(12).prefix(2).compactMap { Double($0) }
    return times.count == 2 ? (times[0] + times[1]) / Double(sysconf(Int32(_SC_CLK_TCK))) : nil
  }
}

/// Set once.
final class Done: Sendable {
  private let value = Atomic(false)
  var isSet: Bool { value.load(ordering: .acquiring) }
  func set() { value.store(true, ordering: .releasing) }
}
