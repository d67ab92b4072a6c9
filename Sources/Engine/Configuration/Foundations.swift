import Contracts
import EventLog
import Foundation
import KafkaLog
import Keyring
import Logging
import ObjectStore
import Pipeline
import Postgres
import PostgresLog
import Privacy

/// What every role stands on: the database, the log, the keys and the directory.
struct Foundations: Sendable {
  let configuration: Configuration
  let home: Home
  let pool: PostgresPool
  let log: any EventLog
  /// Publishes what transactions left for Kafka; nil on the embedded log.
  let relay: OutboxRelay?
  let keyring: Keyring
  let directory: Directory
  let erasureJournal: ErasureJournal
  /// Takes the keys of erased contacts out of this process's memory.
  let erasures: ErasureWatch
  let logger: Logger
  /// How many contacts were erased again before anything else was done.
  private(set) var erasedAgain = 0
  private let embedded: PostgresLog

  private static func open(
    _ configuration: Configuration, connections: Int, logger: Logger
  ) async throws -> Foundations {
    let home = try Home.located()
    let choice = try configuration.log
    var greeting: String?
    if case .postgres = choice { greeting = LogHome.embeddedGreeting }
    let pool = PostgresPool(
      url: try configuration.databaseURL, connections: connections, prefersIndexes: true, greeting: greeting)
    let keyring = Keyring(master: try configuration.loadMasterKey())
    let layout = try await layout(pool, keyring)
    let embedded = PostgresLog(
      pool: pool, layout: layout, archive: try configuration.archive(), logger: logger)
    var log: any EventLog = embedded
    var relay: OutboxRelay?
    if case .kafka(let url) = choice {
      try await LogHome.settleOnKafka(pool)
      let kafka = try await KafkaLog.open(
        KafkaConfiguration(url: url), layout: layout, outbox: embedded, pool: pool, logger: logger)
      log = kafka
      relay = kafka.relay
    }
    return Foundations(
      configuration: configuration, home: home, pool: pool, log: log, relay: relay, keyring: keyring,
      directory: Directory(log: log, pool: pool, keyring: keyring, logger: logger),
      erasureJournal: ErasureJournal(try configuration.erasures()),
      erasures: ErasureWatch(url: pool.url, keyring: keyring), logger: logger,
      embedded: embedded)
  }

  private static func layout(_ pool: PostgresPool, _ keyring: Keyring) async throws -> LogLayout {
    let layout: LogLayout?
    do {
      layout = try await pool.withConnection { connection in
        guard try connection.execute("select to_regclass('log.topic') is not null")[0].bool(0) else {
          throw ConfigurationError("the database is not migrated; run: aigentable migrate")
        }
        try keyring.checkMaster(on: connection)
        return try PostgresLog.recordedLayout(on: connection)
      }
    } catch let error as PostgresError where error.sqlState == LogHome.movedState {
      throw ConfigurationError(error.message)
    }
    guard let layout else {
      throw ConfigurationError("there are no topics yet; run: aigentable topics create")
    }
    return layout
  }

  /// Opens, erases again whom the database does not know as erased, runs `body`, and closes whatever comes of it.
  ///
  /// The one door to all that people said, for the engine and every command: behind it nobody reads, copies or makes
  /// anything of a database that was restored from before an erasure.
  ///
  /// - Parameter connections: for the shared pool; each reader and each stage's transaction takes one at a time.
  static func with<R>(
    connections: Int = 12, logger: Logger = Logger(label: "aigentable"),
    _ body: (Foundations) async throws -> R
  ) async throws -> R {
    var foundations = try await open(Configuration(), connections: connections, logger: logger)
    let result: Result<R, any Error>
    do {
      foundations.erasedAgain = try await foundations.eraseAgain()
      result = .success(try await body(foundations))
    } catch { result = .failure(error) }
    await foundations.close()
    return try result.get()
  }

  private func close() async {
    erasures.stop()
    await embedded.close()
    (log as? KafkaLog)?.close()
    pool.shutdown()
  }
}

extension Home {
  static func located() throws -> Home {
    guard let home = Home.find(environment: ProcessInfo.processInfo.environment) else {
      throw ConfigurationError(
        "the folders schemas/ and projections/ were not found; AIGENTABLE_HOME names the one that holds them")
    }
    return home
  }
}

extension Configuration {
  func loadMasterKey() throws -> MasterKey {
    if let key = masterKey { return try MasterKey(hexadecimal: key, from: "AIGENTABLE_MASTER_KEY") }
    return try MasterKey.load(file: masterKeyFile)
  }
}
