import Contracts
import EventLog
import Foundation
import Keyring
import Logging
import Postgres
import PostgresLog
import Projections
import Simulation

/// A rebuild of one projection by its command, killed again and again while the log grows, the live build follows and
/// readers look. In the end it is let finish, and says itself whether both builds are equal.
struct BenchFaultsRebuild: Sendable {
  let database: BenchDatabase
  let definition: ProjectionDefinition
  let events: Int
  let kills: Int
  let seed: UInt64
  let binary: URL

  private static let master = String(repeating: "5a", count: 32)

  func run() async throws -> BenchFaultsRun.Outcome {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("aigentable-rebuild-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let traffic = try await BenchTrafficLog(
      database, master: MasterKey(hexadecimal: Self.master, from: "bench"))
    var source = BenchTraffic(detail: .everything, keyring: traffic.keyring)
    try await traffic.fill(&source, events)
    let runner = ProjectionRunner(
      definition, log: traffic.log, pool: database.pool, keys: traffic.keyring.source,
      logger: Logger(label: "bench"))
    let isOver = Done()
    let reader = RebuildReader(definition, pool: database.pool, tenants: source.tenants)
    // Cancelled with this scope.
    async let _: Void = {
      do { try await runner.run() } catch is CancellationError {}
    }()
    async let looking: Void = reader.look(until: isOver)
    // Something is live before anything is rebuilt.
    while await reader.seen == 0 { try await Task.sleep(for: .milliseconds(100)) }
    let result: Result<(killed: Int, grown: Int, printed: String), any Error>
    do { result = .success(try await rebuild(traffic, &source, folder)) } catch { result = .failure(error) }
    isOver.set()
    _ = try await looking
    let (killed, grown, printed) = try result.get()
    var problems = await reader.problems
    let differing = printed.split(separator: "\n").filter {
      $0.contains("differ") && !$0.contains(" 0 differ")
    }
    problems += differing.map { String($0) }
    if !printed.contains("is live as") { problems.append(String(printed.suffix(300))) }
    await traffic.log.close()
    try FileManager.default.removeItem(at: folder)
    return await BenchFaultsRun.Outcome(
      problems: problems.map { "rebuild of \(definition.name): \($0)" },
      figures: [
        "\(definition.name): kills": Double(killed),
        "\(definition.name): events appended meanwhile": Double(grown),
        "\(definition.name): reads": Double(reader.seen),
        "\(definition.name): rows that differ": Self.differences(printed),
        "\(definition.name): tables compared": Double(
          printed.split(separator: "\n").count { $0.contains(" 0 differ") }),
      ])
  }

  /// What the command says of its tables, added up.
  private static func differences(_ printed: String) -> Double {
    printed.matches(of: /(\d+) differ/).reduce(0) { $0 + (Double($1.output.1) ?? 0) }
  }

  /// Kills the command, each time after a longer or shorter while, and lets the last one come to its end. The log grows
  /// meanwhile.
  private func rebuild(
    _ traffic: BenchTrafficLog, _ source: inout BenchTraffic, _ folder: URL
  ) async throws -> (killed: Int, grown: Int, printed: String) {
    var numbers = SeededNumbers(seed: seed &+ 2)
    let settings = [
      "AIGENTABLE_DATABASE_URL": database.url, "AIGENTABLE_HOME": try Home.located().url.path,
      "AIGENTABLE_MASTER_KEY": Self.master,
    ]
    let output = folder.appendingPathComponent("rebuild.log")
    var (killed, grown) = (0, 0)
    while true {
      let isLast = killed == kills
      if isLast { try? FileManager.default.removeItem(at: output) }
      let command = try BenchKillEngine(
        binary, ["rebuild", definition.name, "--unthrottled"], settings: settings, output: output)
      // The first ones are cut short while it begins, the later ones while it builds, indexes and compares.
      let end = ContinuousClock.now + numbers.duration(100...2_000)
      while command.isRunning, isLast || ContinuousClock.now < end {
        try await traffic.fill(&source, 50, isLive: true)
        grown += 50
        try await Task.sleep(for: .milliseconds(50))
      }
      if isLast {
        await command.ended()
        return (killed, grown, try String(contentsOf: output, encoding: .utf8))
      }
      // One that has come to its end is no kill; the next begins anew.
      if command.isRunning { killed += 1 }
      await command.crash()
      // Nobody renews it; to wait until it has run out would only take time.
      try await database.pool.withConnection { connection in
        _ = try connection.execute(
          """
          update projection.lease as l set expires_at = '-infinity' from projection.version as v
          where v.schema = l.schema and v.state = 'building'
          """)
      }
    }
  }
}

/// Reads like the API, and notes when a tenant has fewer rows than before, or none are to be had. What is written
/// meanwhile takes none away.
private actor RebuildReader {
  private let name: String
  private let count: PostgresStatement
  private let models: ReadModels
  private let tenants: [TenantID]
  private var before: [TenantID: Int64] = [:]
  private(set) var seen = 0
  private(set) var problems: [String] = []

  init(_ definition: ProjectionDefinition, pool: PostgresPool, tenants: [TenantID]) {
    name = definition.name
    count = PostgresStatement(
      "select "
        + definition.tables.map { "(select count(*) from \($0))" }.joined(separator: " + ") + "::bigint")
    models = ReadModels(pool: pool)
    self.tenants = tenants
  }

  func look(until isOver: Done) async throws {
    while !isOver.isSet {
      for tenant in tenants {
        do {
          let count = try await models.read(
            name, tenant: tenant, [count]
          ) { $0[0][0].int8(0) }
          seen += 1
          if count < before[tenant] ?? 0 {
            problems.append("a tenant had \(before[tenant] ?? 0) rows, and then \(count)")
          }
          before[tenant] = count
        } catch let error as ProjectionError where error.code == .notLive {
          if !before.isEmpty { problems.append("nothing is live any more") }
        }
      }
      try await Task.sleep(for: .milliseconds(10))
    }
  }
}
