import Contracts
import EventLog
import Foundation
import Logging
import Postgres
import PostgresLog
import Projections

/// The shipped projection runtime and rebuilds, on a projection that keeps of every stream the numbers in order. Any
/// number of processes keep it up, some of them rebuild it meanwhile, and somebody reads it all the time.
final class ProjectionScene: Scene, @unchecked Sendable {
  let run: SimulationRun
  private let definition: ProjectionDefinition
  private let events: Int
  private let keys: Int
  /// Rebuilds rest for what is live.
  private let isHeldBack: Bool
  private var rebuilds: Int
  private var appended = 0
  private var isFed = false
  private var isReading = true

  init(_ run: SimulationRun) throws {
    self.run = run
    run.database.hasProjections = true
    definition = try ProjectionDefinition(
      folder: "tally", yaml: Self.yaml,
      schema: String(decoding: PackageResources.tally_schema_sql, as: UTF8.self),
      apply: String(decoding: PackageResources.tally_apply_sql, as: UTF8.self))
    events = Int.random(in: 5...60, using: &run.world.numbers)
    keys = Int.random(in: 1...5, using: &run.world.numbers)
    rebuilds = Int.random(in: 0...2, using: &run.world.numbers)
    isHeldBack = run.seed.isMultiple(of: 3)
  }

  private static let yaml = """
    name: tally
    version: 1
    topics: [conversations]
    types: [conversation.labelled]
    private: false
    tables: [tally]
    """

  var inputs: Int { appended }
  var faultCount: Int { 0 }

  func begin() {
    startWriter()
    startReader()
    startLagWatch()
    for _ in 0..<Int.random(in: 1...3, using: &run.world.numbers) { startWorker() }
  }

  private static let noKeys: KeySource = { _, _ in [:] }

  func startWorker() {
    let size = Int.random(in: 1...20, using: &run.world.numbers)
    let rest = run.world.numbers.duration(0...8_000)
    run.startWorker { [self, layout = run.layout, definition] _ in
      let pool = PostgresPool(url: "simulated", connections: 3)
      let log = PostgresLog(pool: pool, layout: layout, logger: SimulationRun.logger)
      let runner = ProjectionRunner(
        definition, log: log, pool: pool, keys: Self.noKeys, logger: SimulationRun.logger, batchSize: size,
        onWrite: { [self] in check($0, size) })
      await withTaskGroup { group in
        group.addTask { [self] in
          do { try await runner.run() } catch { run.note("the projection failed: \(error)") }
        }
        group.addTask { [self] in
          guard (try? await Surroundings.sleep(for: rest)) != nil else { return }
          await rebuild(log, pool, size)
        }
      }
      await log.close()
    }
  }

  private func check(_ result: WriteResult, _ size: Int) {
    let held = result.applied + result.parked
    if held == size { run.world.note(.fullBatch) }
    if held > size { run.note("a projection held \(held) events at once, at most \(size) may be in hand") }
  }

  /// As often as is planned, by whichever process has its turn; one that is killed leaves its build to the next.
  private func rebuild(_ log: PostgresLog, _ pool: PostgresPool, _ size: Int) async {
    while rebuilds > 0, !Task.isCancelled {
      do {
        let rebuild = Rebuild(log: log, pool: pool, keys: Self.noKeys, logger: SimulationRun.logger)
        if isHeldBack {
          // Whose rests are as long as its work, so that the run need not go on for long because of them.
          let throttle = BackfillThrottle(url: "simulated", duty: 0.5)
          _ = try await throttle.watching { [definition] in
            try await rebuild.run(definition, Rebuild.Options(batchSize: size, throttle: throttle))
          }
          run.world.note(.heldBack)
        } else {
          _ = try await rebuild.run(definition, Rebuild.Options(batchSize: size))
        }
        run.world.note(.rebuild)
        rebuilds -= 1
      } catch let error as ProjectionError where error.code == .differs {
        return run.note("a rebuild came out different: \(error)")
      } catch {
        run.world.note(.rebuildKilled)
        try? await Surroundings.sleep(for: .milliseconds(700))
      }
    }
  }

  private func startWriter() {
    run.startProcess("writer") { [self, world = run.world, layout = run.layout] _ in
      let log = PostgresLog(
        pool: PostgresPool(url: "simulated", connections: 2), layout: layout, logger: SimulationRun.logger)
      for number in 0..<events {
        try? await Surroundings.sleep(for: world.numbers.duration(0...200))
        let event = run.event(
          number, type: ConversationLabelled.type, topic: .conversations,
          key: "key-\(Int.random(in: 0..<keys, using: &world.numbers))",
          value: Array(#"{"facts":{"number":\#(number)}}"#.utf8))
        while (try? await log.append([event])) == nil, !Task.isCancelled {
          try? await Surroundings.sleep(for: .milliseconds(50))
        }
        appended += 1
      }
      isFed = true
      await log.close()
    }
  }

  /// What a reader sees only ever grows.
  private func startReader() {
    run.startProcess("reader") { [self] _ in
      let models = ReadModels(pool: PostgresPool(url: "simulated", connections: 1))
      var before: [String: String]?
      while isReading, !Task.isCancelled {
        try? await Surroundings.sleep(for: .milliseconds(90))
        let now: [String: String]
        do {
          now = try await models.read("tally", tenant: SimulationRun.tenant) { transaction in
            let rows = try transaction.execute("select stream, numbers from tally order by stream")
            return Dictionary(uniqueKeysWithValues: rows.map { ($0.text(0), $0.text(1)) })
          }
        } catch let error as ProjectionError where error.code == .notLive {
          if before != nil { run.note("a reader finds nothing live any more") }
          continue
        } catch { continue }
        for (stream, numbers) in (before ?? [:]).sorted(by: { $0.key < $1.key })
        where now[stream]?.hasPrefix(numbers) != true {
          run.note("a reader saw \(numbers) of \(stream), and then \(now[stream] ?? "nothing")")
        }
        run.world.note(.reading)
        before = now
      }
    }
  }

  // MARK: The end

  func isDone() throws -> Bool { try isFed && rebuilds <= 0 && unfinished().isEmpty }

  func unfinished() throws -> String {
    try run.database.ask { connection in
      let behind = try connection.execute(
        """
        select e.partition, e."offset", coalesce(max(p."offset"), 0)
        from log.ends($1) as e
        left join projection.version as v on v.name = 'tally' and v.state = 'live'
        left join projection.progress as p
          on p.schema = v.schema and p.topic = $1 and p.partition = e.partition
        group by 1, 2 having coalesce(max(p."offset"), 0) < e."offset"
        """, [.int2(Topic.conversations.number)]
      ).map { "what is live stands at \($0.int8(2)) of \($0.int8(1)) in \($0.int4(0))" }
      let left = rebuilds > 0 ? ["\(rebuilds) rebuilds are not finished"] : []
      return (behind + left).joined(separator: "; ")
    }
  }

  func problems(isDone: Bool) throws -> [String] {
    isReading = false
    return try run.database.ask { connection in
      let wanted = try connection.execute(
        """
        select key, string_agg(convert_from(value, 'UTF8')::jsonb #>> '{facts,number}', ',' order by "offset")
        from log.record group by 1
        """
      ).reduce(into: [String: String]()) { $0[$1.text(0)] = $1.text(1) }
      let schemas = try connection.execute(
        "select schema from projection.version where name = 'tally' and state = 'live'")
      if schemas.isEmpty, !isDone { return [] }
      guard schemas.count == 1 else { return ["\(schemas.count) builds are live"] }
      let found = try connection.execute("select stream, numbers from \(schemas[0].text(0)).tally")
        .reduce(into: [String: String]()) { $0[$1.text(0)] = $1.text(1) }
      // Of each stream what was read so far, where there is more.
      let isFold =
        isDone
        ? wanted == found
        : found.allSatisfy { wanted[$0.key]?.appending(",").hasPrefix($0.value + ",") == true }
      return isFold ? [] : ["the read model is \(found), the log says \(wanted)"]
    }
  }
}
