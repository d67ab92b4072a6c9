import ArgumentParser
import Contracts
import Foundation
import Logging
import ObjectStore
import Postgres
import PostgresLog
import Privacy
import Projections

struct BenchErase: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "erase", abstract: "Erase one contact among many events.",
    discussion: """
      Timed are the time until nobody can read what the contact's key sealed, and until the rows about the contact \
      are gone and the pages that held them clean. In between, the engine waits until every process has heard of \
      it; that is not counted.
      """)

  @Option(help: "Events in the log.") var events = 1_000_000
  @Option(help: "Contacts erased, one after another.") var contacts = 5
  @Flag(help: "Print one JSON object.") var json = false

  func run() async throws {
    var logger = Logger(label: "bench")
    logger.logLevel = .error
    let result = try await BenchDatabase.with(connections: 4) { [logger] database in
      let traffic = try await BenchTrafficLog(database)
      var source = BenchTraffic(detail: .everything, keyring: traffic.keyring)
      try await traffic.fill(&source, events)
      let definition = try ProjectionDefinition.load(Home.located().folder("projections/conversations"))
      let build = try await Rebuild(
        log: traffic.log, pool: database.pool, keys: traffic.keyring.source, logger: logger
      ).run(definition)
      try await database.pool.withConnection { connection in
        // As normalize notes it.
        try connection.execute(
          "insert into stage.participant (contact, conversation) select contact, id from \(build.schema).conversation"
        )
        try connection.executeScript("vacuum (analyze)")
      }
      let result = try await measure(traffic, build.schema, logger)
      await traffic.log.close()
      return result
    }
    try result.print(asJSON: json)
  }

  private func measure(
    _ traffic: BenchTrafficLog, _ schema: String, _ logger: Logger
  ) async throws -> BenchResult {
    let pool = traffic.database.pool
    let people = try await pool.withConnection { [contacts] connection in
      try connection.execute(
        "select contact, tenant from \(schema).conversation order by messages desc, id limit $1",
        [.int4(Int32(contacts))]
      ).map { (ContactID($0.uuid(0)), TenantID($0.uuid(1))) }
    }
    let erasure = ContactErasure(
      log: traffic.log, pool: pool, journal: ErasureJournal(MemoryStore()))
    let eraser = Eraser(pool: pool, logger: logger, ripe: .zero)
    let clock = ContinuousClock()
    let (sealed, all) = (Latencies(), Latencies())
    let cpu = processorSeconds()
    for (contact, tenant) in people {
      let start = clock.now
      _ = try await erasure.erase(.init(contact: contact, tenant: tenant, source: "/bench"))
      sealed.record(clock.now - start)
      repeat { try await eraser.work() } while try await isUnfinished(contact, pool)
      all.record(clock.now - start)
    }
    let left = try await pool.withConnection { connection in
      try connection.execute(
        "select count(*) from \(schema).message where sealed_by = any ($1) and text is not null",
        [.uuids(people.map(\.0.uuid))])[0].int8(0)
    }
    guard left == 0 else { throw BenchError("\(left) messages of erased contacts are still there") }
    return BenchResult(
      name: "erase", rate: 1_000 / all.percentile(50), ceiling: 1 / 5, p50: all.percentile(50),
      p95: all.percentile(95), p99: all.percentile(99),
      cpuSecondsPerMillion: (processorSeconds() - cpu) / Double(people.count) * 1e6,
      more: ["ms until the keys are gone": sealed.percentile(50)],
      notes:
        "\(people.count) contacts among \(events) events, one after another; ceiling is one in 5 s; latency is "
        + "until rows are gone and pages clean, without the 25 s that are waited in between",
      goals: [
        BenchGoal(
          "seconds until a contact is gone, the slowest of \(people.count)", all.percentile(100) / 1_000,
          .below, 5,
          isFullSize: events >= 1_000_000)
      ])
  }

  private func isUnfinished(_ contact: ContactID, _ pool: PostgresPool) async throws -> Bool {
    try await pool.withConnection { connection in
      try !connection.execute(
        "select from privacy.erasure where contact = $1 and finished_at is null", [.uuid(contact.uuid)]
      ).isEmpty
    }
  }
}
